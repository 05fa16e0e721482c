#include <fstream>
#include <iostream>
#include <memory>

#include "agent/commands/command.h"
#include "agent/commands/ledger_files.h"
#include "agent/ledger/note.h"
#include "agent/ledger/reader.h"
#include "agent/ledger/recorder.h"
#include "agent/ledger/store.h"
#include "config/load.h"

namespace pue::commands {
namespace {

struct KeyCommand {
  std::string config_file;
  std::string ledger;
  std::string key_file;
  std::string new_key_file;
};

int fail(const std::string& message, int code) {
  std::cerr << "pue-agent: " << message << '\n';
  return code;
}

/// Fills in the ledger and, unless one is given, the key that the configuration names.
int take_from_configuration(KeyCommand& command) {
  if (command.config_file.empty()) return k_good;
  const auto settings = config::load(command.config_file);
  if (!settings) {
    for (const auto& problem : settings.error()) std::cerr << config::describe(problem) << '\n';
    return k_usage_error;
  }
  const auto files = ledger_files(*settings);
  if (!files) return fail(files.error(), k_usage_error);
  command.ledger = files->path;
  if (command.key_file.empty()) command.key_file = files->key_file;
  return k_good;
}

int rotate_key(KeyCommand command) {
  if (const int code = take_from_configuration(command); code != k_good) return code;
  std::string origin;
  {
    const auto reader = ledger::Reader::open(command.ledger);
    if (!reader) return fail(describe(reader.error()), k_runtime_failure);
    origin = reader->origin();
  }
  auto old_key = ledger::SigningKey::load(command.key_file);
  if (!old_key) return fail(describe(old_key.error()), k_runtime_failure);
  // The writer's lock comes before a new key file, which would be in the way of the next try.
  auto store =
      ledger::Store::open(command.ledger, {.origin = origin,
                                           .key = std::make_shared<const ledger::SigningKey>(std::move(*old_key)),
                                           .busy_timeout = std::chrono::seconds{10}});
  if (!store) return fail(describe(store.error()), k_runtime_failure);
  auto new_key = ledger::SigningKey::load_or_create(command.new_key_file);
  if (!new_key) return fail(describe(new_key.error()), k_runtime_failure);
  const auto shared = std::make_shared<const ledger::SigningKey>(std::move(*new_key));
  if (auto rotated = store->rotate_key(shared, ledger::stamp_now(ledger::this_boot())); !rotated) {
    return fail(describe(rotated.error()), k_runtime_failure);
  }
  std::cout << ledger::vkey_of({origin, shared->public_key()}) << '\n';
  std::cerr << "pue-agent: from now on the ledger is signed with '" << command.new_key_file
            << "': name it as [ledger] key_file, and give the line above to your auditor\n";
  return k_good;
}

int show_key(KeyCommand command) {
  if (const int code = take_from_configuration(command); code != k_good) return code;
  const auto key = ledger::SigningKey::load(command.key_file);
  if (!key) return fail(describe(key.error()), k_runtime_failure);
  std::cout << ledger::public_key_pem(key->public_key());
  return k_good;
}

}  // namespace

void add_ledger(CLI::App& app, int& exit_code) {
  auto* group = app.add_subcommand("ledger", "Keys of the ledger");
  group->require_subcommand(1);

  auto options = std::make_shared<KeyCommand>();
  auto* rotate = group->add_subcommand("rotate-key", "Go over to another signing key; the agent must not run");
  auto* config =
      rotate->add_option("--config.file", options->config_file, "Configuration that names the ledger and its key")
          ->check(CLI::ExistingFile);
  auto* ledger = rotate->add_option("--ledger", options->ledger, "Ledger file")->excludes(config);
  auto* key = rotate->add_option("--key-file", options->key_file, "The present key");
  ledger->needs(key);
  rotate->add_option("--new-key-file", options->new_key_file, "The key from now on; made if there is no such file")
      ->required();
  rotate->callback([=, &exit_code] {
    if (config->count() + ledger->count() == 0) throw CLI::RequiredError{"--config.file or --ledger"};
    exit_code = rotate_key(*options);
  });

  auto shown = std::make_shared<KeyCommand>();
  auto* show = group->add_subcommand("public-key", "Print the public key, in PEM form, for who verifies the ledger");
  auto* show_config = show->add_option("--config.file", shown->config_file, "Configuration that names the key")
                          ->check(CLI::ExistingFile);
  auto* show_key_file = show->add_option("--key-file", shown->key_file, "The key")->excludes(show_config);
  show->callback([=, &exit_code] {
    if (show_config->count() + show_key_file->count() == 0) throw CLI::RequiredError{"--config.file or --key-file"};
    exit_code = show_key(*shown);
  });
}

}  // namespace pue::commands
