#include "agent/ledger/verify.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include "agent/commands/command.h"
#include "agent/commands/ledger_files.h"
#include "agent/commands/verify_output.h"
#include "config/load.h"

namespace pue::commands {
namespace {

struct VerifyCommand {
  std::string config_file;
  std::string ledger;
  std::string public_key;
  std::vector<std::string> checkpoints;
  std::string output = "table";
};

int fail(const std::string& message, int code) {
  std::cerr << "pue-agent: " << message << '\n';
  return code;
}

std::optional<std::string> contents(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  if (file.bad()) return std::nullopt;
  return text.str();
}

/// A key as its one line, or in PEM form.
std::optional<ledger::PublicKey> parse_key(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  if (const auto vkey = ledger::parse_vkey(text)) return vkey->key;
  if (const auto pem = ledger::public_key_from_pem(text)) return *pem;
  return std::nullopt;
}

/// Fills in the ledger and, unless one is given, the key that the configuration names.
int take_from_configuration(VerifyCommand& command, ledger::VerifyOptions& options) {
  const auto settings = config::load(command.config_file);
  if (!settings) {
    for (const auto& problem : settings.error()) std::cerr << config::describe(problem) << '\n';
    return k_usage_error;
  }
  const auto files = ledger_files(*settings);
  if (!files) return fail(files.error(), k_usage_error);
  command.ledger = files->path;
  if (!command.public_key.empty()) return k_good;
  const auto key = ledger::SigningKey::load(files->key_file);
  if (key) {
    options.key = key->public_key();
  } else {
    std::cerr << "pue-agent: warning: " << describe(key.error()) << '\n';
  }
  return k_good;
}

int take_witnesses(const VerifyCommand& command, ledger::VerifyOptions& options) {
  // A copy of the ledger may have come without the file beside it.
  const std::string own = command.ledger + ".checkpoints";
  if (auto text = contents(own)) {
    options.witnesses.push_back({.name = own, .text = std::move(*text), .is_own = true});
  }
  for (const std::string& path : command.checkpoints) {
    auto text = contents(path);
    if (!text) return fail("cannot read '" + path + "'", k_runtime_failure);
    if (ledger::split_notes(*text).empty()) return fail("'" + path + "' holds no checkpoint", k_usage_error);
    options.witnesses.push_back({.name = path, .text = std::move(*text)});
  }
  return k_good;
}

int verify(VerifyCommand command) {
  ledger::VerifyOptions options;
  if (command.ledger.empty()) {
    if (const int code = take_from_configuration(command, options); code != k_good) return code;
  }
  if (!command.public_key.empty()) {
    auto text = contents(command.public_key);
    if (!text) return fail("cannot read '" + command.public_key + "'", k_runtime_failure);
    options.key = parse_key(std::move(*text));
    if (!options.key)
      return fail("'" + command.public_key + "' holds no vkey and no Ed25519 key in PEM form", k_usage_error);
  }
  if (const int code = take_witnesses(command, options); code != k_good) return code;
  const auto verdict = ledger::verify(command.ledger, options);
  if (!verdict) return fail(describe(verdict.error()), k_runtime_failure);
  std::cout << (command.output == "json" ? verdict_as_json(command.ledger, *verdict)
                                         : verdict_as_text(command.ledger, *verdict));
  return verdict->findings.empty() ? k_good : k_findings;
}

}  // namespace

void add_verify(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<VerifyCommand>();
  auto* command = app.add_subcommand("verify", "Check a ledger: hashes, signatures, sums; exit code 3 on any finding");
  auto* config = command->add_option("--config.file", options->config_file, "Configuration that names the ledger")
                     ->check(CLI::ExistingFile);
  auto* ledger = command->add_option("--ledger", options->ledger, "Ledger file")->excludes(config);
  command->add_option(
      "--public-key", options->public_key,
      "File with the public key to trust, as vkey or PEM; else the configuration's, or the ledger's own");
  command->add_option("--checkpoints", options->checkpoints, "Checkpoints that were kept elsewhere; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--output", options->output, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  command->callback([=, &exit_code] {
    if (config->count() + ledger->count() == 0) throw CLI::RequiredError{"--config.file or --ledger"};
    exit_code = verify(*options);
  });
}

}  // namespace pue::commands
