#include "agent/web/request_headers.h"

#include <strings.h>

namespace pue::web {
namespace {

bool equal_without_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string_view text_or_empty(const char* text) { return text == nullptr ? std::string_view{} : text; }

std::string_view header(MHD_Connection* connection, const char* name) {
  return text_or_empty(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name));
}

bool accepts_gzip(std::string_view accept) {
  while (!accept.empty()) {
    const auto comma = accept.find(',');
    const auto item = accept.substr(0, comma);
    accept = comma == std::string_view::npos ? std::string_view{} : accept.substr(comma + 1);
    const auto semicolon = item.find(';');
    if (!equal_without_case(trimmed(item.substr(0, semicolon)), "gzip")) continue;
    if (semicolon == std::string_view::npos) return true;
    const auto weight = trimmed(item.substr(semicolon + 1));
    return weight.find_first_of("123456789") != std::string_view::npos;
  }
  return false;
}

bool has_body(MHD_Connection* connection) {
  const auto length = header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
  return (!length.empty() && length != "0") || !header(connection, MHD_HTTP_HEADER_TRANSFER_ENCODING).empty();
}

PeerAddress peer_of(MHD_Connection* connection) {
  const auto* peer = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return address_of(peer == nullptr ? nullptr : peer->client_addr);
}

}  // namespace pue::web
