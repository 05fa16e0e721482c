#include "agent/web/faces.h"

#include <algorithm>

#include "agent/web/api.h"
#include "agent/web/gzip.h"
#include "agent/web/page.h"
#include "agent/web/view.h"

namespace pue::web {
namespace {

Response of_text(unsigned status, std::string text) {
  Response response;
  response.status = status;
  response.body = std::make_shared<const std::string>(std::move(text));
  return response;
}

Response of_json(std::string text) {
  auto response = of_text(200, std::move(text));
  response.content_type = "application/json";
  return response;
}

Response of_page(std::string text) {
  auto response = of_text(200, std::move(text));
  response.content_type = "text/html; charset=utf-8";
  response.headers = {
      {"Content-Security-Policy",
       "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
      {"Referrer-Policy", "no-referrer"},
      {"Vary", "Accept-Language"}};
  return response;
}

}  // namespace

Faces::Faces(exposition::Sources sources, Duration renew_after)
    : exposition_(std::move(sources)), started_(exposition_.sources().now()), renew_after_(renew_after) {}

Response Faces::answer(const Request& request) {
  if (request.path == "/metrics") return metrics(request.accepts_gzip);
  if (request.path == "/-/healthy") return of_text(200, "healthy\n");
  if (request.path == "/-/ready") {
    return ready(sources()) ? of_text(200, "ready\n") : of_text(503, "not ready: waiting for the first poll\n");
  }
  if (request.path == "/api/v1/status") return of_json(status_json(sources(), started_));
  if (request.path == "/api/v1/devices") return of_json(devices_json(sources()));
  if (request.path == "/api/v1/facility") return of_json(facility_json(sources()));
  if (request.path == "/") return of_page(page(sources(), language_of(request.language, request.accept_language)));
  if (request.path == "/style.css") {
    auto response = of_text(200, std::string{style()});
    response.content_type = "text/css; charset=utf-8";
    return response;
  }
  return of_text(404, "not found\n");
}

Response Faces::metrics(bool compressed) {
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.counted = false;
  response.headers = {{"Vary", "Accept-Encoding"}};
  const std::lock_guard lock{mutex_};
  const auto now = sources().now();
  if (!plain_ || now - renewed_ >= renew_after_) renew(now);
  if (compressed) {
    if (!packed_) packed_ = std::make_shared<const std::string>(gzip(*plain_));
    response.gzip = !packed_->empty();
  }
  response.body = response.gzip ? packed_ : plain_;
  return response;
}

void Faces::renew(Instant now) {
  const auto begun = BootClock::now();
  std::string text;
  // Nearly the size of the last one, which goes first: growing it step by step would copy it many times over.
  const auto last = plain_ ? plain_->size() : 0;
  plain_.reset();
  packed_.reset();
  text.reserve(std::max<std::size_t>(last + last / 16, 65536));
  exposition_.append(text);
  exposition::append_families(text, instruments_.registry().Collect());
  plain_ = std::make_shared<const std::string>(std::move(text));
  renewed_ = now;
  instruments_.rendered(seconds_of(BootClock::now() - begun));
}

void Faces::cut(Cut reason) {
  if (reason == Cut::deadline) {
    instruments_.cut_late_connection();
  } else {
    instruments_.cut_crowded_connection();
  }
}

}  // namespace pue::web
