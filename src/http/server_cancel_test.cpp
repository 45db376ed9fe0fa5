// Work that nobody waits for any more, and work of others: what a client leaves behind ends, and
// what one share asks does not keep the others waiting.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "http/server_fixture.h"

namespace scorekeeper::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds patience{10};

// Waits until the condition holds; false after the deadline.
template <class Condition>
bool wait_until(Condition&& condition) {
  const auto until = steady_clock::now() + patience;
  while (!condition()) {
    if (steady_clock::now() > until) return false;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return true;
}

// A route whose queries go on until they are cancelled, or let go.
struct Endless {
  std::atomic<int> started = 0;
  std::atomic<int> cancelled = 0;
  std::atomic<bool> let_go = false;

  Route route() {
    auto route = query(Method::get, "/endless", [this](const Request& request) {
      ++started;
      wait_until([&] { return let_go || *request.cancelled; });
      if (*request.cancelled) ++cancelled;
      return text_response("ended");
    });
    route.admit = by_share;
    return route;
  }
  // The share is what the header says.
  static std::optional<Response> by_share(Request& request) {
    const std::string text(request.header("share"));
    if (!text.empty()) request.share = std::stoul(text);
    return std::nullopt;
  }
};

std::vector<Route> routes_with(Endless& endless) {
  auto routes = echo_routes();
  auto quick = query(Method::get, "/quick", [](const Request&) { return text_response("quick"); });
  quick.admit = Endless::by_share;
  routes.push_back(quick);
  routes.push_back(endless.route());
  return routes;
}

TEST(ServerCancel, AQueryEndsWhenItsClientIsGone) {
  Endless endless;
  TestServer server(routes_with(endless));
  {
    // With more behind it that nobody reads: the kernel knows all the same.
    Client client(server.port());
    ASSERT_TRUE(client.send(get("/endless") + get("/get")));
    ASSERT_TRUE(wait_until([&] { return endless.started == 1; }));
  }
  EXPECT_TRUE(wait_until([&] { return endless.cancelled == 1; }));
}

TEST(ServerCancel, AQueryOfAGoneClientNeverStarts) {
  Endless endless;
  TestServer server(routes_with(endless));
  Client first(server.port());
  Client second(server.port());
  ASSERT_TRUE(first.send(get("/endless")) && second.send(get("/endless")));
  ASSERT_TRUE(wait_until([&] { return endless.started == 2; }));
  std::vector<std::unique_ptr<Client>> waiting;
  for (int i = 0; i < 20; ++i) {
    waiting.push_back(std::make_unique<Client>(server.port()));
    ASSERT_TRUE(waiting.back()->send(get("/endless")));
  }
  auto& open = server.metrics.gauge("scorekeeper_http_connections", "Open connections.");
  ASSERT_TRUE(wait_until([&] { return open.value() == 22; }));
  waiting.clear();
  ASSERT_TRUE(wait_until([&] { return open.value() == 2; }));
  endless.let_go = true;
  EXPECT_EQ(first.receive().body, "ended");
  EXPECT_EQ(second.receive().body, "ended");
  Client last(server.port());
  ASSERT_TRUE(last.send(get("/quick")));
  EXPECT_EQ(last.receive().body, "quick");
  EXPECT_EQ(endless.started, 2);
}

TEST(ServerCancel, AClientThatSendsNoMoreHasItsAnswer) {
  Endless endless;
  TestServer server(routes_with(endless));
  Client client(server.port());
  ASSERT_TRUE(client.send(get("/endless")));
  client.half_close();
  ASSERT_TRUE(wait_until([&] { return endless.started == 1; }));
  endless.let_go = true;
  EXPECT_EQ(client.receive().body, "ended");
}

TEST(ServerCancel, DrainCancelsWhatIsLeftAfterItsTime) {
  Endless endless;
  Limits limits;
  limits.drain_timeout = milliseconds(50);
  TestServer server(routes_with(endless), limits);
  Client clients[3] = {Client(server.port()), Client(server.port()), Client(server.port())};
  for (auto& client : clients) ASSERT_TRUE(client.send(get("/endless")));
  ASSERT_TRUE(wait_until([&] { return endless.started == 2; }));
  server.server->drain();
  EXPECT_TRUE(wait_until([&] { return endless.cancelled == 2; }));
  server.server.reset();
  EXPECT_EQ(endless.started, 2);
}

TEST(ServerCancel, StoppingCancelsWithoutADrain) {
  Endless endless;
  TestServer server(routes_with(endless));
  Client client(server.port());
  ASSERT_TRUE(client.send(get("/endless")));
  ASSERT_TRUE(wait_until([&] { return endless.started == 1; }));
  server.server.reset();
  EXPECT_EQ(endless.cancelled, 1);
}

TEST(ServerCancel, OneSharesQueriesLeaveRoomForAnothers) {
  Endless endless;
  TestServer server(routes_with(endless));
  std::vector<std::unique_ptr<Client>> busy;
  for (int i = 0; i < 16; ++i) {
    busy.push_back(std::make_unique<Client>(server.port()));
    ASSERT_TRUE(busy.back()->send(get("/endless", "share: 1\r\n")));
  }
  ASSERT_TRUE(wait_until([&] { return endless.started == 2; }));
  Client other(server.port());
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(other.send(get("/quick", "share: 2\r\n")));
    EXPECT_EQ(other.receive().body, "quick");
  }
  // A large body needs a thread as well, whoever sends it.
  ASSERT_TRUE(other.send(post("/loop", std::string(100'000, 'x'), "share: 1\r\n")));
  EXPECT_EQ(other.receive().body.size(), 100'000U);
  EXPECT_EQ(endless.started, 2);
  endless.let_go = true;
  for (const auto& client : busy) EXPECT_EQ(client->receive().body, "ended");
}

TEST(ServerCancel, TooManyWaitingQueriesOfOneShareAreRefused) {
  Endless endless;
  Limits limits;
  limits.queries_waiting_max = 2;
  TestServer server(routes_with(endless), limits);
  std::vector<std::unique_ptr<Client>> busy;
  for (int i = 0; i < 5; ++i) {  // two run, two wait, one is refused
    busy.push_back(std::make_unique<Client>(server.port()));
    ASSERT_TRUE(busy.back()->send(get("/endless", "share: 1\r\n")));
    ASSERT_TRUE(wait_until([&] { return endless.started == std::min(i + 1, 2); }));
  }
  auto& refused = server.metrics.counter(
      "scorekeeper_http_rejected_total",
      "Requests and TLS handshakes that no handler saw, by reason.", {{"reason", "workers"}});
  ASSERT_TRUE(wait_until([&] { return refused.value() == 1; }));
  Client more(server.port());
  ASSERT_TRUE(more.send(get("/quick", "share: 1\r\n")));
  const auto answer = more.receive();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "503 too many queries of this caller are waiting (queries_waiting_max)");
  Client other(server.port());
  ASSERT_TRUE(other.send(get("/quick", "share: 2\r\n")));
  EXPECT_EQ(other.receive().status, 200);
  endless.let_go = true;
}

// So it is with a body that is read for its answer alone.
TEST(ServerCancel, ABodyThatChangesNothingIsNotReadForAClientThatIsGone) {
  Endless endless;
  auto route = endless.route();
  route.mode = Mode::body;
  TestServer server({route});
  {
    Client client(server.port());
    ASSERT_TRUE(client.send(get("/endless")));
    ASSERT_TRUE(wait_until([&] { return endless.started == 1; }));
  }
  EXPECT_TRUE(wait_until([&] { return endless.cancelled == 1; }));
}

TEST(ServerCancel, OneSharesBodiesLeaveRoomForAnothers) {
  Endless endless;
  auto endless_body = endless.route();
  endless_body.mode = Mode::body;
  auto quick = query(Method::post, "/quick", [](const Request&) { return text_response("quick"); });
  quick.mode = Mode::body;
  quick.admit = Endless::by_share;
  TestServer server({endless_body, quick});
  std::vector<std::unique_ptr<Client>> busy;
  for (int i = 0; i < 4; ++i) {
    busy.push_back(std::make_unique<Client>(server.port()));
    ASSERT_TRUE(busy.back()->send(get("/endless", "share: 1\r\n")));
  }
  ASSERT_TRUE(wait_until([&] { return endless.started == 1; }));
  Client other(server.port());
  ASSERT_TRUE(other.send(post("/quick", "x", "share: 2\r\n")));
  EXPECT_EQ(other.receive().body, "quick");
  EXPECT_EQ(endless.started, 1);
  endless.let_go = true;
  for (const auto& client : busy) EXPECT_EQ(client->receive().body, "ended");
}

TEST(ServerCancel, ASlowBodyIsNeverReadOnTheLoop) {
  std::thread::id loop;
  std::atomic<bool> on_loop_thread = true;
  auto slow = deferred(Method::post, "/slow", [&](Request&, Reply reply) {
    on_loop_thread = std::this_thread::get_id() == loop;
    reply(text_response("slow"));
  });
  slow.slow_body = true;
  TestServer server({slow, on_loop(Method::get, "/loop", [&](const Request&) {
                       loop = std::this_thread::get_id();
                       return text_response("loop");
                     })});
  Client client(server.port());
  ASSERT_TRUE(client.send(get("/loop")));
  EXPECT_EQ(client.receive().body, "loop");
  ASSERT_TRUE(client.send(post("/slow", "x")));
  EXPECT_EQ(client.receive().body, "slow");
  EXPECT_FALSE(on_loop_thread);
}

}  // namespace
}  // namespace scorekeeper::http
