#include "collectors/profiles/library.h"

#include <algorithm>
#include <system_error>

#include "collectors/profiles/ipmi_bmc.h"
#include "config/nearest.h"
#include "config/toml/parse.h"

namespace pue::profiles {
namespace {

bool is_profile(std::string_view name) { return !name.starts_with('_') && name != "quantities"; }

bool is_path(std::string_view name) { return name.find('/') != std::string_view::npos || name.ends_with(".toml"); }

ProfileError not_usable(const std::string& file, std::string message) {
  return {.file = file, .line = 0, .column = 0, .message = std::move(message)};
}

}  // namespace

std::string_view embedded_file(std::string_view name) {
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.name == name) return file.text;
  }
  return {};
}

Library::Library(std::optional<std::filesystem::path> site_directory) : site_directory_(std::move(site_directory)) {}

std::vector<std::string> Library::names() const {
  std::vector<std::string> names{std::string{k_ipmi_bmc_profile}};
  for (const EmbeddedFile& file : embedded_files()) {
    if (is_profile(file.name)) names.emplace_back(file.name);
  }
  if (site_directory_) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator{*site_directory_, error}) {
      const std::filesystem::path& path = entry.path();
      if (path.extension() == ".toml" && is_profile(path.stem().string())) names.push_back(path.stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::string Library::nearest(std::string_view name) const { return config::suggestion(name, names()); }

Library::Result Library::load(const std::string& name_or_path) const {
  if (name_or_path == k_ipmi_bmc_profile) return ipmi_bmc();
  std::filesystem::path path;
  if (is_path(name_or_path)) {
    path = name_or_path;
  } else if (site_directory_) {
    std::error_code error;
    if (const auto own = *site_directory_ / (name_or_path + ".toml"); std::filesystem::exists(own, error)) path = own;
  }
  std::string text;
  std::string file = name_or_path + ".toml";
  if (!path.empty()) {
    file = path.string();
    auto read = safe_toml::read_file(path);
    if (!read) return tl::unexpected{not_usable(file, read.error().message)};
    text = std::move(*read);
  } else {
    if (is_profile(name_or_path)) text = embedded_file(name_or_path);
    if (text.empty()) {
      return tl::unexpected{not_usable(
          "", "no profile '" + name_or_path + "'" + nearest(name_or_path) + " (`pue-agent profiles` lists them)")};
    }
  }
  auto profile = load_profile(text, file);
  if (!profile) return tl::unexpected{profile.error()};
  return std::make_shared<const Profile>(std::move(*profile));
}

tl::expected<std::shared_ptr<const Profile>, ProfileError> Library::find(const std::string& name_or_path,
                                                                         bool allow_draft) const {
  const std::lock_guard lock{mutex_};
  auto found = loaded_.find(name_or_path);
  if (found == loaded_.end()) found = loaded_.emplace(name_or_path, load(name_or_path)).first;
  const Result& result = found->second;
  if (result && (*result)->draft && !allow_draft) {
    return tl::unexpected{
        not_usable("", "profile '" + name_or_path +
                           "' is a draft that nobody has tried on a device: set allow_draft (--allow-draft) to "
                           "use it, and check every value")};
  }
  return result;
}

}  // namespace pue::profiles
