#include "agent/exposition/instruments.h"

#include <string>

#include "agent/exposition/catalogue.h"

namespace pue::exposition {
namespace {

template <class Builder>
auto& family(Builder builder, MetricId id, prometheus::Registry& registry) {
  return builder.Name(std::string{metric(id).name}).Help(std::string{metric(id).help}).Register(registry);
}

}  // namespace

Instruments::Instruments()
    : responses_(family(prometheus::BuildCounter(), MetricId::agent_http_responses, registry_)),
      cut_(family(prometheus::BuildCounter(), MetricId::agent_http_cut, registry_)),
      late_(cut_.Add({{"reason", "deadline"}})),
      crowded_(cut_.Add({{"reason", "crowded"}})),
      render_(family(prometheus::BuildHistogram(), MetricId::agent_render_duration, registry_)
                  .Add({}, prometheus::Histogram::BucketBoundaries{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1})),
      reload_good_(family(prometheus::BuildGauge(), MetricId::agent_config_reload_good, registry_).Add({})),
      reload_time_(family(prometheus::BuildGauge(), MetricId::agent_config_reload_time, registry_).Add({})) {}

void Instruments::configured(bool good, double unix_seconds) {
  reload_good_.Set(good ? 1.0 : 0.0);
  if (good) reload_time_.Set(unix_seconds);
}

void Instruments::answered(unsigned status) { responses_.Add({{"code", std::to_string(status)}}).Increment(); }

}  // namespace pue::exposition
