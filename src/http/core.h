// The state that the connections of one server share. Owned by the server and outlived by no
// connection; the loop writes it, but for the parts that say otherwise.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/limits.h"
#include "http/answer.h"
#include "http/budget.h"
#include "http/content.h"
#include "http/loop_queue.h"
#include "http/message.h"
#include "http/request_metrics.h"
#include "http/router.h"
#include "http/server.h"
#include "http/stranger_turns.h"
#include "http/workers.h"

namespace scorekeeper::http {

class Connection;

// The memory that the requests and answers of all connections hold together.
struct Budgets {
  explicit Budgets(const Limits& limits)
      : bodies(limits.body_bytes_in_flight_max, limits.body_bytes_per_org_max),
        peers(limits.body_bytes_in_flight_max, limits.body_bytes_per_peer_max),
        answers(limits.answer_bytes_in_flight_max, limits.answer_bytes_per_org_max) {}

  ByteBudget bodies;   // by Request::share
  ByteBudget peers;    // the same bodies by the peer that sends them
  ByteBudget answers;  // that are written or wait to be; by Request::share
};

// The client's address, as the key of what it may have: of IPv6 the network of 64 bits, since
// whoever has one address there has all of them.
using Peer = std::uint64_t;

// Connections on which no route has admitted a caller yet, the oldest first.
using Strangers = std::list<Connection*>;

struct PeerConnections {
  std::size_t connections = 0;
  Strangers strangers;
  StrangerTurns::OfPeer turns;
};

// A request and what it holds until it is answered. Shared by its connection, the worker that runs
// its handler and its Reply; each in turn, never two at once, but for `cancelled`. It may outlive
// the connection and the server.
struct Exchange {
  Exchange(std::shared_ptr<Budgets> shared_budgets, Peer from)
      : budgets(std::move(shared_budgets)), peer(from) {
    request.cancelled = cancelled;
  }
  ~Exchange() {
    budgets->bodies.give(request.share, held_bytes);
    budgets->peers.give(peer, held_bytes);
    budgets->answers.give(request.share, answer_bytes);
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // More bytes of the body; the text says which limit they are over, empty: none.
  std::string_view hold(std::size_t bytes);

  Request request;
  const Route* route = nullptr;
  Encoding encoding = Encoding::identity;
  std::weak_ptr<Connection> connection;
  // The flag that request.cancelled points at. A connection whose request is cancelled is closed.
  std::shared_ptr<std::atomic<bool>> cancelled = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<Budgets> budgets;
  Peer peer = 0;
  std::size_t held_bytes = 0;
  std::size_t answer_bytes = 0;
};

// Counts an answer and hands it to the exchange's connection, if that is still there. Any thread.
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
  // Does not throw: what fails beside the handler is 500 too. Where that cannot be said, the
  // request is cancelled, and its connection closes.
  void run(const std::shared_ptr<Exchange>& exchange);
  // The route's admit(); a throwing one is answered 500.
  std::optional<Response> admit(Exchange& exchange) const;
  // source.next(); nullopt when it failed. In the pool for queries.
  std::optional<bool> pull(BodySource& source, std::string& chunk,
                           std::string_view request_id) const;
  void run_route(const std::shared_ptr<Exchange>& exchange);  // for run(); may throw
  void removed(Peer peer);                                    // a connection has left `connections`
  enum class Evict { but_in_reserve, any };
  // Closes the oldest connection of a stranger that can be closed.
  void evict_stranger(Evict which);
  bool evict_stranger(const PeerConnections& peer);  // of that peer; false: there is none

  const Limits limits;
  const Router router;
  const ErrorWriter error_writer;
  RequestMetrics metrics;
  std::shared_ptr<Budgets> budgets;
  std::shared_ptr<LoopQueue> queue;      // set by the server
  std::unique_ptr<StrangerTurns> turns;  // so, too
  RequestIds ids;
  DateCache dates;
  bool draining = false;
  std::unordered_set<std::shared_ptr<Connection>> connections;
  std::unordered_map<Peer, PeerConnections> peers;  // who has none is not there
  Strangers strangers;                              // of all peers
  std::size_t rejecting = 0;       // connections that are told that there are too many
  std::function<void()> on_empty;  // called when draining and the last connection is gone
  // Last: their threads use the rest. One share never has all threads of a pool, so that another's
  // job begins at once, but where there is one thread alone.
  Workers bodies;
  Workers queries;
};

}  // namespace scorekeeper::http
