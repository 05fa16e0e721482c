#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "agent/commands/command.h"

// NOLINTNEXTLINE(bugprone-exception-escape): no memory for the options is the end
int main(int argc, char** argv) {
  // A scraper that hangs up, or a closed pipe behind `| head`, must not end the agent.
  std::signal(SIGPIPE, SIG_IGN);

  CLI::App app{"Measures a data centre's power usage effectiveness from its meters, in real time.", "pue-agent"};
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "Help of all subcommands");
  int exit_code = pue::commands::k_good;
  pue::commands::add_run(app, exit_code);
  pue::commands::add_check(app, exit_code);
  pue::commands::add_scan(app, exit_code);
  pue::commands::add_read(app, exit_code);
  pue::commands::add_profiles(app, exit_code);
  pue::commands::add_report(app, exit_code);
  pue::commands::add_verify(app, exit_code);
  pue::commands::add_ledger(app, exit_code);
  pue::commands::add_import(app, exit_code);
  pue::commands::add_meter(app, exit_code);
  pue::commands::add_version(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error, std::cout, std::cerr);
    return code == 0 ? pue::commands::k_good : pue::commands::k_usage_error;
  } catch (const std::exception& error) {
    std::cerr << "pue-agent: " << error.what() << '\n';
    return pue::commands::k_runtime_failure;
  }
  return exit_code;
}
