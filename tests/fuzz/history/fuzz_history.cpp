// Whatever a CSV file contains: it is refused with problems, or it becomes rows that hold together.

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "agent/history/intake.h"

namespace {

using namespace pue;

void must(bool holds) {
  if (!holds) std::abort();
}

plan::Plan make_plan() {
  plan::Plan made;
  const auto add = [&](const char* name, plan::Role role) {
    plan::Meter meter;
    meter.id = static_cast<plan::MeterId>(made.meters.size());
    meter.name = name;
    meter.role = role;
    made.meters.push_back(meter);
  };
  add("g", plan::Role::grid);
  add("u", plan::Role::it_ups);
  add("w", plan::Role::water);
  made.meters[1].ratio = 100'000;
  return made;
}

void check(const std::vector<ledger::EnergyRow>& rows) {
  ledger::UnixMs end = INT64_MIN;
  for (const auto& row : rows) {
    must(row.start >= end && row.length > 0);
    must(row.covered > 0 && row.covered <= row.length);
    must((row.quality & ledger::k_imported) != 0);
    end = row.start + row.length;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const plan::Plan site = make_plan();
  // A file without a name, so that nothing is left behind.
  const int file = ::memfd_create("fuzz", MFD_CLOEXEC);
  must(file >= 0 && ::write(file, data, size) == static_cast<ssize_t>(size));
  history::Intake intake{
      site, {.numbers = {.interval = std::chrono::minutes{15}, .now = 1'800'000'000'000}, .most_rows = 10'000}};
  intake.read("/proc/self/fd/" + std::to_string(file), [](std::uint64_t) {});
  ::close(file);
  must(intake.problems().size() <= history::Intake::k_told && intake.problems().size() <= intake.problem_count());
  for (const auto& meter : intake.take_rows()) check(meter.rows);
  return 0;
}
