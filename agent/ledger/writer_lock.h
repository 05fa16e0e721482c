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

 private:
  explicit WriterLock(Descriptor file) : file_(std::move(file)) {}
  Descriptor file_;
};

}  // namespace pue::ledger
