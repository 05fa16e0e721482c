#include "agent/units/secret.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <new>

namespace pue {

Secret::Secret(std::size_t capacity) : size_(capacity) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  mapped_ = (std::max<std::size_t>(capacity, 1) + page - 1) / page * page;
  void* const pages = ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc{};
  bytes_ = static_cast<std::uint8_t*>(pages);
  // Every kernel since 3.4 knows the first two; a limit on locked memory may forbid the last.
  ::madvise(pages, mapped_, MADV_DONTDUMP);
  ::madvise(pages, mapped_, MADV_DONTFORK);
  (void)::mlock(pages, mapped_);
}

Secret::~Secret() {
  ::explicit_bzero(bytes_, mapped_);
  ::munmap(bytes_, mapped_);
}

void Secret::shrink(std::size_t size) {
  if (size >= size_) return;
  ::explicit_bzero(bytes_ + size, size_ - size);
  size_ = size;
}

}  // namespace pue
