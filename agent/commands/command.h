#pragma once

#include <CLI/CLI.hpp>

/// The subcommands. Each `add_` function registers one with its options; when the user calls it, its callback leaves
/// one of the exit codes in `exit_code`. Results go to standard output, everything else to standard error.
namespace pue::commands {

inline constexpr int k_good = 0;
inline constexpr int k_runtime_failure = 1;
inline constexpr int k_usage_error = 2;  ///< of the command line or of the configuration
inline constexpr int k_findings = 3;

void add_run(CLI::App& app, int& exit_code);
void add_check(CLI::App& app, int& exit_code);
void add_scan(CLI::App& app, int& exit_code);
void add_read(CLI::App& app, int& exit_code);
void add_profiles(CLI::App& app, int& exit_code);
void add_report(CLI::App& app, int& exit_code);
void add_verify(CLI::App& app, int& exit_code);
void add_ledger(CLI::App& app, int& exit_code);
void add_import(CLI::App& app, int& exit_code);
void add_meter(CLI::App& app, int& exit_code);
void add_version(CLI::App& app, int& exit_code);

}  // namespace pue::commands
