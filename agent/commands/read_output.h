#pragma once

#include <string>
#include <vector>

#include "collectors/modbus/read_device.h"

namespace pue::commands {

/// What `read` found, for its three outputs.
struct ReadResult {
  std::string target;
  std::string profile;
  std::vector<modbus::PointReading> points;
};

/// @return a table for people: energies in kWh, flows in m3/h, names of states, why a value is missing.
/// @param coloured marks what is not good in red.
[[nodiscard]] std::string read_as_table(const ReadResult& result, bool coloured);
/// @return {"target","profile","points":[{"name","value","unit","raw","quality",...}]}: values in SI units or null,
/// `raw` the registers as four hexadecimal digits each.
[[nodiscard]] std::string read_as_json(const ReadResult& result);
/// @return name,value,unit,raw,quality with a header line (RFC 4180).
[[nodiscard]] std::string read_as_csv(const ReadResult& result);

}  // namespace pue::commands
