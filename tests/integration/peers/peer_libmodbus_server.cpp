// libmodbus' own server, holding the registers that peers_test.py knows. A second opinion on our clients.
//
//     peer_libmodbus_server tcp PORT
//     peer_libmodbus_server rtu PATH UNIT
//
// Runs until it is ended by a signal.
#include <modbus/modbus.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

constexpr int k_size = 400;

modbus_mapping_t* registers() {
  modbus_mapping_t* mapping = modbus_mapping_new(k_size, k_size, k_size, k_size);
  if (mapping == nullptr) return nullptr;
  for (int i = 0; i < k_size; ++i) {
    mapping->tab_bits[i] = i % 3 == 0 ? 1 : 0;
    mapping->tab_input_bits[i] = i % 5 < 2 ? 1 : 0;
    mapping->tab_registers[i] = static_cast<std::uint16_t>(i * 257 + 7);
    mapping->tab_input_registers[i] = static_cast<std::uint16_t>(65535 - i * 131);
  }
  return mapping;
}

void serve(modbus_t* context, modbus_mapping_t* mapping) {
  std::array<std::uint8_t, MODBUS_MAX_ADU_LENGTH> question{};
  while (true) {
    const int length = modbus_receive(context, question.data());
    if (length < 0) return;
    if (length > 0) modbus_reply(context, question.data(), length, mapping);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const bool tcp = std::string(argv[1]) == "tcp";
  modbus_mapping_t* mapping = registers();
  modbus_t* context = tcp ? modbus_new_tcp("127.0.0.1", std::atoi(argv[2])) : modbus_new_rtu(argv[2], 19200, 'E', 8, 1);
  if (mapping == nullptr || context == nullptr) return 1;
  if (!tcp) {
    modbus_set_slave(context, argc > 3 ? std::atoi(argv[3]) : 1);
    if (modbus_connect(context) != 0) return 1;
    std::puts("ready");
    std::fflush(stdout);
    while (true) {
      serve(context, mapping);
      ::usleep(1000);
    }
  }
  int listener = modbus_tcp_listen(context, 4);
  if (listener < 0) return 1;
  std::puts("ready");
  std::fflush(stdout);
  while (modbus_tcp_accept(context, &listener) >= 0) {
    serve(context, mapping);
    modbus_close(context);
  }
  return 1;
}
