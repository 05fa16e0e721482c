#pragma once

namespace pue::net {

/// Raises the soft limit of open descriptors to the hard one: each connection and each BMC takes one, and the soft
/// limit of most systems is 1,024. Says so in the log where it cannot.
void allow_many_descriptors();

}  // namespace pue::net
