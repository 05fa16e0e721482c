#pragma once

#include <tl/expected.hpp>
#include <vector>

#include "agent/ledger/error.h"
#include "agent/ledger/reader.h"
#include "agent/ledger/record.h"
#include "agent/ledger/store.h"
#include "agent/pipeline/ledger_message.h"
#include "agent/plan/plan.h"

/// From the accounts that an earlier run left to those that a new run goes on from.
namespace pue::ledger {

/// The accounts as the records alone tell them, for a ledger whose accounts somebody changed: totals are what is
/// recorded, and a register goes on from its last recorded reading. What was counted but not yet recorded is lost where
/// no register tells it. Sums of the facility, which no record holds, are kept where they are numbers that can be.
[[nodiscard]] tl::expected<std::vector<AccountState>, Error> accounts_from_records(
    Reader& reader, const std::vector<AccountState>& accounts);

/// Lets meters that read another device, point or profile than when they were last in force begin a new count: the old
/// register says nothing about the new one.
/// @param configurations of the ledger, before `now` was put in force.
void leave_old_sources(const std::vector<StoredConfiguration>& configurations, const Configuration& now,
                       std::vector<AccountState>& accounts);

/// Puts a configuration in force, once `accounts` have left the sources that it does not name any more: were it the
/// other way round, whoever ends in between would go on with the old registers.
/// @param configurations of the ledger, before this.
/// @return the ids of its meters, in its order.
[[nodiscard]] tl::expected<std::vector<std::int64_t>, Error> put_in_force(
    Store& store, const std::vector<StoredConfiguration>& configurations, const Configuration& now, const Stamp& stamp,
    std::vector<AccountState>& accounts);

/// @return whether the meter's device tells its serial number as a text.
[[nodiscard]] bool tells_serial_as_text(const plan::Plan& plan, std::uint32_t meter);

/// @return the accounts of the plan, numbered by it. Instants on the boot clock are left out where they are of another
/// boot than `boot_id`, and serial numbers of meters that tell none any more.
[[nodiscard]] std::vector<LedgerAccount> resumed_accounts(const plan::Plan& plan,
                                                          const std::vector<AccountState>& accounts,
                                                          const std::string& boot_id);

}  // namespace pue::ledger
