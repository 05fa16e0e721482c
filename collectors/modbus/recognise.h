#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "collectors/modbus/reader.h"
#include "collectors/profiles/profile.h"

namespace pue::modbus {

/// A profile that fits a device, and why.
struct ProfileMatch {
  std::string profile;
  bool certain = false;  ///< a text or a large number fits; a small one may stand there by chance
  std::string reason;
};

/// Asks the device for what the profiles' `identify` sections expect, each register once, and compares what it said of
/// itself in 43/14 with the models' names. Gives up on a device that is silent twice in a row.
/// @param objects the answer to 43/14; empty where there was none.
/// @return the profiles that fit, certain ones first.
[[nodiscard]] std::vector<ProfileMatch> recognise(Reader& reader, std::uint8_t unit,
                                                  const std::vector<IdentificationObject>& objects,
                                                  const std::vector<std::shared_ptr<const profiles::Profile>>& library);

}  // namespace pue::modbus
