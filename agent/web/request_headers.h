#pragma once

#include <microhttpd.h>

#include <string_view>

#include "agent/web/peer_address.h"

/// What the server wants to know of a request's head.
namespace pue::web {

[[nodiscard]] std::string_view text_or_empty(const char* text);

/// @return the value of a header, empty where the request has none of this name.
[[nodiscard]] std::string_view header(MHD_Connection* connection, const char* name);

/// Whether Accept-Encoding names gzip and does not give it the weight 0.
[[nodiscard]] bool accepts_gzip(std::string_view accept);

/// Whether a body is announced.
[[nodiscard]] bool has_body(MHD_Connection* connection);

[[nodiscard]] PeerAddress peer_of(MHD_Connection* connection);

}  // namespace pue::web
