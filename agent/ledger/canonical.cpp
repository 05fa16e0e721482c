#include "agent/ledger/canonical.h"

#include <array>
#include <bit>
#include <charconv>

namespace pue::ledger {
namespace {

/// A double as the 16 hexadecimal digits of its bits: one text for each value, whatever prints it.
std::string bits_of(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(bits >> (56 - 8 * i));
  return hexadecimal(bytes);
}

std::string bits_of(const std::optional<double>& value) { return value ? bits_of(*value) : "-"; }

void stamp_fields(HashedLines& lines, const Stamp& stamp) {
  lines.field(stamp.time);
  lines.field(stamp.boot_id);
  lines.field(stamp.boottime);
}

void account_line(HashedLines& lines, const AccountState& account) {
  lines.begin("account");
  lines.field(account.name);
  for (const std::int64_t number : {account.measured, account.integrated, account.substituted}) lines.field(number);
  for (const double rest : {account.measured_rest, account.integrated_rest, account.substituted_rest}) {
    lines.field(bits_of(rest));
  }
  for (const std::int64_t number :
       {account.recorded_measured, account.recorded_integrated, account.recorded_substituted, account.open_since,
        account.open_covered, static_cast<std::int64_t>(account.open_quality)}) {
    lines.field(number);
  }
  lines.field(bits_of(account.register_value));
  lines.field(bits_of(account.highest_power));
  lines.field(bits_of(account.power));
  lines.field(account.reading_time);
  lines.field(account.reading_boottime);
  lines.field(account.boot_id);
  lines.unsigned_field(account.resets);
  lines.unsigned_field(account.rollovers);
  lines.field(account.serial);
  lines.end();
}

/// @return the length of the UTF-8 character at the beginning of `text`, 0 if there is none.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  const std::size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (length == 1) return 1;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
  }
  // Overlong forms, surrogates and what lies beyond U+10FFFF.
  const std::uint8_t second = byte(1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
  if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
  return length;
}

}  // namespace

void HashedLines::field(std::string_view text) {
  buffer_ += '\t';
  buffer_ += text;
}

void HashedLines::field(std::int64_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  buffer_ += '\t';
  buffer_.append(digits.data(), end);
}

void HashedLines::unsigned_field(std::uint64_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  buffer_ += '\t';
  buffer_.append(digits.data(), end);
}

void HashedLines::end() {
  buffer_ += '\n';
  if (buffer_.size() < k_buffer) return;
  hash_.add(buffer_);
  buffer_.clear();
}

Hash HashedLines::finish() {
  hash_.add(buffer_);
  buffer_.clear();
  return hash_.finish();
}

BatchHash::BatchHash(std::int64_t seq, std::string_view kind, const Stamp& stamp, std::int64_t configuration,
                     const Hash& previous) {
  lines_.prefix(0);  // a leaf of RFC 6962
  lines_.begin("pue-agent ledger 1");
  lines_.end();
  lines_.begin("batch");
  lines_.field(seq);
  lines_.field(kind);
  stamp_fields(lines_, stamp);
  lines_.field(configuration);
  lines_.end();
  lines_.begin("previous");
  lines_.field(hexadecimal(previous));
  lines_.end();
}

void BatchHash::configuration(std::int64_t id, const Configuration& configuration) {
  lines_.begin("configuration");
  lines_.field(id);
  for (const std::string* text :
       {&configuration.sha256, &configuration.agent_version, &configuration.facility, &configuration.region,
        &configuration.timezone, &configuration.grid_zone, &configuration.standard, &configuration.method,
        &configuration.design_it_watts, &configuration.grid_factor, &configuration.grid_factor_year,
        &configuration.grid_factor_source}) {
    lines_.field(*text);
  }
  lines_.end();
}

void BatchHash::meter(std::int64_t id, const MeterRecord& meter) {
  lines_.begin("meter");
  lines_.field(id);
  for (const std::string* text :
       {&meter.name, &meter.device, &meter.role, &meter.unit, &meter.point, &meter.energy_point, &meter.share,
        &meter.ct_ratio, &meter.conversion, &meter.accuracy_class, &meter.ct_class, &meter.serial,
        &meter.calibrated_until, &meter.zone, &meter.service, &meter.upstream, &meter.profile}) {
    lines_.field(*text);
  }
  lines_.field(std::int64_t{meter.total_sign});
  lines_.field(std::int64_t{meter.it_category});
  lines_.end();
}

void BatchHash::row_line(std::string_view kind, const EnergyRow& row) {
  lines_.begin(kind);
  for (const std::int64_t number : {row.meter, row.start, row.length, row.measured, row.integrated, row.substituted,
                                    row.covered, static_cast<std::int64_t>(row.quality)}) {
    lines_.field(number);
  }
  if (row.reading) {
    lines_.field(*row.reading);
  } else {
    lines_.field("-");
  }
  lines_.end();
}

void BatchHash::event(const Event& event) {
  lines_.begin("event");
  lines_.field(event.time);
  lines_.field(event.kind);
  lines_.field(event.subject);
  lines_.field(event.detail);
  lines_.end();
}

Hash seal_digest(std::string_view origin, const Hash& head, std::span<const AccountState> accounts) {
  HashedLines lines;
  lines.begin("pue-agent seal 1");
  lines.field(origin);
  lines.end();
  lines.begin("head");
  lines.field(hexadecimal(head));
  lines.end();
  for (const AccountState& account : accounts) account_line(lines, account);
  return lines.finish();
}

CutDigest::CutDigest() { begin(); }

void CutDigest::begin() {
  lines_ = std::make_unique<HashedLines>();
  lines_->begin("pue-agent cut 1");
  lines_->end();
}

Hash CutDigest::finish() {
  const Hash digest = lines_->finish();
  begin();
  return digest;
}

void CutDigest::batch(std::int64_t seq, const Stamp& stamp, std::int64_t configuration, std::int64_t first_row,
                      std::int64_t rows, UnixMs from, UnixMs to, const Hash& hash) {
  lines_->begin("batch");
  lines_->field(seq);
  stamp_fields(*lines_, stamp);
  for (const std::int64_t number : {configuration, first_row, rows, from, to}) lines_->field(number);
  lines_->field(hexadecimal(hash));
  lines_->end();
}

bool is_plain(std::string_view text) {
  while (!text.empty()) {
    const auto first = static_cast<std::uint8_t>(text.front());
    if (first < 0x20 || first == 0x7F) return false;
    const std::size_t length = character_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace pue::ledger
