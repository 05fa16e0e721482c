#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include "agent/commands/command.h"
#include "agent/commands/profiles_output.h"
#include "collectors/profiles/library.h"

namespace pue::commands {
namespace {

struct ProfilesOptions {
  std::string name;
  std::string directory;
  std::string output = "table";
};

int show_one(const profiles::Library& library, const ProfilesOptions& options) {
  const auto profile = library.find(options.name, true);
  if (!profile) {
    std::cerr << "pue-agent: " << describe(profile.error()) << '\n';
    return k_usage_error;
  }
  std::cout << (options.output == "json" ? profile_as_json(**profile) : profile_as_table(**profile));
  return k_good;
}

int show_all(const profiles::Library& library, const ProfilesOptions& options) {
  std::vector<std::shared_ptr<const profiles::Profile>> held;
  std::vector<const profiles::Profile*> list;
  int exit_code = k_good;
  for (const std::string& name : library.names()) {
    auto profile = library.find(name, true);
    if (!profile) {  // one of the site's own
      std::cerr << "pue-agent: " << describe(profile.error()) << '\n';
      exit_code = k_usage_error;
      continue;
    }
    list.push_back(profile->get());
    held.push_back(std::move(*profile));
  }
  std::cout << (options.output == "json" ? list_as_json(list) : list_as_table(list));
  return exit_code;
}

int show(const ProfilesOptions& options) {
  std::optional<std::filesystem::path> site;
  if (!options.directory.empty()) site = options.directory;
  const profiles::Library library{site};
  return options.name.empty() ? show_all(library, options) : show_one(library, options);
}

}  // namespace

void add_profiles(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ProfilesOptions>();
  auto* command = app.add_subcommand("profiles", "Show the device library, or one profile of it");
  command->add_option("NAME", options->name, "A profile's name or the path of a TOML file; without, all are listed");
  command->add_option("--profile.directory", options->directory, "A site's own profiles, before the library's");
  command->add_option("--output", options->output, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  command->callback([options, &exit_code] { exit_code = show(*options); });
}

}  // namespace pue::commands
