#include <algorithm>

#include "agent/ledger/verification.h"

namespace pue::ledger {

const KeyTerm* Verification::term_at(std::int64_t size) const {
  const KeyTerm* term = nullptr;
  for (const KeyTerm& candidate : keys_) {
    if (candidate.from_batch <= size) term = &candidate;
  }
  return term;
}

Verification::Stage Verification::load_checkpoints() {
  // First those from elsewhere, which are there even where the ledger's own cannot be read.
  for (const Witness& witness : options_.witnesses) {
    for (const std::string_view text : split_notes(witness.text)) {
      const auto note = parse_note(text);
      const auto checkpoint = note ? parse_checkpoint(note->text) : std::nullopt;
      if (checkpoint) positions_[static_cast<std::int64_t>(checkpoint->size)] = {};
    }
  }
  auto rows = database_.prepare("SELECT size, time, note FROM checkpoint ORDER BY size");
  if (!rows) return tl::unexpected(rows.error());
  for (;;) {
    const auto row = rows->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    const std::int64_t size = rows->integer(0).value_or(0);
    const auto time = rows->integer(1);
    const auto note = rows->text(2);
    checkpoints_[size] = {
        .time = time.value_or(0), .note = std::string{note.value_or("")}, .well_formed = time && note};
    positions_[size] = {};
  }
  verdict_.checkpoints = checkpoints_.size();
  return {};
}

void Verification::check_checkpoints() {
  for (const auto& [size, sealed] : checkpoints_) {
    if (!sealed.well_formed) {
      found({.kind = "checkpoint", .batch = size, .what = "the checkpoint is malformed"});
    } else {
      check_checkpoint(size, sealed.time, sealed.note);
    }
  }
  for (const KeyTerm& term : keys_) {
    if (term.from_batch > 0 && !checkpoints_.contains(term.from_batch)) {
      found({.kind = "key", .batch = term.from_batch, .what = "a change of keys was not signed by both of them"});
    }
  }
}

void Verification::check_checkpoint(std::int64_t size, UnixMs time, std::string_view text) {
  const auto note = parse_note(text);
  const auto checkpoint = note ? parse_checkpoint(note->text) : std::nullopt;
  if (!checkpoint || checkpoint_text(*checkpoint) != note->text) {
    found({.kind = "checkpoint", .batch = size, .what = "the checkpoint is no signed note"});
    return;
  }
  if (checkpoint->origin != verdict_.origin) {
    found({.kind = "checkpoint", .batch = size, .what = "the checkpoint is that of another ledger"});
  }
  if (static_cast<std::int64_t>(checkpoint->size) != size) {
    found(
        {.kind = "checkpoint",
         .batch = size,
         .what = "the checkpoint is one over " + std::to_string(checkpoint->size) + " batches, put to another place"});
  }
  check_signatures(size, *note);
  if (size < 1 || size > static_cast<std::int64_t>(tree_.size())) {
    found({.kind = "tail",
           .batch = static_cast<std::int64_t>(tree_.size()) + 1,
           .what = "a checkpoint covers " + std::to_string(size) + " batches, and there are fewer"});
    return;
  }
  const Position& position = positions_.at(size);
  if (time != position.time) {
    found({.kind = "checkpoint-time",
           .batch = size,
           .what = "the checkpoint has another time than the batch it ends with"});
  }
  if (checkpoint->root != position.root) {
    found({.kind = "root",
           .batch = size,
           .what = "the batches up to " + std::to_string(size) + " are not those that were signed"});
  }
}

void Verification::check_signatures(std::int64_t size, const Note& note) {
  const KeyTerm* const term = term_at(size);
  if (term == nullptr) return;  // without any key there is a finding already
  const bool changes = term->from_batch == size && term != &keys_.front();
  const std::size_t expected = changes ? 2 : 1;
  const bool fits = note.signatures.size() == expected && is_signed_by(note, term->key) &&
                    (!changes || is_signed_by(note, (term - 1)->key));
  if (!fits) {
    found({.kind = "signature", .batch = size, .what = "the checkpoint is not signed with the key of its time"});
  }
}

void Verification::check_witnesses() {
  for (const Witness& witness : options_.witnesses) {
    std::uint64_t previous = 0;
    for (const std::string_view text : split_notes(witness.text)) check_witness(witness, text, previous);
  }
}

void Verification::check_witness(const Witness& witness, std::string_view text, std::uint64_t& previous) {
  const auto note = parse_note(text);
  const auto checkpoint = note ? parse_checkpoint(note->text) : std::nullopt;
  const std::string of = " (" + witness.name + ")";
  if (!checkpoint || checkpoint->size > static_cast<std::uint64_t>(INT64_MAX)) {
    found({.kind = "witness", .what = "a text among the checkpoints kept elsewhere is none" + of});
    return;
  }
  const auto size = static_cast<std::int64_t>(checkpoint->size);
  const KeyTerm* const term = term_at(size);
  const bool is_signed = term != nullptr && is_signed_by(*note, term->key);
  if (checkpoint->origin != verdict_.origin || !is_signed) {
    found({.kind = "witness",
           .batch = size,
           .what = "a checkpoint kept elsewhere is not signed by this ledger's key" + of});
    return;
  }
  if (witness.is_own && checkpoint->size <= previous) {
    found({.kind = "witness-order", .batch = size, .what = "an old checkpoint stands after a newer one" + of});
  }
  previous = checkpoint->size;
  const auto [known, is_new] = witnessed_roots_.emplace(checkpoint->size, checkpoint->root);
  if (!is_new && known->second != checkpoint->root) {
    found({.kind = "two-roots",
           .batch = size,
           .what = "two checkpoints over " + std::to_string(size) +
                   " batches have different roots: history was rewritten" + of});
  }
  if (size < 1 || checkpoint->size > tree_.size()) {
    found(
        {.kind = "witness-tail",
         .batch = static_cast<std::int64_t>(tree_.size()) + 1,
         .what = "a checkpoint kept elsewhere covers " + std::to_string(size) + " batches, and there are fewer" + of});
  } else if (checkpoint->root != positions_.at(size).root) {
    found({.kind = "witness-root",
           .batch = size,
           .what =
               "the batches up to " + std::to_string(size) + " are not those that were signed when it was kept" + of});
  } else if (!checkpoints_.contains(size)) {
    found({.kind = "witness-missing",
           .batch = size,
           .what = "a checkpoint was taken out of the ledger that is kept elsewhere" + of});
  } else {
    ++verdict_.witnessed;
  }
}

}  // namespace pue::ledger
