#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/ledger/record.h"
#include "agent/ledger/store.h"
#include "agent/pipeline/ledger_message.h"
#include "agent/plan/plan.h"

/// Between the engine's numbers and the ledger's names.
namespace pue::ledger {

/// @return the plan as the ledger keeps it.
[[nodiscard]] Configuration configuration_of(const plan::Plan& plan, std::string_view agent_version);

/// @return the names of all accounts: the meters', then the facility's sums.
[[nodiscard]] std::vector<std::string> account_names(const plan::Plan& plan);

/// The id of a boot where the kernel tells none.
inline constexpr std::string_view k_unknown_boot = "unknown";

/// @param boot_id of the boot that runs now.
/// @param serial_text what the device says its serial number is, where it is a text; nothing where it is a number.
[[nodiscard]] AccountState state_of(const LedgerAccount& account, const std::string& name, const std::string& boot_id,
                                    const std::optional<std::string>& serial_text = std::nullopt);
/// Of a serial number that is a text, see fingerprint_of().
[[nodiscard]] LedgerAccount account_of(const AccountState& state, std::uint32_t account);

/// @return the number that stands for a serial number that is a text; nothing for an empty one.
[[nodiscard]] std::optional<double> fingerprint_of(const std::string& serial_text);

/// @param subject the meter's name, or empty.
[[nodiscard]] Event event_of(const LedgerEvent& event, const std::string& subject);

/// @param meter the id of the meter's record.
[[nodiscard]] EnergyRow row_of(const LedgerRecord& record, std::int64_t meter);

/// @return what a configuration brings and takes, beside the one before: events device-added and device-removed.
[[nodiscard]] std::vector<Event> changes_between(const Configuration& before, const Configuration& now, UnixMs time);

}  // namespace pue::ledger
