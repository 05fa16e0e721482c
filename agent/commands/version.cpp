#include <iostream>

#include "agent/commands/command.h"
#include "agent/version.h"

namespace pue::commands {

void add_version(CLI::App& app, int& exit_code) {
  app.set_version_flag("--version", std::string{"pue-agent "} + std::string{k_version});
  auto* command = app.add_subcommand("version", "Print the version");
  command->callback([&exit_code] {
    std::cout << "pue-agent " << k_version << '\n';
    exit_code = k_good;
  });
}

}  // namespace pue::commands
