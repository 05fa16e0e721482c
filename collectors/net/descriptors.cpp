#include "collectors/net/descriptors.h"

#include <sys/resource.h>

#include "agent/log/log.h"

namespace pue::net {

void allow_many_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) log::warn("cannot raise the limit of open descriptors");
}

}  // namespace pue::net
