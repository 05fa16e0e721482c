#include "plant/devices/device.h"

#include <algorithm>
#include <array>
#include <functional>

#include "plant/devices/encode.h"
#include "plant/devices/habits.h"

namespace pue::plant {
namespace {

bool lasts_in_values(FaultKind kind) { return kind == FaultKind::frozen || kind == FaultKind::reversed_ct; }

std::string serial_of(const std::string& name, unsigned swaps) {
  return "PLT" + std::to_string(100'000 + std::hash<std::string>{}(name) % 900'000) + "-" + std::to_string(swaps + 1);
}

/// The digits of a serial number; small enough for one register.
double number_of(const std::string& serial) {
  unsigned number = 0;
  for (const char c : serial) {
    if (c >= '0' && c <= '9') number = (number * 10 + static_cast<unsigned>(c - '0')) % 60'000;
  }
  return number;
}

}  // namespace

Device::Device(std::string name, std::shared_ptr<const profiles::Profile> profile,
               std::unique_ptr<Quantities> quantities)
    : name_(std::move(name)),
      profile_(std::move(profile)),
      quantities_(std::move(quantities)),
      serial_(serial_of(name_, 0)) {
  lay_out();
}

void Device::lay_out() {
  std::vector<const profiles::Point*> points;
  for (const auto& point : profile_->points) points.push_back(&point);
  std::sort(points.begin(), points.end(), [](const auto* a, const auto* b) {
    return a->function != b->function ? a->function < b->function : a->address < b->address;
  });
  for (const auto* point : points) extend(point->function, point->address, point->words, profile_->max_gap);
  for (const auto* point : points) {
    auto* span = span_of(point->function, point->address, point->words);
    for (std::uint32_t i = 1; i < point->words; ++i) span->starts[point->address - span->begin + i] = false;
  }
  add_identification();
}

void Device::extend(std::uint8_t function, std::uint32_t begin, std::uint32_t count, std::uint32_t gap) {
  const std::uint32_t end = begin + count;
  if (!spans_.empty() && spans_.back().function == function) {
    auto& last = spans_.back();
    const auto last_end = last.begin + static_cast<std::uint32_t>(last.words.size());
    if (begin <= last_end + gap) {
      if (end > last_end) {
        last.words.resize(end - last.begin);
        last.starts.resize(end - last.begin, true);
      }
      return;
    }
  }
  spans_.push_back({function, begin, std::vector<std::uint16_t>(count), std::vector<bool>(count, true)});
}

void Device::add_identification() {
  if (!profile_->identify) return;
  const auto& identify = *profile_->identify;
  const auto add_span = [&](std::uint16_t address, std::uint16_t count) {
    if (span_of(identify.function, address, count) != nullptr) return;
    spans_.push_back({identify.function, address, std::vector<std::uint16_t>(count), std::vector<bool>(count, true)});
  };
  if (identify.address) {
    const auto count = std::max(identify.words, identify.read_words);
    add_span(*identify.address, count);
    const auto value = identify.one_of.empty() ? 0 : identify.one_of.front();
    std::vector<std::uint16_t> words;
    for (unsigned i = identify.words; i > 0; --i) words.push_back(static_cast<std::uint16_t>(value >> (16 * (i - 1))));
    put(identify.function, *identify.address, words);
  }
  if (identify.model_text) {
    const auto& where = *identify.model_text;
    add_span(where.address, where.words);
    std::string text = identify.contains.empty() ? profile_->model : identify.contains.front();
    text.resize(std::size_t{where.words} * 2, '\0');
    std::vector<std::uint16_t> words;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
      words.push_back(static_cast<std::uint16_t>((static_cast<std::uint8_t>(text[i]) << 8) |
                                                 static_cast<std::uint8_t>(text[i + 1])));
    }
    put(identify.function, where.address, words);
  }
}

Device::Span* Device::span_of(std::uint8_t function, std::uint32_t address, std::uint32_t count) {
  for (auto& span : spans_) {
    if (span.function == function && address >= span.begin && address + count <= span.begin + span.words.size()) {
      return &span;
    }
  }
  return nullptr;
}

void Device::put(std::uint8_t function, std::uint32_t address, std::span<const std::uint16_t> words) {
  auto* span = span_of(function, address, static_cast<std::uint32_t>(words.size()));
  if (span == nullptr) return;
  std::copy(words.begin(), words.end(), span->words.begin() + static_cast<std::ptrdiff_t>(address - span->begin));
}

void Device::refresh() {
  for (const auto& point : profile_->points) {
    if (point.type == profiles::RegisterType::text) {
      put(point.function, point.address, encode_text(point, point.tells_identity() ? serial_ : std::string{}));
      continue;
    }
    const auto value = point.tells_identity() ? std::optional{number_of(serial_)} : quantities_->value(point.name);
    const auto words = value ? encode(point, *value, modulus_of(*profile_, point)) : encode_absent(point);
    put(point.function, point.address, std::span(words).first(std::min<std::size_t>(point.words, words.size())));
  }
  fresh_ = true;
}

void Device::advance(const OperatingPoint& point, Seconds step, Moment now) {
  quantities_->advance(point, step);
  std::erase_if(faults_, [&](const Fault& fault) { return fault.until <= now; });
  quantities_->reverse(has(FaultKind::reversed_ct));
  if (!has(FaultKind::frozen)) fresh_ = false;
}

void Device::begin(Fault fault, Moment) {
  if (fault.kind == FaultKind::counter_reset) {
    quantities_->restart_registers(Joules{});
    fresh_ = false;
  } else if (fault.kind == FaultKind::meter_swap) {
    serial_ = serial_of(name_, ++swaps_);
    quantities_->restart_registers(Joules{12.3 * 3.6e6});
    fresh_ = false;
  } else {
    if (fault.kind == FaultKind::frozen && !fresh_) refresh();
    if (fault.kind == FaultKind::reversed_ct) quantities_->reverse(true);
    std::erase_if(faults_, [&](const Fault& other) { return other.kind == fault.kind; });
    faults_.push_back(fault);
  }
}

void Device::clear_faults() {
  faults_.clear();
  quantities_->reverse(false);
  fresh_ = false;
}

bool Device::has(FaultKind kind) const {
  return std::any_of(faults_.begin(), faults_.end(), [&](const Fault& fault) { return fault.kind == kind; });
}

Exception Device::read(std::uint8_t function, std::uint16_t address, std::span<std::uint16_t> words) {
  const bool known = std::any_of(spans_.begin(), spans_.end(), [&](const Span& s) { return s.function == function; });
  if (!known) return Exception::illegal_function;
  if (words.size() > profile_->max_regs) return Exception::illegal_value;
  const auto* span = span_of(function, address, static_cast<std::uint32_t>(words.size()));
  if (span == nullptr) return Exception::illegal_address;
  const auto from = static_cast<std::size_t>(address - span->begin);
  const auto past = from + words.size();
  if (refuses_split_values(*profile_) && (!span->starts[from] || (past < span->starts.size() && !span->starts[past]))) {
    return Exception::illegal_address;
  }
  if (!fresh_) refresh();
  std::copy_n(span->words.begin() + static_cast<std::ptrdiff_t>(from), words.size(), words.begin());
  return Exception::none;
}

const Fault* Device::transport_fault() const {
  for (const auto& fault : faults_) {
    if (!lasts_in_values(fault.kind)) return &fault;
  }
  return nullptr;
}

Unit::Identity Device::identity() const {
  return {.vendor = profile_->vendor.c_str(), .product = profile_->model.c_str(), .revision = "1.0"};
}

}  // namespace pue::plant
