// The HTTP/1.1 server: one event loop thread, two small pools of threads, connections. The only
// folder that sees Asio, Beast and OpenSSL's sockets.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/metrics.h"
#include "base/result.h"
#include "http/listener.h"
#include "http/message.h"
#include "http/router.h"
#include "http/tls_files.h"

namespace scorekeeper::http {

struct ServerOptions {
  std::string listen = "127.0.0.1:8080";  // HOST:PORT or [HOST6]:PORT; port 0 = any free one
  std::shared_ptr<Listener> listener;     // on `listen`, taken over; null: open() makes one
  TlsFiles tls;                           // tls.cert empty = plain HTTP
  unsigned workers = 2;                   // threads that read large bodies
  unsigned query_workers = 3;             // threads that answer queries; one share has one less
  Limits limits;
};

// Writes the document for the errors that http/ itself answers (400, 404, 405, 408, 413, 415, 431,
// 503 …), because http/ does not know its form. `detail` is a sentence for the user, may be empty.
using ErrorWriter = std::function<Response(int status, std::string_view detail)>;

class Server {
 public:
  // Binds and listens, so that a port in use is an Error here; serves nothing before start().
  static Result<std::unique_ptr<Server>> open(const ServerOptions& options, Router router,
                                              ErrorWriter error_writer, Metrics& metrics);
  ~Server();  // stops at once what drain() left
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void start();  // returns; threads run
  std::uint16_t port() const;
  // Reads the TLS files again, also when they have not changed; without TLS it does nothing. Files
  // that cannot be used are logged, and the ones that were loaded before stay in use. Returns
  // before it is done. Any thread.
  void reload_tls();
  // Runs a job in the pool for bodies, for the share of some Request; false when its bounded queue
  // is full. Any thread.
  bool post_to_worker(std::uint64_t share, std::function<void()> job);
  // The same in the pool for queries, of which one share never has all threads.
  bool post_query(std::uint64_t share, std::function<void()> job);
  // Stops accepting, closes idle connections, answers what is under way with Connection: close, at
  // most for limits.drain_timeout; then what is left is cancelled and closed. Blocks its caller.
  // Any thread but the loop's and the pools'.
  void drain();

 private:
  class Loop;  // all that knows Asio
  explicit Server(std::unique_ptr<Loop> loop);

  std::unique_ptr<Loop> loop_;
};

}  // namespace scorekeeper::http
