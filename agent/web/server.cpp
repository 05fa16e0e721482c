#include "agent/web/server.h"

#include <gnutls/abstract.h>
#include <microhttpd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>

#include "agent/log/log.h"
#include "agent/web/listen_address.h"
#include "agent/web/request_headers.h"

namespace pue::web {
namespace {

constexpr auto k_sweep_period = std::chrono::milliseconds{250};
constexpr unsigned k_spare_connections = 64;  // being shut down while newcomers arrive

struct Context {
  std::shared_ptr<Site> site;
  std::shared_ptr<Gate> gate;  ///< may be none
  Connections connections;
};

void keep_body(void* body) { delete static_cast<std::shared_ptr<const std::string>*>(body); }

Response plain_response(unsigned status, std::string_view text) {
  Response response;
  response.status = status;
  response.body = std::make_shared<const std::string>(text);
  return response;
}

MHD_Result send(MHD_Connection* connection, const Context& context, Response response) {
  if (context.gate) context.gate->add_headers(response);
  static const auto k_empty = std::make_shared<const std::string>();
  auto* body = new std::shared_ptr<const std::string>(response.body ? response.body : k_empty);
  // libmicrohttpd reads the buffer only; its interface knows no const
  auto* data = const_cast<char*>((*body)->data());
  MHD_Response* answer =
      MHD_create_response_from_buffer_with_free_callback_cls((*body)->size(), data, &keep_body, body);
  if (answer == nullptr) {
    keep_body(body);
    return MHD_NO;
  }
  const auto add = [&](const char* name, const char* value) { MHD_add_response_header(answer, name, value); };
  add(MHD_HTTP_HEADER_CONTENT_TYPE, response.content_type.c_str());
  if (response.gzip) add(MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
  // What the gate adds may be this one: once is enough.
  const bool given = std::any_of(response.headers.begin(), response.headers.end(),
                                 [](const auto& header) { return header.first == "X-Content-Type-Options"; });
  if (!given) add("X-Content-Type-Options", "nosniff");
  add(MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  for (const auto& [name, value] : response.headers) add(name.c_str(), value.c_str());
  const auto result = MHD_queue_response(connection, response.status, answer);
  MHD_destroy_response(answer);
  if (response.counted) context.site->answered(response.status);
  return result;
}

Response answer_of(Site& site, MHD_Connection* connection, const char* url) {
  try {
    return site.answer(
        {.path = url,
         .language = text_or_empty(MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "lang")),
         .accept_language = header(connection, MHD_HTTP_HEADER_ACCEPT_LANGUAGE),
         .accepts_gzip = accepts_gzip(header(connection, MHD_HTTP_HEADER_ACCEPT_ENCODING))});
  } catch (const std::exception& error) {
    log::error("an HTTP request could not be answered", {{"path", url}, {"reason", error.what()}});
    return plain_response(500, "internal error\n");
  }
}

/// @return the answer to somebody who may not read.
std::optional<Response> refusal(const Context& context, MHD_Connection* connection) {
  if (!context.gate) return std::nullopt;
  return context.gate->refusal(header(connection, MHD_HTTP_HEADER_AUTHORIZATION), peer_of(connection));
}

/// A browser says whose page sends a POST: no page has a reason to send this one.
Response asked_to_reload(Site& site, MHD_Connection* connection) {
  const bool foreign = !header(connection, MHD_HTTP_HEADER_ORIGIN).empty();
  auto response = has_body(connection) ? plain_response(400, "a request without a body, please\n")
                  : foreign            ? plain_response(403, "not from a web page\n")
                  : site.reload()      ? plain_response(202, "the configuration will be read again\n")
                                       : plain_response(404, "not found\n");
  return response;
}

/// @return the answer to all but a GET or HEAD without a body.
Response answer_at_once(const Context& context, MHD_Connection* connection, std::string_view method,
                        std::string_view url) {
  if (auto refused = refusal(context, connection)) return std::move(*refused);
  if (method == MHD_HTTP_METHOD_POST && url == "/-/reload") return asked_to_reload(*context.site, connection);
  if (method == MHD_HTTP_METHOD_GET || method == MHD_HTTP_METHOD_HEAD) {
    return plain_response(400, "a request without a body, please\n");
  }
  auto response = plain_response(405, "only GET and HEAD\n");
  response.headers = {{"Allow", "GET, HEAD"}};
  return response;
}

MHD_Result on_request(void* cls, MHD_Connection* connection, const char* url, const char* method, const char*,
                      const char*, std::size_t* upload_size, void** request_state) {
  auto& context = *static_cast<Context*>(cls);
  static int k_seen = 0;
  if (*request_state == nullptr) {
    *request_state = &k_seen;
    context.connections.request_complete(connection, BootClock::now());
    const std::string_view asked{method};
    const bool reads = asked == MHD_HTTP_METHOD_GET || asked == MHD_HTTP_METHOD_HEAD;
    if (reads && !has_body(connection)) return MHD_YES;
    auto response = answer_at_once(context, connection, asked, url);
    response.headers.emplace_back("Connection", "close");  // a body may come, and nobody reads it
    return send(connection, context, std::move(response));
  }
  if (*upload_size != 0) {  // cannot be: a body has been refused
    return MHD_NO;
  }
  if (auto refused = refusal(context, connection)) return send(connection, context, std::move(*refused));
  return send(connection, context, answer_of(*context.site, connection, url));
}

void on_completed(void* cls, MHD_Connection* connection, void**, MHD_RequestTerminationCode) {
  static_cast<Context*>(cls)->connections.answer_taken(connection, BootClock::now());
}

/// The terms of a connection live as long as it does, whatever is renewed meanwhile.
void begin_tls(const Context& context, MHD_Connection* connection, void** terms) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  auto tls = context.gate ? context.gate->tls(BootClock::now()) : nullptr;
  if (!tls || info == nullptr) return;
  tls->govern(static_cast<gnutls_session_t>(info->tls_session));
  *terms = new std::shared_ptr<const Tls>(std::move(tls));
}

void on_connection(void* cls, MHD_Connection* connection, void** terms, MHD_ConnectionNotificationCode code) {
  auto& context = *static_cast<Context*>(cls);
  auto& connections = context.connections;
  if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
    connections.closed(connection);
    delete static_cast<std::shared_ptr<const Tls>*>(*terms);
    *terms = nullptr;
    return;
  }
  *terms = nullptr;
  begin_tls(context, connection, terms);
  const auto* fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  const auto* peer = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  if (fd == nullptr) return;
  connections.opened(connection, fd->connect_fd, peer == nullptr ? nullptr : peer->client_addr, BootClock::now());
}

/// Every connection gets its terms from the gate before its handshake: this certificate is never asked for.
int no_certificate(gnutls_session_t, const gnutls_datum_t*, int, const gnutls_pk_algorithm_t*, int, gnutls_pcert_st**,
                   unsigned*, gnutls_privkey_t*) {
  return -1;
}

/// Paths are compared as they were sent: "%2e" is no dot.
std::size_t leave_escaped(void*, MHD_Connection*, char* text) { return std::strlen(text); }

MHD_Daemon* start_daemon(int listen_fd, const Server::Limits& limits, Context& context) {
  const auto most = static_cast<unsigned>(limits.connections.total) + k_spare_connections;
  const bool with_tls = context.gate && context.gate->speaks_tls();
  std::array<MHD_OptionItem, 2> tls{{{MHD_OPTION_END, 0, nullptr}}};
  if (with_tls) {
    tls = {
        {{MHD_OPTION_HTTPS_CERT_CALLBACK, 0, reinterpret_cast<void*>(&no_certificate)}, {MHD_OPTION_END, 0, nullptr}}};
  }
  const unsigned mode = MHD_USE_EPOLL_INTERNAL_THREAD | (with_tls ? static_cast<unsigned>(MHD_USE_TLS) : 0U);
  return MHD_start_daemon(mode, 0, nullptr, nullptr, &on_request, &context,                  //
                          MHD_OPTION_LISTEN_SOCKET, listen_fd,                               //
                          MHD_OPTION_CONNECTION_LIMIT, most,                                 //
                          MHD_OPTION_CONNECTION_MEMORY_LIMIT, limits.memory_per_connection,  //
                          MHD_OPTION_CONNECTION_TIMEOUT, limits.idle_seconds,                //
                          MHD_OPTION_STRICT_FOR_CLIENT, 1,                                   //
                          MHD_OPTION_UNESCAPE_CALLBACK, &leave_escaped, nullptr,             //
                          MHD_OPTION_NOTIFY_COMPLETED, &on_completed, &context,              //
                          MHD_OPTION_NOTIFY_CONNECTION, &on_connection, &context,            //
                          MHD_OPTION_ARRAY, tls.data(),                                      //
                          MHD_OPTION_END);
}

}  // namespace

struct Server::Running {
  Running(const Limits& limits, const std::shared_ptr<Site>& site, const std::shared_ptr<Gate>& gate)
      : context{site, gate, {limits.connections, [site](Cut reason) { site->cut(reason); }}} {}

  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  ~Running() {
    {
      const std::lock_guard lock{mutex};
      ending = true;
    }
    wake.notify_all();
    if (sweeper.joinable()) sweeper.join();
    for (auto* daemon : daemons) MHD_stop_daemon(daemon);
  }

  void sweep_until_end() {
    std::unique_lock lock{mutex};
    while (!wake.wait_for(lock, k_sweep_period, [&] { return ending; })) context.connections.sweep(BootClock::now());
  }

  Context context;
  std::vector<MHD_Daemon*> daemons;
  std::vector<std::string> bound;
  std::mutex mutex;
  std::condition_variable wake;
  bool ending = false;
  std::thread sweeper;
};

tl::expected<std::unique_ptr<Server>, std::string> Server::start(const std::vector<std::string>& addresses,
                                                                 Limits limits, const std::shared_ptr<Site>& site,
                                                                 const std::shared_ptr<Gate>& gate) {
  std::vector<Listener> listeners;
  for (const auto& text : addresses) {
    const auto address = listen_address_from(text);
    if (!address) return tl::unexpected{address.error()};
    auto listener = Listener::open(*address);
    if (!listener) return tl::unexpected{listener.error()};
    listeners.push_back(std::move(*listener));
  }
  auto running = std::make_unique<Running>(limits, site, gate);
  for (auto& listener : listeners) {
    auto* daemon = start_daemon(listener.fd(), limits, running->context);
    if (daemon == nullptr) return tl::unexpected{"cannot start the HTTP server on " + listener.bound()};
    // The daemon closes the socket when it stops.
    [[maybe_unused]] const int fd = listener.release();
    running->daemons.push_back(daemon);
    running->bound.push_back(listener.bound());
  }
  running->sweeper = std::thread{[&running = *running] { running.sweep_until_end(); }};
  return std::unique_ptr<Server>{new Server(std::move(running))};
}

Server::Server(std::unique_ptr<Running> running) : running_(std::move(running)) {}
Server::~Server() = default;
const std::vector<std::string>& Server::bound() const { return running_->bound; }

}  // namespace pue::web
