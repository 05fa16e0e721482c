#pragma once

#include <string>
#include <tl/expected.hpp>

#include "agent/ledger/descriptor.h"

namespace pue::ledger {

/// The right to write a ledger: a lock on `<path>.lock`, which holds the writer's process id. The system takes it back
/// when the process ends, however it ends.
class WriterLock {
 public:
  /// Refused, with the holder's process id, while another has it.
  [[nodiscard]] static tl::expected<WriterLock, Error> take(const std::string& ledger);

  /// @return whether others who ask for the lock still meet this one: not once its file was removed or replaced.
  [[nodiscard]] bool is_in_place() const;

 private:
  WriterLock(Descriptor file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}
  Descriptor file_;
  std::string path_;
};

}  // namespace pue::ledger
