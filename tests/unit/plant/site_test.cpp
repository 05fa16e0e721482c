#include "plant/site.h"

#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "plant/agent_config.h"
#include "plant/servers.h"
#include "plant/truth/truth.h"

using namespace pue;
using namespace pue::plant;
using namespace std::chrono_literals;

namespace {

const Site::Moment k_begin{};

struct Facility {
  explicit Facility(double speed = 1.0)
      : site(modern(), library, Clock{k_begin, Seconds{196.375 * 86'400.0}, speed}, k_begin),
        servers(io, 0, modern()) {  // any free port
    servers.show(site.point());
  }

  profiles::Library library;
  Site site;
  asio::io_context io{1};
  Servers servers;
  RequestCounts counts;
};

double watts_of(Site& site, const std::string& name) { return site.find(name)->quantities().watts().value(); }
double joules_of(Site& site, const std::string& name) { return site.find(name)->quantities().joules().value(); }

}  // namespace

TEST_CASE("both feeds together are the facility's power") {
  Facility facility;
  const double feeds = watts_of(facility.site, "utility-a") + watts_of(facility.site, "utility-b");
  CHECK(feeds == doctest::Approx(facility.site.point().total.value()).epsilon(1e-12));
}

TEST_CASE("the meters of each category sum to its power") {
  Facility facility;
  std::map<std::string, double> sums;
  for (const auto& instrument : facility.site.layout().instruments) {
    if (instrument.meaning) sums[instrument.meaning->role] += watts_of(facility.site, instrument.name);
  }
  const auto& at = facility.site.point();
  CHECK(sums["it.ups"] == doctest::Approx(at.ups_output.value()).epsilon(1e-12));
  CHECK(sums["it.pdu"] == doctest::Approx(at.pdu_output.value()).epsilon(1e-12));
  CHECK(sums["it.rack"] == doctest::Approx(at.it.value()).epsilon(1e-12));
  CHECK(sums["cooling.chiller"] == doctest::Approx(at.chillers.value()).epsilon(1e-12));
  CHECK(sums["cooling.crah"] == doctest::Approx(at.crah_fans.value()).epsilon(1e-12));
}

TEST_CASE("no meter draws less than the meters below it") {
  Facility facility;
  std::map<std::string, double> below;
  for (const auto& instrument : facility.site.layout().instruments) {
    if (instrument.meaning && !instrument.meaning->upstream.empty()) {
      REQUIRE(facility.site.find(instrument.meaning->upstream) != nullptr);
      below[instrument.meaning->upstream] += watts_of(facility.site, instrument.name);
    }
  }
  for (const auto& parent : below) {
    CAPTURE(parent.first);
    const double above = watts_of(facility.site, parent.first);
    CHECK(parent.second < above);
    CHECK(parent.second > 0.95 * above);
  }
}

TEST_CASE("energy is the power shown times the real time, at any speed of the day") {
  for (const double speed : {1.0, 3600.0}) {
    Facility facility{speed};
    double expected = 0.0;
    for (int second = 1; second <= 100; ++second) {
      expected += watts_of(facility.site, "utility-a");
      facility.site.advance(k_begin + std::chrono::seconds{second});
    }
    CHECK(joules_of(facility.site, "utility-a") == doctest::Approx(expected).epsilon(1e-12));
    const auto& energy = facility.site.energies();
    CHECK(
        energy.total.value() ==
        doctest::Approx(joules_of(facility.site, "utility-a") + joules_of(facility.site, "utility-b")).epsilon(1e-12));
    CHECK(
        energy.it_ups.value() ==
        doctest::Approx(joules_of(facility.site, "ups-a-out") + joules_of(facility.site, "ups-b-out")).epsilon(1e-12));
  }
}

TEST_CASE("the day passes as fast as it is told") {
  Facility slow{1.0};
  Facility fast{3600.0};
  const double begin = slow.site.point().air.dry_bulb.value();
  slow.site.advance(k_begin + 6s);
  fast.site.advance(k_begin + 6s);
  CHECK(slow.site.point().air.dry_bulb.value() == doctest::Approx(begin).epsilon(1e-3));
  CHECK(fast.site.point().air.dry_bulb.value() == doctest::Approx(begin + 5.0).epsilon(0.02));  // 09:00 to 15:00
}

TEST_CASE("the truth tells powers, energies and the PUE of each category") {
  Facility facility;
  facility.site.advance(k_begin + 10s);
  facility.servers.show(facility.site.point());
  const auto truth = nlohmann::json::parse(truth_of(facility.site, facility.servers.fleet(), facility.counts));
  CHECK(truth["total_watts"] == doctest::Approx(facility.site.point().total.value()));
  CHECK(truth["pue"].get<double>() ==
        doctest::Approx(truth["total_joules"].get<double>() / truth["it_joules"].get<double>()));
  CHECK(truth["instant_pue"].get<double>() < truth["instant_pue_pdu"].get<double>());
  CHECK(truth["instant_pue_pdu"].get<double>() < truth["instant_pue_rack"].get<double>());
  CHECK(truth["write_attempts"] == 0);
  CHECK(truth["devices"]["utility-a"]["role"] == "grid");
  REQUIRE(truth["bmcs"].size() == Servers::k_count);
  CHECK(truth["bmcs"]["node-1"]["watts"].get<double>() ==
        doctest::Approx(truth["it_rack_watts"].get<double>() * 2.5e-4));
}

TEST_CASE("before any time has passed there is no PUE of energies") {
  Facility facility;
  CHECK(nlohmann::json::parse(truth_of(facility.site, facility.servers.fleet(), facility.counts))["pue"].is_null());
}

TEST_CASE("a fault can be begun and cleared through the truth's port") {
  Facility facility;
  const auto ask = [&](std::string_view method, std::string_view target) {
    return answer_truth(facility.site, facility.servers.fleet(), facility.counts, method, target);
  };
  CHECK(ask("POST", "/fault?device=utility-a&kind=late&for=30&value=800").status == 200);
  const auto* fault = facility.site.find("utility-a")->transport_fault();
  REQUIRE(fault != nullptr);
  CHECK(fault->kind == FaultKind::late);
  CHECK(fault->value == 800.0);
  CHECK(ask("POST", "/clear?device=utility-a").status == 200);
  CHECK(facility.site.find("utility-a")->transport_fault() == nullptr);
  CHECK(ask("POST", "/fault?device=node-3&kind=reboot").status == 200);
  CHECK(ask("POST", "/fault?device=node-3&kind=drip").status == 400);
  CHECK(ask("POST", "/fault?device=utility-a&kind=reboot").status == 400);
  CHECK(ask("POST", "/clear?device=node-3").status == 200);
  CHECK(ask("POST", "/fault?device=nobody&kind=late").status == 400);
  CHECK(ask("POST", "/fault?device=utility-a&kind=laziness").status == 400);
  CHECK(ask("POST", "/fault?device=utility-a&kind=late&for=nan").status == 400);
  CHECK(ask("DELETE", "/").status == 404);
}

TEST_CASE("a scheduled fault begins in its time") {
  Facility facility;
  CHECK(facility.site.schedule({{.device = "nobody", .kind = FaultKind::late}}) == "no device 'nobody'");
  CHECK_FALSE(facility.site.schedule({{.device = "pdu-a1", .bmc_kind = ipmi::BmcFault::reboot}}).empty());
  CHECK(facility.site
            .schedule({{.device = "pdu-a1", .kind = FaultKind::silence, .at = Seconds{5.0}, .duration = Seconds{3.0}}})
            .empty());
  facility.site.advance(k_begin + 4s);
  CHECK(facility.site.find("pdu-a1")->transport_fault() == nullptr);
  facility.site.advance(k_begin + 5s);
  CHECK(facility.site.find("pdu-a1")->transport_fault() != nullptr);
  facility.site.advance(k_begin + 9s);
  CHECK(facility.site.find("pdu-a1")->transport_fault() == nullptr);
}

TEST_CASE("a scheduled fault of a BMC begins in its time") {
  Facility facility;
  auto& servers = facility.servers;
  CHECK_FALSE(servers.schedule({{.device = "node-1", .kind = FaultKind::drip}}).empty());
  CHECK_FALSE(servers.schedule({{.device = "utility-a", .bmc_kind = ipmi::BmcFault::late}}).empty());
  REQUIRE(servers.schedule({{.device = "node-1", .bmc_kind = ipmi::BmcFault::sdr_change, .at = Seconds{5.0}}}).empty());
  const auto count = [&] { return servers.fleet().bmc(0).answer({0x0A, 0x20, {}}).at(2); };
  const auto before = count();
  servers.begin_scheduled(Seconds{4.0}, k_begin + 4s);
  CHECK(count() == before);
  servers.begin_scheduled(Seconds{5.0}, k_begin + 5s);
  CHECK(count() == before + 1);
}

TEST_CASE("the servers are a small part of the racks' power") {
  Facility facility;
  double watts = 0.0;
  for (std::size_t i = 0; i < facility.servers.fleet().size(); ++i) {
    watts += facility.servers.fleet().bmc(i).readings().watts;
  }
  CHECK(watts > 2'000.0);
  CHECK(watts < 0.01 * facility.site.point().it.value());
}

TEST_CASE("the configuration names every instrument once, and leaves the line out where there is none") {
  const auto parameters = modern();
  const auto layout = facility_layout(parameters);
  auto settings = default_settings();
  const auto text = agent_configuration(layout, parameters, settings);
  for (const auto& instrument : layout.instruments) {
    const auto header = "[device." + instrument.name + "]";
    const auto first = text.find(header);
    CHECK(first != std::string::npos);
    CHECK(text.find(header, first + 1) == std::string::npos);
  }
  settings.rtu_link.clear();
  const auto without = agent_configuration(layout, parameters, settings);
  CHECK(without.find("rtu://") == std::string::npos);
  CHECK(without.find("hall-line") == std::string::npos);
}
