#include <algorithm>
#include <array>

#include "agent/ledger/verification.h"

namespace pue::ledger {
namespace {

constexpr std::array<std::string_view, 5> k_kinds{"energy", "detail", "event", "configuration", "import"};

/// Longest time of one boot in which batches are written and none of them is sealed: the hour, and half of one for a
/// disk that did not answer.
constexpr std::int64_t k_longest_unsealed = 90LL * 60 * 1000;

}  // namespace

Verification::Stage Verification::check_batches() {
  auto cuts = announced_cuts(database_);
  if (!cuts) return tl::unexpected(cuts.error());
  cuts_ = std::move(*cuts);
  auto records = BatchRecords::of(database_);
  if (!records) return tl::unexpected(records.error());
  auto batches = database_.prepare((std::string{k_select_batches} + " ORDER BY seq").c_str());
  if (!batches) return tl::unexpected(batches.error());
  for (;;) {
    const auto row = batches->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    const std::int64_t seq = batches->integer(0).value_or(0);
    if (seq != next_seq_) {
      found({.kind = "sequence", .batch = next_seq_, .what = batch_text(next_seq_) + " is missing"});
    }
    const auto batch = read_batch(*batches);
    if (!batch) {
      found({.kind = "record", .batch = seq, .what = batch_text(seq) + " is malformed"});
      tree_.append(Hash{});
    } else if (auto checked = check_batch(*records, *batch); !checked) {
      return checked;
    }
    next_seq_ = seq == INT64_MAX ? seq : seq + 1;
  }
  if (cut_ < cuts_.size()) {
    found(
        {.kind = "retention", .batch = cuts_[cut_].batch, .what = "a cut is announced of batches that there are not"});
  }
  return {};
}

Verification::Stage Verification::check_batch(BatchRecords& records, const StoredBatch& batch) {
  const bool detail = batch.kind == "detail";
  if (std::ranges::find(k_kinds, batch.kind) == k_kinds.end() || !is_plain(batch.stamp.boot_id)) {
    found({.kind = "record", .batch = batch.seq, .what = batch_text(batch.seq) + " is of no known kind or boot"});
  }
  BatchHash hash{batch.seq, batch.kind, batch.stamp, batch.configuration, last_};
  check_configuration(batch, hash);
  std::int64_t& next = detail ? next_detail_ : next_row_;
  std::int64_t end = 0;
  bool hashed = true;
  if (batch.first_row != next || batch.rows < 0 || __builtin_add_overflow(next, batch.rows, &end)) {
    // Nobody's rows are read twice: what a batch claims of another's is not looked at.
    found({.kind = "bookkeeping", .batch = batch.seq, .row = next, .what = "the batch claims rows of another batch"});
    hashed = false;
    end = next;
  } else if (is_cut(batch)) {
    check_cut(batch);
    hashed = false;
  } else if (auto checked = check_rows(records, batch, hash); !checked) {
    return checked;
  }
  next = end;
  if (auto checked = check_events(records, batch, hash); !checked) return checked;
  if (hashed && hash.finish() != batch.hash) {
    found({.kind = "hash",
           .batch = batch.seq,
           .row = batch.rows > 0 ? batch.first_row : 0,
           .what = batch_text(batch.seq) + " (" + batch.kind + ", " + std::to_string(batch.rows) + " rows from " +
                   std::to_string(batch.first_row) + ", " + std::to_string(batch.events) +
                   " events) is not what was hashed: it, or the batch before it, was changed"});
  }
  last_ = batch.hash;
  tree_.append(batch.hash);
  watch_hour(batch);
  if (const auto position = positions_.find(static_cast<std::int64_t>(tree_.size())); position != positions_.end()) {
    position->second = {.time = batch.stamp.time, .root = tree_.root()};
  }
  return {};
}

void Verification::check_configuration(const StoredBatch& batch, BatchHash& hash) {
  const std::int64_t expected = configuration_ + (batch.kind == "configuration" ? 1 : 0);
  configuration_ = expected;
  if (batch.configuration != expected) {
    found({.kind = "configuration",
           .batch = batch.seq,
           .what = "the batch names another configuration than is in force"});
  }
  if (batch.kind != "configuration") return;
  const auto stored = std::ranges::find(configurations_, expected, &StoredConfiguration::id);
  if (stored == configurations_.end() || stored->batch != batch.seq) {
    found({.kind = "configuration", .batch = batch.seq, .what = "the configuration of the batch is missing"});
    return;
  }
  add_configuration(hash, *stored);
}

Verification::Stage Verification::check_rows(BatchRecords& records, const StoredBatch& batch, BatchHash& hash) {
  const bool detail = batch.kind == "detail";
  std::int64_t expected = batch.first_row;
  UnixMs from = 0;
  UnixMs to = 0;
  bool is_first = true;
  auto visited = records.rows(batch, [&](std::int64_t number, const std::optional<EnergyRow>& row) {
    if (number != expected) {
      found({.kind = "bookkeeping", .batch = batch.seq, .row = expected, .what = "the row is missing"});
    }
    expected = number + 1;
    ++(detail ? verdict_.detail_rows : verdict_.energy_rows);
    std::int64_t end = 0;
    if (!row || row->length <= 0 || __builtin_add_overflow(row->start, row->length, &end)) {
      found({.kind = "record", .batch = batch.seq, .row = number, .what = "the row is malformed"});
      return;
    }
    if (detail) {
      hash.detail(*row);
    } else {
      hash.energy(*row);
    }
    check_row(batch, number, *row);
    from = is_first ? row->start : std::min(from, row->start);
    to = is_first ? end : std::max(to, end);
    is_first = false;
  });
  if (!visited) return visited;
  if (expected != batch.first_row + batch.rows) {
    found({.kind = "bookkeeping", .batch = batch.seq, .row = expected, .what = "the row is missing"});
  } else if (from != batch.from || to != batch.to) {
    found({.kind = "bookkeeping", .batch = batch.seq, .what = "the batch's rows do not span the time that it says"});
  }
  return {};
}

void Verification::check_row(const StoredBatch& batch, std::int64_t number, const EnergyRow& row) {
  const bool known = row.meter >= 1 && row.meter <= static_cast<std::int64_t>(meter_names_.size()) &&
                     meter_configuration_[static_cast<std::size_t>(row.meter - 1)] <= batch.configuration;
  if (!known) {
    found({.kind = "record",
           .batch = batch.seq,
           .row = number,
           .what =
               "the row belongs to meter " + std::to_string(row.meter) + ", which is in no configuration until then"});
    return;
  }
  const auto index = static_cast<std::size_t>(row.meter - 1);
  if (row.covered < 0 || row.covered > row.length) {
    found({.kind = "record",
           .batch = batch.seq,
           .row = number,
           .meter = meter_names_[index],
           .what = "the row covers more than its length"});
  }
  // Accounts hold what the agent counted itself; what was brought or set by hand is beside them.
  if (batch.kind == "detail" || (row.quality & (k_imported | k_corrected)) != 0) return;
  sums_[index].measured += row.measured;
  sums_[index].integrated += row.integrated;
  sums_[index].substituted += row.substituted;
}

Verification::Stage Verification::check_events(BatchRecords& records, const StoredBatch& batch, BatchHash& hash) {
  std::int64_t expected = 0;
  starts_ = false;
  auto visited = records.events(batch, [&](std::optional<std::int64_t> n, const std::optional<Event>& event) {
    ++verdict_.events;
    if (n != expected) {
      found({.kind = "bookkeeping", .batch = batch.seq, .what = "an event of the batch is missing"});
    }
    if (n && *n < INT64_MAX) expected = *n;
    ++expected;
    if (!event || event->kind.empty() || !is_plain(event->kind) || !is_plain(event->subject) ||
        !is_plain(event->detail)) {
      found({.kind = "record", .batch = batch.seq, .what = "an event of the batch is malformed"});
    }
    if (!event) return;
    hash.event(*event);
    starts_ = starts_ || event->kind == "start";
  });
  if (!visited) return visited;
  if (expected != batch.events) {
    found({.kind = "bookkeeping", .batch = batch.seq, .what = "the batch has another number of events than it says"});
  }
  return {};
}

bool Verification::is_cut(const StoredBatch& batch) const {
  return batch.kind == "detail" && !cuts_.empty() && batch.seq <= cuts_.back().through;
}

void Verification::check_cut(const StoredBatch& batch) {
  if (cut_ >= cuts_.size()) return;
  const AnnouncedCut& cut = cuts_[cut_];
  const std::int64_t previous = cut_ == 0 ? 0 : cuts_[cut_ - 1].through;
  if (cut.after != previous || batch.seq <= cut.after || batch.seq > cut.through || cut.batch <= cut.through) {
    found({.kind = "retention", .batch = cut.batch, .what = "the cut does not go on from the one before it"});
    ++cut_;
    return;
  }
  add(cut_digest_, batch);
  cut_rows_ += batch.rows;
  verdict_.cut_rows += static_cast<std::uint64_t>(batch.rows);
  if (batch.seq < cut.through) return;
  if (hexadecimal(cut_digest_.finish()) != cut.digest || cut_rows_ != cut.rows) {
    found({.kind = "retention",
           .batch = cut.batch,
           .what = "the batches that were cut are not those that the event announces"});
  }
  cut_rows_ = 0;
  ++cut_;
}

void Verification::watch_hour(const StoredBatch& batch) {
  const auto size = static_cast<std::int64_t>(tree_.size());
  // What the agent was not there for needs no checkpoint.
  const bool begins_anew = !hour_open_ || starts_ || batch.kind == "configuration" || batch.kind == "import" ||
                           batch.stamp.boot_id != hour_boot_;
  if (begins_anew) {
    hour_boot_ = batch.stamp.boot_id;
    hour_begin_ = batch.stamp.boottime;
    hour_open_ = true;
  }
  std::int64_t unsealed = 0;
  if (__builtin_sub_overflow(batch.stamp.boottime, hour_begin_, &unsealed) || unsealed > k_longest_unsealed) {
    found({.kind = "unsealed",
           .batch = batch.seq,
           .what = "for more than an hour no checkpoint was made, or it was taken away"});
    hour_open_ = false;
  }
  if (checkpoints_.contains(size)) hour_open_ = false;
}

Verification::Stage Verification::check_leftovers() {
  const auto more = [&](const char* count, std::uint64_t expected, const char* what) -> Stage {
    const auto number = read_number(database_, count);
    if (!number) return tl::unexpected(number.error());
    if (static_cast<std::uint64_t>(*number) != expected) found({.kind = "bookkeeping", .what = what});
    return {};
  };
  auto done = more("SELECT count(*) FROM energy", verdict_.energy_rows, "there are energy rows of no batch");
  if (done) {
    done = more("SELECT count(*) FROM detail", verdict_.detail_rows,
                "there are detail rows of no batch, or of one that was cut");
  }
  if (done) done = more("SELECT count(*) FROM event", verdict_.events, "there are events of no batch");
  if (done) {
    done = more("SELECT count(*) FROM configuration", static_cast<std::uint64_t>(configuration_),
                "there are configurations of no batch");
  }
  return done;
}

}  // namespace pue::ledger
