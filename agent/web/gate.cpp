#include "agent/web/gate.h"

#include <strings.h>

#include <algorithm>

#include "agent/web/authorization.h"
#include "config/web/web_file.h"

namespace pue::web {
namespace {

std::vector<config::Problem> one(const std::filesystem::path& file, std::string key, std::string message) {
  return {{file.string(), {}, std::move(key), std::move(message)}};
}

Response refused(unsigned status, std::string_view text, std::pair<std::string, std::string> header) {
  Response response;
  response.status = status;
  response.body = std::make_shared<const std::string>(text);
  response.headers = {std::move(header)};
  return response;
}

}  // namespace

Gate::Gate(std::filesystem::path file, std::shared_ptr<const InForce> in_force)
    : file_(std::move(file)), speaks_tls_(in_force->tls != nullptr), in_force_(std::move(in_force)) {}

Gate::Read Gate::read(const std::filesystem::path& file) {
  auto settings = config::load_web_file(file);
  if (!settings) return tl::unexpected(std::move(settings.error()));
  auto made = std::make_shared<InForce>();
  if (settings->tls) {
    auto tls = TlsFiles::open(std::move(*settings->tls));
    if (!tls) return tl::unexpected(one(file, "tls_server_config", std::move(tls.error())));
    made->tls = std::move(*tls);
  }
  if (!settings->users.empty()) made->users = std::make_unique<Users>(std::move(settings->users));
  made->headers = std::move(settings->headers);
  return made;
}

tl::expected<std::shared_ptr<Gate>, std::vector<config::Problem>> Gate::open(std::filesystem::path file) {
  auto read_now = read(file);
  if (!read_now) return tl::unexpected(std::move(read_now.error()));
  return std::shared_ptr<Gate>{new Gate{std::move(file), std::move(*read_now)}};
}

std::vector<config::Problem> Gate::reload() {
  auto read_now = read(file_);
  if (!read_now) return std::move(read_now.error());
  if (((*read_now)->tls != nullptr) != speaks_tls_) {
    return one(file_, "tls_server_config", "TLS begins and ends when the agent is started again");
  }
  const std::lock_guard lock{mutex_};
  in_force_ = std::move(*read_now);
  return {};
}

std::shared_ptr<const Gate::InForce> Gate::in_force() const {
  const std::lock_guard lock{mutex_};
  return in_force_;
}

bool Gate::asks_who() const {
  const auto now_in_force = in_force();
  return now_in_force->users || (now_in_force->tls && now_in_force->tls->asks_who());
}

std::shared_ptr<const Tls> Gate::tls(Instant now) const {
  const auto now_in_force = in_force();
  return now_in_force->tls ? now_in_force->tls->current(now) : nullptr;
}

std::optional<Response> Gate::refusal(std::string_view authorization, const PeerAddress& peer) const {
  const auto now_in_force = in_force();
  if (!now_in_force->users) return std::nullopt;
  const auto login = login_from(authorization);
  const auto verdict = login ? now_in_force->users->check(*login, peer) : Users::Verdict::wrong;
  switch (verdict) {
    case Users::Verdict::good:
      return std::nullopt;
    case Users::Verdict::later:
      return refused(429, "too many passwords were wrong of late\n", {"Retry-After", "3"});
    default:
      return refused(401, "name and password, please\n", {"WWW-Authenticate", "Basic"});
  }
}

void Gate::add_headers(Response& response) const {
  const auto now_in_force = in_force();
  for (const auto& header : now_in_force->headers) {
    std::erase_if(response.headers,
                  [&](const auto& mine) { return ::strcasecmp(mine.first.c_str(), header.first.c_str()) == 0; });
    response.headers.push_back(header);
  }
}

}  // namespace pue::web
