#include "agent/ledger/pending.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "agent/ledger/naming.h"

namespace pue::ledger {
namespace {

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  from.clear();
}

/// Rows of one meter that follow each other, two by two.
void halve(std::vector<EnergyRow>& rows) {
  std::ranges::stable_sort(rows, [](const EnergyRow& a, const EnergyRow& b) {
    return a.meter != b.meter ? a.meter < b.meter : a.start < b.start;
  });
  std::vector<EnergyRow> joined;
  joined.reserve(rows.size() / 2 + 1);
  bool alone = false;
  for (const EnergyRow& row : rows) {
    if (!alone || joined.back().meter != row.meter) {
      joined.push_back(row);
      alone = true;
      continue;
    }
    EnergyRow& earlier = joined.back();
    const UnixMs end = std::max(earlier.start + earlier.length, row.start + row.length);
    earlier.length = end - earlier.start;
    earlier.measured += row.measured;
    earlier.integrated += row.integrated;
    earlier.substituted += row.substituted;
    earlier.covered = std::min(earlier.covered + row.covered, earlier.length);
    earlier.quality |= row.quality;
    if (row.reading) earlier.reading = row.reading;
    alone = false;
  }
  rows = std::move(joined);
}

}  // namespace

Pending::Pending(std::vector<std::string> names, std::vector<std::int64_t> meters,
                 const std::vector<AccountState>& accounts, std::string boot_id, SerialTextOf serial_text,
                 std::size_t most_rows)
    : names_(std::move(names)),
      meters_(std::move(meters)),
      boot_id_(std::move(boot_id)),
      serial_text_(serial_text ? std::move(serial_text) : [](std::uint32_t) { return std::nullopt; }),
      most_rows_(most_rows) {
  for (const std::string& name : names_) arriving_.accounts.push_back({.name = name});
  for (const AccountState& account : accounts) {
    const auto found = std::ranges::find(names_, account.name);
    if (found == names_.end()) {
      foreign_.push_back(account);
    } else {
      arriving_.accounts[static_cast<std::size_t>(found - names_.begin())] = account;
    }
  }
  accounts_ = accounts;
}

void Pending::take(const LedgerMessage& message) {
  if (const auto* record = std::get_if<LedgerRecord>(&message)) {
    auto& rows = record->detail ? arriving_.detail : arriving_.energy;
    rows.push_back(row_of(*record, meters_[record->meter]));
    if (rows.size() > most_rows_) bound(rows);
  } else if (const auto* account = std::get_if<LedgerAccount>(&message)) {
    const auto text = account->serial_number ? serial_text_(account->account) : std::nullopt;
    arriving_.accounts[account->account] = state_of(*account, names_[account->account], boot_id_, text);
  } else if (const auto* event = std::get_if<LedgerEvent>(&message)) {
    arrives(*event);
  } else if (const auto* commit = std::get_if<LedgerCommit>(&message)) {
    next_.stamp = {.time = commit->time, .boot_id = boot_id_, .boottime = commit->boottime};
    append(next_.energy, arriving_.energy);
    append(next_.detail, arriving_.detail);
    append(next_.events, arriving_.events);
    accounts_ = foreign_;
    accounts_.insert(accounts_.end(), arriving_.accounts.begin(), arriving_.accounts.end());
    next_.accounts = accounts_;
    bound(next_.energy);
    bound(next_.detail);
    complete_ = true;
  }
}

void Pending::arrives(const LedgerEvent& event) {
  if (arriving_.events.size() + next_.events.size() >= most_rows_ / 10) {
    ++left_out_;
    return;
  }
  Event written = event_of(event, event.meter ? names_[*event.meter] : std::string{});
  if (event.kind == LedgerEvent::Kind::exchanged && event.meter) name_serials(event, written);
  arriving_.events.push_back(std::move(written));
}

/// The account still has the serial number of before; where it is a text, the event says the texts.
void Pending::name_serials(const LedgerEvent& event, Event& written) const {
  const auto now = serial_text_(*event.meter);
  if (!now) return;
  const std::string& before = arriving_.accounts[*event.meter].serial;
  auto detail = nlohmann::ordered_json::parse(written.detail);
  if (fingerprint_of(before) == event.before) detail["serial_before"] = before;
  if (fingerprint_of(*now) == event.after) detail["serial_after"] = *now;
  written.detail = detail.dump();
}

void Pending::bound(std::vector<EnergyRow>& rows) {
  if (rows.size() > most_rows_) halve(rows);
}

void Pending::add(Event event) { next_.events.push_back(std::move(event)); }

void Pending::finish(Event event, const Stamp& stamp) {
  add(std::move(event));
  if (complete_) return;
  next_.stamp = stamp;
  next_.accounts = accounts_;
  complete_ = true;
}

Commit Pending::next() {
  complete_ = false;
  if (left_out_ != 0) {
    add({.time = next_.stamp.time,
         .kind = "lost-records",
         .subject = {},
         .detail = nlohmann::ordered_json{{"events", std::exchange(left_out_, 0)}}.dump()});
  }
  return std::exchange(next_, {});
}

std::size_t Pending::rows() const {
  return arriving_.energy.size() + arriving_.detail.size() + next_.energy.size() + next_.detail.size();
}

}  // namespace pue::ledger
