#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "agent/ledger/error.h"

namespace pue::ledger {

/// A file descriptor that is closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }

  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

/// The error of a system call that failed with `number` (errno).
[[nodiscard]] Error system_failure(const std::string& what, int number);

/// Makes a new name in a folder durable.
[[nodiscard]] tl::expected<void, Error> sync_folder_of(const std::string& path);

}  // namespace pue::ledger
