// Tests of the most that one caller, or strangers, may hold: connections, bytes of bodies, bytes of
// answers. The others are served beside them.
#include <gtest/gtest.h>
#include <malloc.h>

#include <chrono>
#include <memory>
#include <span>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "http/server_fixture.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SCOREKEEPER_SANITIZER_HEAP
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SCOREKEEPER_SANITIZER_HEAP
#endif
#endif
#if defined(SCOREKEEPER_SANITIZER_HEAP)
#include <sanitizer/allocator_interface.h>
#endif

namespace scorekeeper::http {
namespace {

constexpr std::chrono::seconds patience{20};

// Waits until the condition holds; false after the deadline.
template <class Condition>
bool wait_until(Condition&& condition) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

// The share is what the header says; without one the caller is a stranger.
std::optional<Response> by_share(Request& request) {
  const std::string text(request.header("share"));
  if (text.empty()) return text_response("who are you?", 403);
  request.share = std::stoul(text);
  return std::nullopt;
}

constexpr std::size_t large_bytes = 4 << 20;

std::vector<Route> routes() {
  auto known =
      on_loop(Method::get, "/known", [](const Request&) { return text_response("known"); });
  auto take = on_loop(Method::post, "/take", [](const Request& request) {
    return text_response(std::to_string(request.body.size()));
  });
  auto large = query(Method::get, "/large",
                     [](const Request&) { return text_response(std::string(large_bytes, 'x')); });
  static const auto text = std::make_shared<const std::string>(300'000, 's');
  auto shared = on_loop(Method::get, "/shared", [](const Request&) {
    auto response = text_response("");
    response.shared_body = text;
    return response;
  });
  auto write = deferred(Method::post, "/write",
                        [](Request& request, Reply reply) { reply(text_response(request.body)); });
  for (auto* route : {&known, &take, &large, &write}) route->admit = by_share;
  return {on_loop(Method::get, "/open", [](const Request&) { return text_response("open"); }),
          known,
          take,
          large,
          write,
          shared};
}

Answer ask(Client& client, std::string_view path, int share) {
  EXPECT_TRUE(client.send(get(path, "share: " + std::to_string(share) + "\r\n")));
  return client.receive();
}

std::vector<std::unique_ptr<Client>> clients_of(const TestServer& server, int count) {
  std::vector<std::unique_ptr<Client>> clients;
  clients.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) clients.push_back(std::make_unique<Client>(server.port()));
  return clients;
}

double open_connections(TestServer& server) {
  return server.metrics.gauge("scorekeeper_http_connections", "Open connections.").value();
}

double rejected(TestServer& server, const std::string& reason) {
  return server.metrics
      .counter("scorekeeper_http_rejected_total",
               "Requests and TLS handshakes that no handler saw, by reason.", {{"reason", reason}})
      .value();
}

// Bytes of the heap that are in use. A sanitizer's own heap keeps freed memory for a while, so that
// what the kernel says of the process shows nothing.
std::size_t heap_bytes() {
#if defined(SCOREKEEPER_SANITIZER_HEAP)
  return __sanitizer_get_current_allocated_bytes();
#else
  const auto heap = ::mallinfo2();
  return heap.uordblks + heap.hblkhd;
#endif
}

TEST(ServerLimits, StrangersGiveWayTheOldestFirst) {
  Limits limits;
  limits.connections_max = 10;
  TestServer server(routes(), limits);
  Client known(server.port());
  EXPECT_EQ(ask(known, "/known", 1).body, "known");
  // Idle, with half a request, with a refused one, and with an answer.
  auto strangers = clients_of(server, 9);
  ASSERT_TRUE(strangers[1]->send("GET /open HTT"));
  ASSERT_TRUE(strangers[2]->send(get("/known")));
  EXPECT_EQ(strangers[2]->receive().status, 403);
  ASSERT_TRUE(strangers[3]->send(get("/open")));
  EXPECT_EQ(strangers[3]->receive().body, "open");
  ASSERT_TRUE(wait_until([&] { return open_connections(server) == 10; }));
  std::vector<std::unique_ptr<Client>> fresh;
  for (const auto& stranger : std::span(strangers).first(5)) {
    fresh.push_back(std::make_unique<Client>(server.port()));
    EXPECT_EQ(ask(*fresh.back(), "/known", 1).body, "known");
    EXPECT_TRUE(stranger->closed_by_server());
  }
  EXPECT_EQ(ask(known, "/known", 1).body, "known") << "it stayed";
  EXPECT_EQ(open_connections(server), 10);
}

TEST(ServerLimits, CallersThatHoldAllConnectionsLeaveAReserve) {
  Limits limits;
  limits.connections_max = 4;
  TestServer server(routes(), limits);
  const auto callers = clients_of(server, 4);
  for (const auto& caller : callers) EXPECT_EQ(ask(*caller, "/known", 1).body, "known");
  Client probe(server.port());
  ASSERT_TRUE(probe.send(get("/open")));
  EXPECT_EQ(probe.receive().body, "open");
  Client more(server.port());
  const auto refused = ask(more, "/known", 1);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.body, "503 too many connections (connections_max)");
  EXPECT_TRUE(more.closed_by_server());
  for (const auto& caller : callers) EXPECT_EQ(ask(*caller, "/known", 1).body, "known");
}

// One address may have all connections but some; callers from there leave their reserve to probes,
// from there or from elsewhere.
TEST(ServerLimits, TheReserveHasItsNumber) {
  Limits limits;
  limits.connections_max = 4;
  TestServer server(routes(), limits);
  const auto callers = clients_of(server, 4);
  for (const auto& caller : callers) EXPECT_EQ(ask(*caller, "/known", 1).body, "known");
  const auto is_open = [](Client& probe) {
    return probe.send(get("/open")) && probe.receive().body == "open";
  };
  const auto probes = clients_of(server, static_cast<int>(connections_reserved));
  for (const auto& probe : probes) EXPECT_TRUE(is_open(*probe));
  for (const auto& probe : probes) EXPECT_TRUE(is_open(*probe)) << "one gave way too early";
  EXPECT_EQ(open_connections(server), 4 + static_cast<double>(connections_reserved));
  Client more(server.port());
  EXPECT_TRUE(is_open(more));
  EXPECT_TRUE(probes[0]->closed_by_server());
  EXPECT_TRUE(is_open(*probes[1]));
  EXPECT_EQ(open_connections(server), 4 + static_cast<double>(connections_reserved));
  for (const auto& caller : callers) EXPECT_EQ(ask(*caller, "/known", 1).body, "known");
}

TEST(ServerLimits, APeerOverItsConnectionsIsToldSo) {
  Limits limits;
  limits.connections_per_peer_max = 2;
  TestServer server(routes(), limits);
  auto clients = clients_of(server, 2);
  for (const auto& client : clients) EXPECT_EQ(ask(*client, "/known", 1).body, "known");
  {
    Client third(server.port());
    const auto answer = third.receive();
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.body, "503 too many connections from this address (connections_per_peer_max)");
    EXPECT_TRUE(third.closed_by_server());
  }
  clients.pop_back();
  ASSERT_TRUE(wait_until([&] { return open_connections(server) == 1; }));
  Client again(server.port());
  EXPECT_EQ(ask(again, "/known", 1).body, "known");
}

TEST(ServerLimits, APeerThatIsFullLosesItsOwnOldestStranger) {
  Limits limits;
  limits.connections_per_peer_max = 3;
  TestServer server(routes(), limits);
  Client other(server.port(), 2);
  ASSERT_TRUE(other.send(get("/open")));
  EXPECT_EQ(other.receive().body, "open");
  Client known(server.port());
  EXPECT_EQ(ask(known, "/known", 1).body, "known");
  const auto strangers = clients_of(server, 2);
  ASSERT_TRUE(wait_until([&] { return open_connections(server) == 4; }));
  std::vector<std::unique_ptr<Client>> probes;
  for (const auto& stranger : strangers) {
    probes.push_back(std::make_unique<Client>(server.port()));
    ASSERT_TRUE(probes.back()->send(get("/open")));
    EXPECT_EQ(probes.back()->receive().body, "open");
    EXPECT_TRUE(stranger->closed_by_server());
  }
  EXPECT_EQ(ask(known, "/known", 1).body, "known") << "it stayed";
  ASSERT_TRUE(other.send(get("/open")));
  EXPECT_EQ(other.receive().body, "open") << "it stayed";
}

TEST(ServerLimits, AddressesOfIPv4AreTheirOwnPeersWhereIPv6Listens) {
  Limits limits;
  limits.connections_per_peer_max = 2;
  ServerOptions options;
  options.listen = "[::]:0";
  TestServer server(routes(), limits, options);
  std::vector<std::unique_ptr<Client>> clients;
  for (std::uint32_t from = 1; from <= 3; ++from) {
    for (int i = 0; i < 2; ++i) {
      clients.push_back(std::make_unique<Client>(server.port(), from));
      EXPECT_EQ(ask(*clients.back(), "/known", 1).body, "known") << from;
    }
    Client over(server.port(), from);
    EXPECT_EQ(over.receive().status, 503) << from;
  }
}

std::string announce(std::size_t bytes, int share) {
  return "POST /take HTTP/1.1\r\nHost: a\r\nshare: " + std::to_string(share) +
         "\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n";
}

TEST(ServerLimits, AnnouncedBodiesCostNothing) {
  TestServer server(routes());
  const auto before = heap_bytes();
  const auto idle = clients_of(server, 256);
  for (const auto& client : idle) ASSERT_TRUE(client->send(announce(8 << 20, 1) + "x"));
  ASSERT_TRUE(wait_until([&] { return open_connections(server) == 256; }));
  Client other(server.port());
  for (const int share : {1, 2}) {
    ASSERT_TRUE(other.send(announce(5, share) + "hello"));
    EXPECT_EQ(other.receive().body, "5");
  }
  EXPECT_EQ(rejected(server, "body_memory"), 0);
  EXPECT_LT(heap_bytes(), before + (64 << 20));
}

TEST(ServerLimits, BodiesUpToABoundAreHandledOnTheLoop) {
  const auto thread = [](const Request&) {
    std::ostringstream id;
    id << std::this_thread::get_id();
    return text_response(id.str());
  };
  TestServer server({on_loop(Method::get, "/", thread), on_loop(Method::post, "/", thread)});
  Client client(server.port());
  ASSERT_TRUE(client.send(get("/")));
  const auto loop = client.receive().body;
  ASSERT_TRUE(client.send(post("/", std::string(worker_body_bytes_min, 'x'))));
  EXPECT_EQ(client.receive().body, loop);
  ASSERT_TRUE(client.send(post("/", std::string(worker_body_bytes_min + 1, 'x'))));
  EXPECT_NE(client.receive().body, loop);
}

TEST(ServerLimits, AShareOfBodiesIsLeftToOthers) {
  Limits limits;
  limits.body_bytes_in_flight_max = 1'000;
  limits.body_bytes_per_org_max = 600;
  limits.body_bytes_per_peer_max = 900;
  TestServer server(routes(), limits);
  Client holder(server.port());
  ASSERT_TRUE(holder.send(announce(500, 1) + std::string(499, 'x')));
  const auto send = [&](int share, std::size_t bytes) {
    Client client(server.port());
    EXPECT_TRUE(client.send(announce(bytes, share) + std::string(bytes, 'y')));
    return client.receive();
  };
  ASSERT_TRUE(wait_until([&] { return send(1, 200).status == 503; }));
  EXPECT_EQ(send(1, 200).body,
            "503 too many request bodies of this caller are in flight (body_bytes_per_org_max)");
  EXPECT_EQ(send(1, 100).status, 200);
  EXPECT_EQ(send(2, 200).status, 200);
  EXPECT_EQ(send(2, 500).body,
            "503 too many request bodies of this address are in flight (body_bytes_per_peer_max)");
  Client chunked(server.port());
  ASSERT_TRUE(chunked.send(
      "POST /take HTTP/1.1\r\nHost: a\r\nshare: 1\r\nTransfer-Encoding: chunked\r\n\r\nc8\r\n" +
      std::string(200, 'z') + "\r\n"));
  EXPECT_EQ(chunked.receive().status, 503);
  ASSERT_TRUE(holder.send("x"));
  EXPECT_EQ(holder.receive().status, 200);
  EXPECT_TRUE(wait_until([&] { return send(1, 600).status == 200; }))
      << "an answered request gives its bytes back";
}

TEST(ServerLimits, BodiesOverTheCommonBudgetAre503) {
  Limits limits;
  limits.body_bytes_in_flight_max = 1'000;
  TestServer server(routes(), limits);
  Client holder(server.port());
  ASSERT_TRUE(holder.send(announce(901, 1) + std::string(900, 'x')));
  Client other(server.port());
  ASSERT_TRUE(wait_until([&] {
    Client client(server.port());
    EXPECT_TRUE(client.send(announce(200, 2) + std::string(200, 'y')));
    const auto answer = client.receive();
    return answer.body == "503 too many request bodies are in flight (body_bytes_in_flight_max)";
  }));
}

TEST(ServerLimits, UnreadAnswersAreBoundedForEachShareAndTogether) {
  Limits limits;
  limits.answer_bytes_per_org_max = 3 * large_bytes;
  limits.answer_bytes_in_flight_max = 4 * large_bytes;
  TestServer server(routes(), limits);
  const auto before = heap_bytes();
  // Each asks for several answers and reads none.
  const auto unread = clients_of(server, 60);
  for (const auto& client : unread) ASSERT_TRUE(client->send(get("/large", "share: 1\r\n")));
  ASSERT_TRUE(wait_until([&] { return rejected(server, "answer_memory") > 50; }));
  // The answers that two threads make at a time may come on top.
  EXPECT_LT(heap_bytes(), before + 10 * large_bytes);
  Client same(server.port());
  const auto refused = ask(same, "/known", 1);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.body,
            "503 too many bytes of answers to this caller are unread "
            "(answer_bytes_per_org_max, answer_bytes_in_flight_max)");
  ASSERT_TRUE(same.send(post("/write", "small", "share: 1\r\n")));
  EXPECT_EQ(same.receive().body, "small") << "a write has a small answer";
  Client other(server.port());
  EXPECT_EQ(ask(other, "/large", 2).body.size(), large_bytes);
  // Read answers give their bytes back.
  int whole = 0;
  for (const auto& client : unread) whole += client->receive().status == 200 ? 1 : 0;
  EXPECT_GE(whole, 3);
  EXPECT_TRUE(wait_until([&] { return ask(same, "/known", 1).status == 200; }));
}

TEST(ServerLimits, SharedAnswersCostNothingForEachConnection) {
  TestServer server(routes());
  const auto before = heap_bytes();
  const auto unread = clients_of(server, 100);
  for (const auto& client : unread) {
    const int small = 4'096;
    ::setsockopt(client->native(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    // More than the kernel takes without a reader.
    std::string requests;
    for (int i = 0; i < 12; ++i) requests += get("/shared");
    ASSERT_TRUE(client->send(requests));
  }
  Client last(server.port());
  ASSERT_TRUE(last.send(get("/shared")));
  EXPECT_EQ(last.receive().body.size(), 300'000U);
  // 100 copies would be 30 MB.
  EXPECT_LT(heap_bytes(), before + (12 << 20));
}

}  // namespace
}  // namespace scorekeeper::http
