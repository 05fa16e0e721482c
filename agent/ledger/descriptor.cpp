#include "agent/ledger/descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace pue::ledger {
namespace {

Error::Kind kind_of(int number) {
  switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return Error::Kind::disk_full;
    case EROFS:
    case EACCES:
    case EPERM:
      return Error::Kind::read_only;
    case ENOENT:
    case ENOTDIR:
      return Error::Kind::not_found;
    default:
      return Error::Kind::input_output;
  }
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

Error system_failure(const std::string& what, int number) {
  return {.kind = kind_of(number), .text = what + ": " + std::generic_category().message(number)};
}

tl::expected<void, Error> sync_folder_of(const std::string& path) {
  auto folder = std::filesystem::path{path}.parent_path();
  if (folder.empty()) folder = ".";
  const Descriptor descriptor{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!descriptor.is_open() || ::fsync(descriptor.number()) != 0) {
    return tl::unexpected(system_failure("cannot sync the folder of '" + path + "'", errno));
  }
  return {};
}

}  // namespace pue::ledger
