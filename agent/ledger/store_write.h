#pragma once

#include "agent/ledger/store_state.h"

namespace pue::ledger {

template <class Body>
tl::expected<void, Error> Store::State::transaction(Body body) {
  if (auto begun = database.run("BEGIN IMMEDIATE"); !begun) return begun;
  Head next = head;
  tl::expected<void, Error> done = body(next);
  if (done) done = write_seal(next);
  if (done) {
    done = database.run("COMMIT");
    // What went into a file that nobody will find is not kept.
    if (done) done = is_in_place();
    if (done) {
      head = std::move(next);
      return done;
    }
    // Whether it took place is not known before the file can be read again.
    attempt = std::move(next);
  }
  if (database.in_transaction()) (void)database.run("ROLLBACK");
  return done;
}

}  // namespace pue::ledger
