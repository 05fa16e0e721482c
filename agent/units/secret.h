#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pue {

/// A password or key in memory: on pages of its own that no core dump takes, that are kept from the swap space where
/// the system allows it, and that are wiped at the end.
///
/// It can be neither copied nor printed. Whoever makes it fills it once and shares it as `const` from then on; readers
/// take what they need from bytes() and keep no copy.
class Secret {
 public:
  /// Room for `capacity` bytes, all of it in use and zero. Throws std::bad_alloc where the system has none.
  explicit Secret(std::size_t capacity);
  ~Secret();
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  /// Maker only: where the bytes go.
  [[nodiscard]] std::span<std::uint8_t> writable() { return {bytes_, size_}; }
  /// Maker only: how many of them count, at most size(); the rest is wiped.
  void shrink(std::size_t size);

  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return {bytes_, size_}; }
  [[nodiscard]] std::size_t size() const { return size_; }

  template <class Stream>
  friend Stream& operator<<(Stream&, const Secret&) = delete;

 private:
  std::uint8_t* bytes_ = nullptr;
  std::size_t size_ = 0;
  std::size_t mapped_ = 0;
};

}  // namespace pue
