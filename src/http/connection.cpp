#include "http/connection.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/log.h"
#include "http/tls.h"

namespace scorekeeper::http {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

constexpr std::size_t buffer_bytes_max = 64 << 10;
// Enough for the header of nearly every request; what a connection has between requests.
constexpr std::size_t header_read_bytes = 8 << 10;
// A refused body of this size is read and dropped, so that the connection can go on.
constexpr std::size_t discard_bytes_max = 64 << 10;

constexpr std::string_view continue_answer = "HTTP/1.1 100 Continue\r\n\r\n";

std::string text_of(const Stream::Socket& socket) {
  Stream::Code code;
  const auto peer = socket.remote_endpoint(code);
  if (code) return "unknown";
  const auto address = unmapped(peer.address());
  const auto host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return host + ":" + std::to_string(peer.port());
}

std::string allow_value(const std::vector<Method>& methods) {
  std::string value;
  for (const auto method : methods) {
    if (!value.empty()) value += ", ";
    value += name_of(method);
  }
  return value;
}

Reason reason_of(int status) {
  if (status == 408) return Reason::timeout;
  if (status == 413) return Reason::body_size;
  return status == 414 || status == 431 ? Reason::header_size : Reason::malformed;
}

}  // namespace

Connection::Connection(Core& core, Stream::Socket socket, asio::ssl::context* tls, Peer peer)
    : core_(core),
      stream_(std::move(socket), tls, *core.turns, core.peers[peer].turns),
      peer_key_(peer),
      buffer_(std::max(buffer_bytes_max, 2 * core.limits.header_bytes_max)) {
  auto& of_peer = core_.peers[peer].strangers;
  stranger_ = {.of_all = core_.strangers.insert(core_.strangers.end(), this),
               .of_peer = of_peer.insert(of_peer.end(), this)};
}

Connection::~Connection() { leave_strangers(); }

// No longer a stranger: it has a caller, or it is gone.
void Connection::leave_strangers() {
  if (!stranger_) return;
  core_.strangers.erase(stranger_->of_all);
  core_.peers.at(peer_key_).strangers.erase(stranger_->of_peer);
  stranger_.reset();
  stream_.turns().set_known();
}

void Connection::start() {
  peer_ = text_of(stream_.socket());
  if (!stream_.secure()) return begin_request();
  state_ = State::handshake;
  set_deadline(core_.limits.read_timeout);
  stream_.async_handshake([self = shared_from_this()](const Stream::Code& code) {
    if (self->state_ != State::handshake) return;
    if (code) return self->fail_handshake(code);
    self->begin_request();
  });
}

// A client without the certificate that it needs is worth a line of the log. The others are
// scanners, probes of the port and clients that do not trust us.
void Connection::fail_handshake(const Stream::Code& code) {
  const auto failure = explain_handshake(stream_.native_tls(), code);
  core_.metrics.rejected(failure.client_certificate ? Reason::client_certificate
                                                    : Reason::handshake);
  log::write(failure.client_certificate ? log::Level::info : log::Level::debug,
             "tls_handshake_failed", {{"peer", peer_}, {"what", failure.what}});
  close();
}

void Connection::start_in_reserve() {
  reserved_ = true;
  start();
}

void Connection::reject(std::string_view detail) {
  core_.metrics.rejected(Reason::connections);
  rejected_ = true;
  ++core_.rejecting;
  if (stream_.secure()) return close();
  exchange_ = std::make_shared<Exchange>(core_.budgets, peer_key_);
  exchange_->request.id = core_.ids.next();
  fail({503, detail});
}

bool Connection::evict() {
  if (state_ == State::handling) return false;
  core_.metrics.rejected(Reason::connections);
  close();
  return true;
}

void Connection::begin_request() {
  exchange_.reset();
  parser_.reset();
  discards_ = false;
  is_query_ = false;
  skipped_line_ = false;
  written_ = 0;
  state_ = State::idle;
  if (buffer_.capacity() > 2 * header_read_bytes) shrink_buffer();
  if (begins_request()) {
    if (stranger_) set_deadline(core_.limits.idle_timeout);
    return process_in_turn();
  }
  if (core_.draining || peer_closed_) return close();
  set_deadline(core_.limits.idle_timeout);
  read();
}

// Whether the bytes that are there begin a request. One empty line before it is left away (RFC 9112
// §2.2).
bool Connection::begins_request() {
  if (!skipped_line_ && unread() == "\r") return false;
  if (!skipped_line_ && unread().starts_with("\r\n")) {
    skipped_line_ = true;
    buffer_.consume(2);
  }
  return buffer_.size() > 0;
}

void Connection::read() {
  if (reading_) return;
  const auto room = buffer_.max_size() - buffer_.size();
  ASSERT(room > 0);
  const auto wanted = state_ == State::body ? buffer_bytes_max : header_read_bytes;
  reading_ = true;
  stream_.async_read(buffer_.prepare(std::min(room, wanted)),
                     [self = shared_from_this()](const Stream::Code& code, std::size_t size) {
                       self->on_read(code, size);
                     });
}

void Connection::on_read(const Stream::Code& code, std::size_t size) {
  reading_ = false;
  if (state_ == State::closed) return;
  if (!code) {
    buffer_.commit(size);
    return process_in_turn();
  }
  // An answer that is under way is not cut off because the client sends no more.
  peer_closed_ = true;
  if (state_ != State::handling && state_ != State::writing) close();
}

void Connection::process_in_turn() {
  if (!stranger_) return process();
  stream_.turns().run([self = shared_from_this()] { self->process(); });
}

void Connection::process() {
  switch (state_) {
    case State::idle:
      if (!begins_request()) return read();
      started_ = steady_clock::now();
      deadline_ = started_ + core_.limits.read_timeout;
      state_ = State::header;
      exchange_ = std::make_shared<Exchange>(core_.budgets, peer_key_);
      exchange_->connection = weak_from_this();
      exchange_->request.id = core_.ids.next();
      parser_.emplace(core_.limits, exchange_->request);
      return process_header();
    case State::header:
      return process_header();
    case State::body:
      return process_body();
    case State::discarding:
      return discard();
    case State::lingering:
      buffer_.consume(buffer_.size());
      return read();
    case State::handshake:
    case State::continuing:
    case State::handling:
    case State::writing:
    case State::closed:
      return;
  }
}

void Connection::process_header() {
  std::size_t consumed = 0;
  switch (parser_->read_header(unread(), consumed)) {
    case RequestParser::State::more:
      return read();
    case RequestParser::State::failed:
      return fail(parser_->refusal());
    case RequestParser::State::done:
      buffer_.consume(consumed);
      return take_head();
  }
}

// The header is there: everything that can be decided without the body is decided.
void Connection::take_head() {
  auto& request = exchange_->request;
  if (const auto id = request.header("x-request-id"); is_safe_request_id(id)) request.id = id;
  request.peer = peer_;
  request.secure = stream_.secure();
  if (auto refusal = route_request()) return refuse(*std::move(refusal));
  take_body();
}

std::optional<Response> Connection::route_request() {
  auto& request = exchange_->request;
  auto target = parse_target(request.target);
  if (!target) return refusal_of(Reason::malformed, 400, target.error().detail);
  request.query = std::move(target->query);
  auto match = core_.router.match(request.method, target->path);
  if (match.route == nullptr) {
    if (match.allowed.empty()) {
      auto near = core_.router.suggest(target->path);
      if (!near.empty()) near = "there is no such path; try " + near;
      return refusal_of(Reason::not_found, 404, near);
    }
    auto refusal = refusal_of(Reason::method, 405);
    refusal->headers.push_back({.name = "allow", .value = allow_value(match.allowed)});
    return refusal;
  }
  exchange_->route = match.route;
  if (reserved_ && match.route->admit) {
    auto refusal = refusal_of(Reason::connections, 503, "too many connections (connections_max)");
    refusal->close = true;
    return refusal;
  }
  request.path_parameters = std::move(match.path_parameters);
  if (auto refusal = core_.admit(*exchange_)) return refusal;
  if (match.route->admit) leave_strangers();

  std::string_view encoding;
  for (const auto& [name, value] : request.headers) {
    if (name != "content-encoding") continue;
    encoding = encoding.empty() ? std::string_view(value) : "several";
  }
  const auto known = parse_encoding(encoding);
  if (!known) {
    return refusal_of(Reason::encoding, 415, "the request's Content-Encoding is not supported");
  }
  exchange_->encoding = *known;
  const auto length = parser_->framing().content_length.value_or(0);
  if (length > core_.limits.body_bytes_max) {
    return refusal_of(Reason::body_size, 413, "the request body is too large");
  }
  return std::nullopt;
}

std::optional<Response> Connection::refusal_of(Reason reason, int status, std::string_view detail) {
  core_.metrics.rejected(reason);
  return core_.error(status, detail);
}

void Connection::take_body() {
  state_ = State::body;
  const auto& framing = parser_->framing();
  if (!parser_->complete() && framing.expect_continue && buffer_.size() == 0) {
    state_ = State::continuing;
    return write(asio::buffer(continue_answer), &Connection::continue_body);
  }
  process_body();
}

void Connection::continue_body() {
  state_ = State::body;
  read();
}

// Memory of the body follows the bytes that have come, not the length that was announced.
void Connection::make_room(std::size_t more) {
  auto& body = exchange_->request.body;
  const std::size_t whole = parser_->framing().content_length.value_or(0);
  const auto needed = body.size() + more + decoded_padding;
  if (whole == 0 || needed <= body.capacity()) return;
  body.reserve(std::min(whole + decoded_padding, std::max(2 * needed, buffer_bytes_max)));
}

void Connection::process_body() {
  const auto before = parser_->body_bytes();
  make_room(buffer_.size());
  std::size_t consumed = 0;
  const auto state = parser_->read_body(unread(), consumed);
  buffer_.consume(consumed);
  if (state == RequestParser::State::failed) return fail(parser_->refusal());
  if (const auto over = exchange_->hold(parser_->body_bytes() - before); !over.empty()) {
    core_.metrics.rejected(Reason::body_memory);
    return fail({503, over});
  }
  if (state == RequestParser::State::done) return dispatch();
  if (buffer_.size() == buffer_.max_size()) {
    return fail({400, "the chunked request body is malformed"});
  }
  read();
}

void Connection::dispatch() {
  state_ = State::handling;
  deadline_ = Moment::max();  // the handler's waits have their own deadlines
  const Hold& hold = exchange_->route->hold;
  if (hold && hold(exchange_->request, resume_later())) return;
  run_handler();
}

Resume Connection::resume_later() {
  return [queue = core_.queue, exchange = exchange_](std::optional<Response> response) {
    if (response) return deliver(*queue, exchange, *std::move(response));
    queue->post([exchange] {
      if (const auto connection = exchange->connection.lock()) connection->resume(*exchange);
    });
  };
}

void Connection::resume(const Exchange& exchange) {
  if (state_ == State::handling && &exchange == exchange_.get()) run_handler();
}

void Connection::run_handler() {
  const Route& route = *exchange_->route;
  is_query_ = route.mode == Mode::query || (route.heavy && route.heavy(exchange_->request));
  const bool is_body = route.mode == Mode::body || route.slow_body ||
                       exchange_->encoding != Encoding::identity ||
                       exchange_->request.body.size() > worker_body_bytes_min;
  // A reference of its own: the connection's goes when it closes.
  if (!is_query_ && !is_body) return core_.run(std::shared_ptr<Exchange>(exchange_));
  auto& pool = is_query_ ? core_.queries : core_.bodies;
  const bool posted = pool.post(exchange_->request.share,
                                [&core = core_, exchange = exchange_] { core.run(exchange); });
  if (posted) return;
  core_.metrics.rejected(Reason::workers);
  send(core_.error(503, is_query_
                            ? "too many queries of this caller are waiting (queries_waiting_max)"
                            : "the server is too busy"));
}

void Connection::answer(const Exchange& exchange, Response response) {
  if (state_ != State::handling || &exchange != exchange_.get()) return;
  send(std::move(response));
}

// The body may still be on its way. It is read and dropped when that is cheap; else the connection
// ends.
void Connection::refuse(Response response) {
  parser_->discard_body();
  std::size_t consumed = 0;
  const auto state = parser_->read_body(unread(), consumed);
  buffer_.consume(consumed);
  if (state != RequestParser::State::done) {
    const auto& framing = parser_->framing();
    const auto length = framing.content_length.value_or(discard_bytes_max + 1);
    discards_ = state == RequestParser::State::more && !framing.expect_continue &&
                length <= std::min(discard_bytes_max, core_.limits.body_bytes_max);
    if (!discards_) response.close = true;
  }
  send(std::move(response));
}

void Connection::discard() {
  std::size_t consumed = 0;
  const auto state = parser_->read_body(unread(), consumed);
  buffer_.consume(consumed);
  if (state == RequestParser::State::done) return begin_request();
  if (state == RequestParser::State::failed) return linger();
  read();
}

void Connection::fail(const Refusal& refusal) {
  if (!rejected_ && refusal.status != 503) core_.metrics.rejected(reason_of(refusal.status));
  auto response = core_.error(refusal.status, refusal.detail);
  response.close = true;
  send(std::move(response));
}

void Connection::check_deadline(Moment now) {
  if (state_ == State::handling) look_at_peer(now);
  if (state_ == State::handling || state_ == State::writing) {
    if (exchange_ && *exchange_->cancelled) return close();
    shrink_buffer();
  }
  if (now < deadline_) return;
  switch (state_) {
    case State::header:
    case State::body:
      return fail({408, "the request did not arrive in time"});
    case State::writing:
      record();
      return close();
    case State::handshake:
    case State::idle:
    case State::continuing:
    case State::handling:
    case State::discarding:
    case State::lingering:
      return close();
    case State::closed:
      return;
  }
}

// Nothing is read while a request is handled, so the kernel is asked what became of the client.
// One that only sends no more may still read: what it reads, and changes nothing, has a moment
// left.
void Connection::look_at_peer(Moment now) {
  switch (stream_.peer()) {
    case Stream::Peer::open:
      return;
    case Stream::Peer::sends_no_more:
      if ((is_query_ || exchange_->route->mode == Mode::body) && deadline_ == Moment::max()) {
        deadline_ = now + half_closed_query_time;
      }
      return;
    case Stream::Peer::gone:
      deadline_ = now;
      return;
  }
}

void Connection::drain() {
  if (state_ == State::idle || state_ == State::handshake) close();
}

void Connection::close() {
  if (state_ == State::closed) return;
  const auto self = shared_from_this();
  state_ = State::closed;
  stream_.close();
  leave_strangers();
  if (rejected_) --core_.rejecting;
  if (exchange_) exchange_->cancelled->store(true);
  exchange_.reset();
  download_.reset();
  core_.connections.erase(self);
  core_.removed(peer_key_);
}

// Between two requests, and while a client does not read, a connection has no buffer.
void Connection::shrink_buffer() {
  if (buffer_.size() == 0 && !reading_) buffer_.shrink_to_fit();
}

std::string_view Connection::unread() const {
  const auto bytes = buffer_.data();
  return {static_cast<const char*>(bytes.data()), bytes.size()};
}

void Connection::set_deadline(std::chrono::milliseconds time) {
  deadline_ = steady_clock::now() + time;
}

}  // namespace scorekeeper::http
