// A module for ipmi_sim, which knows no DCMI of its own: adds the capabilities, the power reading and the inlet
// temperature of DCMI 1.5 (sections 6.1.1, 6.6.1, 6.7.3). The values come from a file that may be renewed while it
// runs: "WATTS CELSIUS ACTIVE", e.g. "412 23 1".

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string>

extern "C" {
#include <OpenIPMI/ipmi_msgbits.h>
#include <OpenIPMI/mcserv.h>
#include <OpenIPMI/serv.h>
}

namespace {

constexpr std::uint8_t k_group = 0xDC;
std::string values_file;

struct Values {
  unsigned watts = 0;
  int celsius = 0;
  unsigned active = 0;
};

bool read_values(Values& values) {
  std::FILE* file = std::fopen(values_file.c_str(), "r");
  if (file == nullptr) return false;
  const int read = std::fscanf(file, "%u %d %u", &values.watts, &values.celsius, &values.active);
  std::fclose(file);
  return read == 3;
}

void answer(std::uint8_t* out, unsigned* size, std::initializer_list<unsigned> bytes) {
  *size = 0;
  for (const unsigned byte : bytes) out[(*size)++] = static_cast<std::uint8_t>(byte & 0xFFU);
}

void group_command(lmc_data_t*, msg_t* message, unsigned char* out, unsigned* size, void*) {
  Values values;
  if (!read_values(values)) return answer(out, size, {0xCE, k_group});
  const unsigned watts = values.watts;
  switch (message->cmd) {
    case 0x01:
      if (message->len < 2) return answer(out, size, {0xC7, k_group});
      if (message->data[1] == 1) return answer(out, size, {0, k_group, 1, 5, 2, 0, 1, 7});
      if (message->data[1] == 5) return answer(out, size, {0, k_group, 1, 5, 2, 1, 0x01});
      return answer(out, size, {0xC9, k_group});
    case 0x02:
      // least, most and mean over a period of 1,000 s that differ from the present value, as real ones do
      return answer(
          out, size,
          {0, k_group, watts, watts >> 8U, watts / 2, (watts / 2) >> 8U, watts * 2, (watts * 2) >> 8U, watts + 7,
           (watts + 7) >> 8U, 0, 0, 0, 0, 0x40, 0x42, 0x0F, 0x00, values.active != 0 ? 0x40U : 0U});
    case 0x10: {
      const unsigned magnitude = static_cast<unsigned>(values.celsius < 0 ? -values.celsius : values.celsius);
      return answer(out, size, {0, k_group, 1, 1, (values.celsius < 0 ? 0x80U : 0U) | magnitude, 1});
    }
    default:
      return answer(out, size, {0xC1, k_group});
  }
}

}  // namespace

extern "C" {

/// ipmi_sim calls it with the options of its `loadlib` line: the file of values.
int ipmi_sim_module_init(sys_data_t*, const char* options) {
  if (options == nullptr || *options == '\0') return 22;
  values_file = options;
  ipmi_emu_register_group_extension_handler(k_group, group_command, nullptr);
  return 0;
}
}
