#include "http/core.h"

#include <algorithm>
#include <exception>

#include "base/log.h"
#include "base/random.h"
#include "http/connection.h"

namespace scorekeeper::http {
namespace {

// Bodies that wait for a thread: at most one per connection, and some jobs of other folders.
constexpr std::size_t extra_jobs_max = 1'024;
constexpr std::size_t counted_answer_bytes_min = 8 << 10;

// The one place that catches: what a library throws in a handler is that request's 500. Returns the
// value of the call, nullopt when it threw.
template <class Call>
auto caught(std::string_view request_id, Call&& call) -> std::optional<decltype(call())> {
  try {
    return call();
  } catch (const std::exception& exception) {
    log::error("handler_threw", {{"id", request_id}, {"what", exception.what()}});
  } catch (...) {
    log::error("handler_threw", {{"id", request_id}, {"what", "not a std::exception"}});
  }
  return std::nullopt;
}

int status_of(Code code) {
  if (code == Code::too_large) return 413;
  return code == Code::invalid ? 400 : 503;
}

// Small answers are not worth the lock: all connections together have few bytes of them.
void count_answer(Exchange& exchange, const Response& response) {
  const auto bytes = response.body.size() + (response.source ? response.source->held_bytes() : 0);
  if (bytes < counted_answer_bytes_min) return;
  exchange.budgets->answers.add(exchange.request.share, bytes);
  exchange.answer_bytes += bytes;
}

}  // namespace

RequestIds::RequestIds() : prefix_(random_base36(8)) {}

std::string RequestIds::next() {
  // 15 characters fit a std::string without memory of its own.
  static constexpr char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string id = prefix_ + "0000000";
  auto rest = ++count_;
  for (auto digit = id.rbegin(); rest != 0 && digit != id.rbegin() + 7; ++digit) {
    *digit = digits[rest % 36];
    rest /= 36;
  }
  return id;
}

bool is_safe_request_id(std::string_view id) {
  if (id.empty() || id.size() > 64) return false;
  return std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

std::string_view Exchange::hold(std::size_t bytes) {
  using Taken = ByteBudget::Taken;
  switch (budgets->bodies.take(request.share, bytes)) {
    case Taken::yes:
      break;
    case Taken::share_is_full:
      return "too many request bodies of this caller are in flight (body_bytes_per_org_max)";
    case Taken::all_is_full:
      return "too many request bodies are in flight (body_bytes_in_flight_max)";
  }
  if (budgets->peers.take(peer, bytes) != Taken::yes) {
    budgets->bodies.give(request.share, bytes);
    return "too many request bodies of this address are in flight (body_bytes_per_peer_max)";
  }
  held_bytes += bytes;
  return {};
}

Core::Core(const Limits& server_limits, Router server_router, ErrorWriter writer, Metrics& registry,
           PoolThreads threads)
    : limits(server_limits),
      router(std::move(server_router)),
      error_writer(std::move(writer)),
      metrics(registry, router),
      budgets(std::make_shared<Budgets>(limits)),
      bodies({.threads = threads.bodies,
              .running_per_share_max = threads.bodies - 1,
              .waiting_per_share_max = limits.connections_max + extra_jobs_max}),
      queries({.threads = threads.queries,
               .running_per_share_max = threads.queries - 1,
               .waiting_per_share_max = limits.queries_waiting_max}) {}

Response Core::error(int status, std::string_view detail) const {
  auto response = error_writer(status, detail);
  response.status = status;
  return response;
}

std::optional<Response> Core::admit(Exchange& exchange) const {
  if (!exchange.route->admit) return std::nullopt;
  auto answer =
      caught(exchange.request.id, [&] { return exchange.route->admit(exchange.request); });
  if (!answer) return error(500);
  return *std::move(answer);
}

std::optional<bool> Core::pull(BodySource& source, std::string& chunk,
                               std::string_view request_id) const {
  const auto more = caught(request_id, [&] { return source.next(chunk); });
  if (!more) return std::nullopt;
  if (*more) return **more;
  log::error("download_failed", {{"id", request_id}, {"detail", more->error().detail}});
  return std::nullopt;
}

void deliver(LoopQueue& queue, const std::shared_ptr<Exchange>& exchange, Response response) {
  count_answer(*exchange, response);
  queue.post([exchange, answer = std::move(response)]() mutable {
    if (const auto connection = exchange->connection.lock()) {
      connection->answer(*exchange, std::move(answer));
    }
  });
}

void Core::run(const std::shared_ptr<Exchange>& exchange) {
  const auto& id = exchange->request.id;
  const auto answered = [&](auto&& call) {
    return caught(id,
                  [&] {
                    call();
                    return true;
                  })
        .has_value();
  };
  if (answered([&] { run_route(exchange); })) return;
  if (answered([&] { deliver(*queue, exchange, error(500)); })) return;
  exchange->cancelled->store(true);
}

void Core::run_route(const std::shared_ptr<Exchange>& exchange) {
  if (*exchange->cancelled) return;
  auto& request = exchange->request;
  if (exchange->encoding != Encoding::identity && !request.body.empty()) {
    auto decoded = decode(exchange->encoding, request.body, limits.body_bytes_max);
    if (!decoded) {
      const auto& failure = decoded.error();
      return deliver(*queue, exchange, error(status_of(failure.code), failure.detail));
    }
    request.body = *std::move(decoded);
    if (const auto over = exchange->hold(request.body.size()); !over.empty()) {
      return deliver(*queue, exchange, error(503, over));
    }
  }
  const Route& route = *exchange->route;
  // The answer to a write is about as long as its body, whose bytes are held until that is read.
  if (route.admit && route.mode != Mode::deferred && budgets->answers.is_full(request.share)) {
    metrics.rejected(Reason::answer_memory);
    return deliver(*queue, exchange,
                   error(503,
                         "too many bytes of answers to this caller are unread "
                         "(answer_bytes_per_org_max, answer_bytes_in_flight_max)"));
  }
  if (route.mode != Mode::deferred) {
    auto response = caught(request.id, [&] { return route.handler(request); });
    return deliver(*queue, exchange, response ? *std::move(response) : error(500));
  }
  // The Reply holds no Core: it may be kept longer than the server lives.
  Reply reply([shared_queue = queue, exchange](Response response) {
    deliver(*shared_queue, exchange, std::move(response));
  });
  // When the handler throws, its Reply has answered 500 on the way out.
  caught(request.id, [&] {
    route.deferred(request, std::move(reply));
    return true;
  });
}

void Core::evict_stranger(Evict which) {
  for (auto* const stranger : strangers) {
    if (which == Evict::but_in_reserve && stranger->is_in_reserve()) continue;
    if (stranger->evict()) return;  // it has left the list
  }
}

bool Core::evict_stranger(const PeerConnections& peer) {
  // The one that is closed has left the list.
  return std::ranges::any_of(
      peer.strangers, [](auto* stranger) { return !stranger->is_rejected() && stranger->evict(); });
}

void Core::removed(Peer peer) {
  metrics.connections(connections.size());
  if (const auto known = peers.find(peer);
      known != peers.end() && --known->second.connections == 0) {
    peers.erase(known);
  }
  if (draining && connections.empty() && on_empty) on_empty();
}

}  // namespace scorekeeper::http
