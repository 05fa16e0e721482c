#include "config/network_range.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstdint>

namespace pue::config {
namespace {

using Failure = tl::unexpected<std::string>;

constexpr unsigned k_bits = 32;

std::string written(std::uint32_t address) {
  const in_addr network_order{.s_addr = htonl(address)};
  std::array<char, INET_ADDRSTRLEN> text{};
  inet_ntop(AF_INET, &network_order, text.data(), text.size());
  return text.data();
}

}  // namespace

tl::expected<std::vector<std::string>, std::string> expand_network(std::string_view text, std::size_t most) {
  const auto slash = text.find('/');
  const auto colon = text.find(':', slash == std::string_view::npos ? 0 : slash);
  const auto port = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
  const auto digits = text.substr(slash + 1, (colon == std::string_view::npos ? text.size() : colon) - slash - 1);
  in_addr network_order{};
  unsigned prefix = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  if (slash == std::string_view::npos ||
      inet_pton(AF_INET, std::string{text.substr(0, slash)}.c_str(), &network_order) != 1 || error != std::errc{} ||
      end != digits.data() + digits.size() || prefix > k_bits) {
    return Failure("expected an IPv4 network such as 10.2.0.0/24");
  }
  const std::uint32_t first = ntohl(network_order.s_addr);
  const std::uint64_t size = std::uint64_t{1} << (k_bits - prefix);
  const auto host_bits = static_cast<std::uint32_t>(size - 1);
  if ((first & host_bits) != 0) {
    return Failure("not the first address of its network, which is " + written(first & ~host_bits) + "/" +
                   std::to_string(prefix));
  }
  const std::uint64_t around = size > 2 ? 1 : 0;
  if (size - 2 * around > most) return Failure("more than " + std::to_string(most) + " hosts");
  std::vector<std::string> all;
  all.reserve(size);
  for (auto i = around; i < size - around; ++i) {
    all.push_back(written(first + static_cast<std::uint32_t>(i)) + std::string{port});
  }
  return all;
}

}  // namespace pue::config
