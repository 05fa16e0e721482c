// How much processor time a reading costs: devices of 30 f32 values in one block of 60 registers, one connection each,
// polled once a second from a server in another process.
//
//     loopback_bench DEVICES SECONDS
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/unit/modbus_tcp/polled_plan.h"

using namespace pue;
using namespace pue::test;

namespace {

double cpu_seconds() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
}

std::size_t resident_kb() {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::strtoul(line.c_str() + 6, nullptr, 10);
  }
  return 0;
}

[[noreturn]] void serve(int to_parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ScriptedServer server{[](const Asked& asked) { return say(honest(asked)); }};
  const auto port = server.port();
  (void)!::write(to_parent, &port, sizeof(port));
  for (;;) ::pause();
}

}  // namespace

int main(int argc, char** argv) {
  const unsigned devices = argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 100;
  const int seconds = argc > 2 ? std::atoi(argv[2]) : 10;
  int pipe[2];
  if (::pipe(pipe) != 0) return 1;
  const pid_t child = ::fork();
  if (child == 0) serve(pipe[1]);
  std::uint16_t port = 0;
  if (::read(pipe[0], &port, sizeof(port)) != sizeof(port)) return 1;

  auto profile = std::make_shared<profiles::Profile>();
  for (unsigned i = 0; i < 30; ++i) {
    profiles::Point point;
    point.name = "r" + std::to_string(i);
    point.address = static_cast<std::uint16_t>(2 * i);
    point.words = 2;
    point.type = profiles::RegisterType::f32;
    profile->points.push_back(point);
  }
  PolledPlan polled;
  polled.plan.points.reserve(devices * 30UL);
  for (unsigned i = 0; i < devices; ++i) polled.bus(port, profile, {{.unit = 1, .interval = 1s, .timeout = 500ms}});
  polled.plan.ring_capacity = 1UL << 18;
  const auto before = resident_kb();
  {
    Board board{polled.plan.points.size(), 1, polled.plan.devices.size()};
    std::vector<plan::BusId> buses;
    for (const auto& bus : polled.plan.buses) buses.push_back(bus.id);
    modbus::TcpCollector collector{polled.plan, buses, board, 0};
    collector.start();
    std::size_t values = 0;
    const auto drain_for = [&](Duration time) {
      for (const auto end = BootClock::now() + time; BootClock::now() < end; std::this_thread::sleep_for(100ms)) {
        collector.ring().drain(
            [&](const Sample& sample) { values += sample.quality == SampleQuality::good ? 1U : 0U; });
      }
    };
    drain_for(3s);
    values = 0;
    const auto requests = collector.stats().requests();
    const double cpu = cpu_seconds();
    drain_for(std::chrono::seconds{seconds});
    const double used = cpu_seconds() - cpu;
    const auto asked = static_cast<double>(collector.stats().requests() - requests);
    fmt::print("{} devices, {} s: {} values, {:.0f} values per CPU second, {:.1f} us per request, {:.2f} % of a core\n",
               devices, seconds, values, static_cast<double>(values) / used, used / asked * 1e6, used / seconds * 100);
    fmt::print("resident {} kB, of these {} kB before the collector (plan)\n", resident_kb(), before);
    for (std::size_t i = 0; i <= CollectorStats::k_lateness_bounds.size(); ++i) {
      fmt::print("late {} ", collector.stats().lateness_bucket(i));
    }
    fmt::print("overruns {} dropped {}\n", collector.stats().overruns(), collector.stats().dropped_samples());
  }
  ::kill(child, SIGTERM);
  ::waitpid(child, nullptr, 0);
}
