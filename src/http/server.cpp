#include "http/server.h"

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <exception>
#include <optional>
#include <thread>
#include <tuple>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "http/connection.h"
#include "http/core.h"
#include "http/tls_watch.h"

namespace scorekeeper::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

using Acceptor = asio::basic_socket_acceptor<tcp, Stream::Executor>;
using Timer =
    asio::basic_waitable_timer<steady_clock, asio::wait_traits<steady_clock>, Stream::Executor>;

// Connections over a limit that are told so at one time; more are closed without a word.
constexpr std::size_t rejecting_max = 64;
// Between two looks at the TLS files: a renewal is no hurry.
constexpr std::chrono::seconds tls_poll_interval{1};

Peer peer_of(const Stream::Socket& socket) {
  error_code code;
  const auto endpoint = socket.remote_endpoint(code);
  if (code) return 0;
  const auto address = unmapped(endpoint.address());
  if (address.is_v4()) return address.to_v4().to_uint();
  const auto bytes = address.to_v6().to_bytes();
  Peer peer = 0;
  for (std::size_t i = 0; i < sizeof peer; ++i) peer = peer << 8 | bytes[i];
  return peer;
}

// Deadlines are checked this often, and whether clients are still there: late by at most a quarter
// of the shortest deadline.
milliseconds tick_of(const Limits& limits) {
  const auto shortest = std::min({limits.read_timeout, limits.write_timeout, limits.idle_timeout});
  return std::clamp(shortest / 4, milliseconds(5), milliseconds(250));
}

}  // namespace

class Server::Loop {
 public:
  Loop(const ServerOptions& options, Router router, ErrorWriter error_writer, Metrics& metrics)
      : core_(options.limits, std::move(router), std::move(error_writer), metrics,
              {.bodies = options.workers, .queries = options.query_workers}),
        metrics_(metrics),
        tick_(tick_of(options.limits)),
        context_(1),
        acceptor_(context_),
        timer_(context_) {
    core_.queue = std::make_shared<LoopQueue>(context_);
    core_.turns = std::make_unique<StrangerTurns>(context_);
    core_.on_empty = [this] { set_drained(); };
  }

  ~Loop() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
    core_.on_empty = nullptr;
    close_all();  // cancels what the pools work on
    core_.queries.stop();
    core_.bodies.stop();
    core_.queue->close();
  }

  Result<void> bind(const ServerOptions& options);

  void start() {
    core_.bodies.start();
    core_.queries.start();
    accept();
    tick();
    thread_ = std::thread([this] { run(); });
  }

  std::uint16_t port() const { return port_; }
  void reload_tls() {
    core_.queue->post([this] { look_at_tls(TlsWatch::Look::in_any_case); });
  }
  bool post_to_worker(std::uint64_t share, std::function<void()> job) {
    return core_.bodies.post(share, std::move(job));
  }
  bool post_query(std::uint64_t share, std::function<void()> job) {
    return core_.queries.post(share, std::move(job));
  }
  void drain();

 private:
  void run();
  void accept();
  void on_accept(const error_code& code, Stream::Socket socket);
  void tick();
  void look_at_tls(TlsWatch::Look look);
  void begin_drain();
  void close_all();
  void set_drained();
  void admit(Stream::Socket socket);

  Core core_;
  Metrics& metrics_;
  milliseconds tick_;
  std::unique_ptr<TlsWatch> tls_watch_;  // null = plain HTTP
  std::shared_ptr<asio::ssl::context> tls_;
  bool looking_at_tls_ = false;  // a pool does; the loop's, as the next two
  bool reload_wanted_ = false;   // once more, in any case
  steady_clock::time_point tls_look_at_{};
  std::uint16_t port_ = 0;
  bool accepting_ = false;  // an accept is under way; the loop's
  Mutex mutex_;
  CondVar changed_;
  bool drained_ GUARDED_BY(mutex_) = false;
  // After what the operations in it use, and before what uses it.
  asio::io_context context_;
  Acceptor acceptor_;
  Timer timer_;
  std::thread thread_;
};

Result<void> Server::Loop::bind(const ServerOptions& options) {
  if (!options.tls.cert.empty()) {
    tls_watch_ = TRY(TlsWatch::open(options.tls, metrics_));
    tls_ = tls_watch_->take_context();
  }
  auto listener = options.listener;
  if (!listener) listener = std::make_shared<Listener>(TRY(Listener::open(options.listen)));
  error_code code;
  const auto protocol = listener->is_ipv6() ? tcp::v6() : tcp::v4();
  std::ignore = acceptor_.assign(protocol, listener->release(), code);
  if (code) {
    return make_error(Code::unavailable,
                      "cannot listen on " + options.listen + ": " + code.message());
  }
  port_ = acceptor_.local_endpoint(code).port();
  return {};
}

void Server::Loop::run() {
  for (;;) {
    try {
      context_.run();
      return;
    } catch (const std::exception& exception) {
      // Memory ran out, most likely: the operation that threw is gone, its connection meets its
      // deadline.
      log::error("loop_threw", {{"what", exception.what()}});
    }
  }
}

void Server::Loop::accept() {
  if (accepting_ || core_.draining) return;
  accepting_ = true;
  acceptor_.async_accept([this](const error_code& code, Stream::Socket socket) {
    accepting_ = false;
    on_accept(code, std::move(socket));
  });
}

void Server::Loop::on_accept(const error_code& code, Stream::Socket socket) {
  if (core_.draining) return;
  if (code) {
    if (code == asio::error::connection_aborted) return accept();
    // No more file descriptors: the next tick tries again.
    log::warning("accept_failed", {{"what", code.message()}});
    return;
  }
  error_code ignored;
  std::ignore = socket.set_option(tcp::no_delay(true), ignored);
  admit(std::move(socket));
  accept();
}

// A new connection takes the place of a stranger's, the oldest first. Where one address has as many
// connections as it may have, a new one from there takes the place of a stranger's from there.
// Where callers hold all connections, a reserve is left to the routes that admit everybody.
void Server::Loop::admit(Stream::Socket socket) {
  const auto& limits = core_.limits;
  const auto peer = peer_of(socket);
  const auto known = core_.peers.find(peer);
  const bool peer_is_full = known != core_.peers.end() &&
                            known->second.connections >= limits.connections_per_peer_max &&
                            !core_.evict_stranger(known->second);
  if (!peer_is_full && core_.connections.size() >= limits.connections_max) {
    const auto all = limits.connections_max + connections_reserved;
    core_.evict_stranger(core_.connections.size() >= all ? Core::Evict::any
                                                         : Core::Evict::but_in_reserve);
  }
  const auto open = core_.connections.size();
  const bool rejects = peer_is_full || open >= limits.connections_max + connections_reserved;
  if (rejects && core_.rejecting >= rejecting_max) return;
  const auto connection = std::make_shared<Connection>(core_, std::move(socket), tls_.get(), peer);
  core_.connections.insert(connection);
  ++core_.peers[peer].connections;
  core_.metrics.connections(open + 1);
  if (peer_is_full) {
    connection->reject("too many connections from this address (connections_per_peer_max)");
  } else if (rejects) {
    connection->reject("too many connections (connections_max)");
  } else if (open >= limits.connections_max) {
    connection->start_in_reserve();
  } else {
    connection->start();
  }
}

void Server::Loop::tick() {
  timer_.expires_after(tick_);
  timer_.async_wait([this](const error_code& code) {
    if (code) return;
    const auto now = steady_clock::now();
    // A copy: a connection that closes leaves the set.
    const std::vector<std::shared_ptr<Connection>> open(core_.connections.begin(),
                                                        core_.connections.end());
    for (const auto& connection : open) connection->check_deadline(now);
    if (now >= tls_look_at_) {
      tls_look_at_ = now + tls_poll_interval;
      look_at_tls(TlsWatch::Look::when_changed);
    }
    accept();
    tick();
  });
}

// In a pool, because files may be on a network: one look at a time. Connections made before keep
// what they began with.
void Server::Loop::look_at_tls(TlsWatch::Look look) {
  if (!tls_watch_) return;
  if (look == TlsWatch::Look::in_any_case) reload_wanted_ = true;
  if (looking_at_tls_) return;
  if (reload_wanted_) look = TlsWatch::Look::in_any_case;
  // Where the pool's queue is full, the next tick tries again.
  looking_at_tls_ = core_.bodies.post(0, [this, look] {
    auto context = tls_watch_->look(look);
    core_.queue->post([this, context = std::move(context)]() mutable {
      looking_at_tls_ = false;
      if (context) tls_ = std::move(context);
      if (reload_wanted_) look_at_tls(TlsWatch::Look::in_any_case);
    });
  });
  if (looking_at_tls_) reload_wanted_ = false;
}

void Server::Loop::drain() {
  if (!thread_.joinable()) return;
  core_.queue->post([this] { begin_drain(); });
  const auto until = steady_clock::now() + core_.limits.drain_timeout;
  Lock lock(mutex_);
  while (!drained_) {
    const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now());
    if (left <= milliseconds::zero()) {
      return core_.queue->post([this] { close_all(); });
    }
    changed_.wait_for(mutex_, left);
  }
}

void Server::Loop::begin_drain() {
  core_.draining = true;
  error_code ignored;
  std::ignore = acceptor_.close(ignored);
  const std::vector<std::shared_ptr<Connection>> open(core_.connections.begin(),
                                                      core_.connections.end());
  for (const auto& connection : open) connection->drain();
  if (core_.connections.empty()) set_drained();
}

// Also cancels their requests.
void Server::Loop::close_all() {
  const std::vector<std::shared_ptr<Connection>> open(core_.connections.begin(),
                                                      core_.connections.end());
  for (const auto& connection : open) connection->close();
}

void Server::Loop::set_drained() {
  {
    Lock lock(mutex_);
    drained_ = true;
  }
  changed_.notify_all();
}

Result<std::unique_ptr<Server>> Server::open(const ServerOptions& options, Router router,
                                             ErrorWriter error_writer, Metrics& metrics) {
  auto loop = std::make_unique<Loop>(options, std::move(router), std::move(error_writer), metrics);
  TRY(loop->bind(options));
  return std::unique_ptr<Server>(new Server(std::move(loop)));
}

Server::Server(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
Server::~Server() = default;
void Server::start() { loop_->start(); }
std::uint16_t Server::port() const { return loop_->port(); }
void Server::reload_tls() { loop_->reload_tls(); }
bool Server::post_to_worker(std::uint64_t share, std::function<void()> job) {
  return loop_->post_to_worker(share, std::move(job));
}
bool Server::post_query(std::uint64_t share, std::function<void()> job) {
  return loop_->post_query(share, std::move(job));
}
void Server::drain() { loop_->drain(); }

}  // namespace scorekeeper::http
