#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "collectors/modbus/reader.h"
#include "collectors/modbus/recognise.h"
#include "collectors/profiles/profile.h"

namespace pue::modbus {

/// A unit that answered, and what it says of itself.
struct FoundUnit {
  std::uint8_t unit = 0;
  PollFailure answer = PollFailure::none;     ///< none: it gave a register; else the exception it gave
  std::vector<IdentificationObject> objects;  ///< function 43/14; empty: it does not know the function
  std::string sunspec;                        ///< maker, model and serial number where it speaks SunSpec
  std::vector<ProfileMatch> matches;          ///< best first
};

struct ScanResult {
  std::vector<FoundUnit> units;
  std::vector<std::uint8_t> garbled;        ///< something answered, but not as a device should: baud, parity, two alike
  PollFailure stopped = PollFailure::none;  ///< why the scan ended before its last unit: no connection, no port
};

struct ScanOptions {
  std::vector<std::uint8_t> units;
  Duration pause = std::chrono::milliseconds{20};              ///< before each request
  std::function<void(std::size_t done, std::size_t of)> tell;  ///< after each unit; may be empty
};

/// Asks each unit for its first register with functions 3 and 4 and identifies those that answer. Reads only. An
/// exception of the device is an answer; one of the gateway (10, 11) is none.
[[nodiscard]] ScanResult scan_units(Reader& reader, const ScanOptions& options,
                                    const std::vector<std::shared_ptr<const profiles::Profile>>& library);

/// Reads "1-247", "1,5,17-20".
/// @return the units, sorted, each once; what is wrong where the text is no such list of 1 to 255.
[[nodiscard]] tl::expected<std::vector<std::uint8_t>, std::string> parse_units(std::string_view text);

}  // namespace pue::modbus
