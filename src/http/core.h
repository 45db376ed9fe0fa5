// What the connections of one server share. Owned by the server and outlived by no connection; the
// loop writes it, but for the parts that say otherwise.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/limits.h"
#include "http/answer.h"
#include "http/content.h"
#include "http/loop_queue.h"
#include "http/message.h"
#include "http/request_metrics.h"
#include "http/router.h"
#include "http/server.h"
#include "http/workers.h"

namespace scorekeeper::http {

class Connection;

// Bytes of request bodies that all connections hold together. Any thread.
class BodyBudget {
 public:
  explicit BodyBudget(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  bool take(std::size_t bytes) {
    if (used_.fetch_add(bytes) + bytes <= bytes_max_) return true;
    used_ -= bytes;
    return false;
  }
  void give(std::size_t bytes) { used_ -= bytes; }

 private:
  std::size_t bytes_max_;
  std::atomic<std::size_t> used_ = 0;
};

// A request and what it holds until it is answered. Shared by its connection, the worker that runs
// its handler and its Reply; each in turn, never two at once, but for `cancelled`. It may outlive
// the connection and the server.
struct Exchange {
  explicit Exchange(std::shared_ptr<BodyBudget> shared_budget) : budget(std::move(shared_budget)) {
    request.cancelled = cancelled;
  }
  ~Exchange() { budget->give(held_bytes); }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  bool hold(std::size_t bytes) {
    if (!budget->take(bytes)) return false;
    held_bytes += bytes;
    return true;
  }

  Request request;
  const Route* route = nullptr;
  Encoding encoding = Encoding::identity;
  std::weak_ptr<Connection> connection;
  // What request.cancelled points at.
  std::shared_ptr<std::atomic<bool>> cancelled = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<BodyBudget> budget;
  std::size_t held_bytes = 0;
};

// Hands an answer to the exchange's connection, if that is still there. Any thread.
void deliver(LoopQueue& queue, const std::shared_ptr<Exchange>& exchange, Response response);

// Ids of requests that did not bring one: random where the process begins, then counted.
class RequestIds {
 public:
  RequestIds();
  std::string next();

 private:
  std::string prefix_;
  std::uint64_t count_ = 0;
};

// 1 to 64 characters of [A-Za-z0-9._-]: safe to log and to send back.
bool is_safe_request_id(std::string_view id);

// The threads of the two pools.
struct PoolThreads {
  unsigned bodies = 2;
  unsigned queries = 3;
};

struct Core {
  Core(const Limits& server_limits, Router server_router, ErrorWriter writer, Metrics& registry,
       PoolThreads threads);

  Response error(int status, std::string_view detail = {}) const;  // any thread
  // Decodes the body where needed and runs the handler of exchange's route, on the loop or in a
  // pool; the answer goes to the connection by way of the loop.
  void run(const std::shared_ptr<Exchange>& exchange);
  // The route's admit(); a throwing one is answered 500.
  std::optional<Response> admit(Exchange& exchange) const;
  // source.next(); nullopt when it failed. In the pool for queries.
  std::optional<bool> pull(BodySource& source, std::string& chunk,
                           std::string_view request_id) const;
  void removed();  // a connection has left `connections`

  const Limits limits;
  const Router router;
  const ErrorWriter error_writer;
  RequestMetrics metrics;
  std::shared_ptr<BodyBudget> budget;
  std::shared_ptr<LoopQueue> queue;  // set by the server
  RequestIds ids;
  DateCache dates;
  bool draining = false;
  std::unordered_set<std::shared_ptr<Connection>> connections;
  std::function<void()> on_empty;  // called when draining and the last connection is gone
  // Last: their threads use the rest. Bodies are soon read, so every share may have all threads;
  // of the queries one share never has all, so that another's begins at once.
  Workers bodies;
  Workers queries;
};

}  // namespace scorekeeper::http
