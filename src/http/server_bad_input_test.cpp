// Tests of the answers that hostile, broken and slow clients get.
#include <gtest/gtest.h>

#include "http/server_fixture.h"

namespace scorekeeper::http {
namespace {

using namespace std::string_view_literals;

Limits small_limits() {
  Limits limits;
  limits.header_bytes_max = 4'096;
  limits.target_bytes_max = 1'024;
  limits.body_bytes_max = 1'000;
  return limits;
}

Limits short_deadlines() {
  Limits limits;
  limits.read_timeout = std::chrono::milliseconds(100);
  limits.write_timeout = std::chrono::milliseconds(100);
  limits.idle_timeout = std::chrono::milliseconds(100);
  return limits;
}

TEST(ServerBadInput, IsAnsweredOnceAndTheConnectionCloses) {
  TestServer server(echo_routes(), small_limits());
  const std::string line = "POST /loop HTTP/1.1\r\n";
  const std::string host = line + "Host: a\r\n";
  const std::string te = "Transfer-Encoding: chunked\r\n";
  const std::string smuggled = "0\r\n\r\nGET /get HTTP/1.1\r\nHost: a\r\n\r\n";
  struct Case {
    std::string request;
    int status;
  };
  for (const auto& [request, status] : {
           Case{host + "Content-Length: 5\r\n" + te + "\r\n" + smuggled, 400},
           Case{host + te + "Content-Length: 5\r\n\r\n" + smuggled, 400},
           Case{host + "Transfer-Encoding: gzip, chunked\r\n\r\n" + smuggled, 400},
           Case{host + "Transfer-Encoding: identity\r\n\r\n" + smuggled, 400},
           Case{host + "Transfer-Encoding: \"chunked\"\r\n\r\n" + smuggled, 400},
           Case{host + te + te + "\r\n" + smuggled, 400},
           Case{host + "Transfer-Encoding : chunked\r\n\r\n" + smuggled, 400},
           Case{host + " Transfer-Encoding: chunked\r\n\r\n" + smuggled, 400},
           Case{host + "X: a\r\n b\r\n\r\n" + smuggled, 400},
           Case{host + "X:\r\n\tTransfer-Encoding: chunked\r\n\r\n" + smuggled, 400},
           Case{host + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n12345", 400},
           Case{host + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n12345", 400},
           Case{host + "Content-Length: 5, 5\r\n\r\n12345", 400},
           Case{host + "Content-Length: +5\r\n\r\n12345", 400},
           Case{host + "Content-Length: 0x5\r\n\r\n12345", 400},
           Case{host + "Content-Length: 18446744073709551621\r\n\r\n12345", 400},
           Case{host + "Host: a\r\n\r\n" + smuggled, 400},
           Case{line + "\r\n" + smuggled, 400},
           Case{"POST /loop HTTP/1.0\r\n" + te + "\r\n" + smuggled, 400},
           Case{host + "X: a" + std::string("\0b", 2) + "\r\n\r\n", 400},
           Case{host + "X: a\rb\r\n\r\n", 400},
           Case{"GET /get HTTP/1.1\nHost: a\n\n", 400},
           Case{host + "X: a\n\r\n", 400},
           Case{host + "X\r\n\r\n", 400},
           Case{host + ": b\r\n\r\n", 400},
           Case{"GET  /get HTTP/1.1\r\nHost: a\r\n\r\n", 400},
           Case{"GET /ver sion HTTP/1.1\r\nHost: a\r\n\r\n", 400},
           Case{"GET /ver sion HTTP/2.0\r\nHost: a\r\n\r\n", 400},
           Case{"GET /get HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
           Case{"\r\n\r\nGET /get HTTP/1.1\r\nHost: a\r\n\r\n", 400},
           Case{"\n\r\nGET /get HTTP/1.1\r\nHost: a\r\n\r\n", 400},
           Case{"GET /get\r\nHost: a\r\n\r\n", 400},
           Case{"GET /get HTTX/1.1\r\nHost: a\r\n\r\n", 400},
           Case{"\x16\x03\x01\x02\r\n\r\n", 400},
           Case{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
           Case{host + "Expect: the-unexpected\r\n\r\n", 417},
           Case{"GET /" + std::string(1'025, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
           Case{"GET /" + std::string(5'000, 'a'), 414},
           Case{host + "X: " + std::string(5'000, 'a'), 431},
           Case{host + te + "\r\n-1\r\n", 400},
           Case{host + te + "\r\n1\r\nab\r\n0\r\n\r\n", 400},
           Case{host + te + "\r\n1\na\n0\n\n\r\n", 400},
           Case{host + te + "\r\n1;x=\"\n\"\r\na\r\n0\r\n\r\n", 400},
           Case{host + te + "\r\n0x1\r\na\r\n0\r\n\r\n", 400},
           Case{host + te + "\r\n10000000000000001\r\na\r\n0\r\n\r\n", 400},
           Case{host + te + "\r\n3e9\r\n" + std::string(1'001, 'x'), 413},
       }) {
    SCOPED_TRACE(request.substr(0, 200));
    Client client(server.port());
    client.send(request);
    const auto answer = client.receive();
    EXPECT_EQ(answer.status, status);
    EXPECT_TRUE(answer.body.starts_with(std::to_string(status))) << answer.body;
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_TRUE(client.closed_by_server());
  }
}

// RFC 9112 §2.2: clients of old send one behind a body.
TEST(ServerBadInput, OneEmptyLineBeforeARequestIsSkipped) {
  TestServer server(echo_routes(), short_deadlines());
  Client client(server.port());
  ASSERT_TRUE(client.send("\r\n" + get("/get") + post("/loop", "abc") + "\r\n" + get("/get")));
  for (const auto body : {"got", "abc", "got"}) EXPECT_EQ(client.receive().body, body);
  // It begins no request: the connection is idle behind it, whole or half.
  ASSERT_TRUE(client.send("\r"));
  ASSERT_TRUE(client.send("\n"));
  EXPECT_TRUE(client.closed_by_server());
}

TEST(ServerBadInput, TooManyFieldsAre431) {
  TestServer server(echo_routes());
  Client client(server.port());
  std::string fields;
  for (std::size_t i = 0; i < header_count_max; ++i) fields += "x: y\r\n";
  client.send(get("/get", fields));
  EXPECT_EQ(client.receive().status, 431);
}

TEST(ServerBadInput, ATooLargeBodyIsRefusedBeforeItIsSent) {
  TestServer server(echo_routes(), small_limits());
  Client client(server.port());
  ASSERT_TRUE(client.send("POST /loop HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n"));
  const auto answer = client.receive();
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.header("retry-after"), "");
  EXPECT_TRUE(client.closed_by_server());
}

TEST(ServerBadInput, TheAnswerReachesAClientThatSendsItsWholeBodyFirst) {
  TestServer server(echo_routes(), small_limits());
  Client client(server.port());
  ASSERT_TRUE(client.send(post("/loop", std::string(4'000'000, 'x'))));
  EXPECT_EQ(client.receive().status, 413);
}

TEST(ServerBadInput, ASmallRefusedBodyIsReadAndTheConnectionGoesOn) {
  TestServer server(echo_routes());
  Client client(server.port());
  const auto request = post("/none", std::string(60'000, 'x'));
  ASSERT_TRUE(client.send(request.substr(0, 1'000)));
  EXPECT_EQ(client.receive().status, 404);
  ASSERT_TRUE(client.send(request.substr(1'000) + get("/get")));
  EXPECT_EQ(client.receive().body, "got");
}

TEST(ServerBadInput, SlowRequestsAre408AndIdleConnectionsCloseSilently) {
  TestServer server(echo_routes(), short_deadlines());
  for (const auto part :
       {"G"sv, "GET /get HTTP/1.1\r\nHost: a\r\n"sv,
        "POST /loop HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab"sv,
        "POST /loop HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"sv}) {
    SCOPED_TRACE(part);
    Client client(server.port());
    ASSERT_TRUE(client.send(part));
    const auto answer = client.receive();
    EXPECT_EQ(answer.status, 408);
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_TRUE(client.closed_by_server());
  }
  Client fresh(server.port());
  EXPECT_TRUE(fresh.closed_by_server());
  Client used(server.port());
  ASSERT_TRUE(used.send(get("/get")));
  EXPECT_EQ(used.receive().body, "got");
  EXPECT_TRUE(used.closed_by_server());
}

TEST(ServerBadInput, AClientThatDoesNotReadIsCutOff) {
  auto routes = std::vector{on_loop(Method::get, "/large", [](const Request&) {
    return text_response(std::string(64 << 20, 'x'));
  })};
  TestServer server(routes, short_deadlines());
  Client client(server.port());
  ASSERT_TRUE(client.send(get("/large")));
  // The gauge tells when the server has given up; only then the client reads what is left.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  auto& open = server.metrics.gauge("scorekeeper_http_connections", "Open connections.");
  while (open.value() == 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  while (open.value() > 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_EQ(open.value(), 0);
  EXPECT_EQ(client.receive().status, 0);
}

TEST(ServerBadInput, IsCounted) {
  TestServer server(echo_routes());
  Client client(server.port());
  ASSERT_TRUE(client.send(get("/get") + get("/none") + get("/loop")));
  for (const int status : {200, 404, 405}) EXPECT_EQ(client.receive().status, status);
  ASSERT_TRUE(client.send("nonsense\r\n\r\n"));
  EXPECT_EQ(client.receive().status, 400);
  EXPECT_TRUE(client.closed_by_server());
  const auto text = server.metrics.write();
  for (const auto line : {
           "scorekeeper_http_requests_total{method=\"GET\",route=\"/get\",status=\"200\"} 1",
           "scorekeeper_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1",
           "scorekeeper_http_requests_total{method=\"other\",route=\"none\",status=\"400\"} 1",
           "scorekeeper_http_rejected_total{reason=\"method\"} 1",
           "scorekeeper_http_rejected_total{reason=\"malformed\"} 1",
           "scorekeeper_http_request_seconds_count{route=\"/get\"} 1",
       }) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

TEST(ServerBadInput, TheAccessLogHoldsNoQueryHeaderOrBody) {
  testing::internal::CaptureStderr();
  {
    TestServer server(echo_routes());
    log::set_level(log::Level::info);
    Client client(server.port());
    ASSERT_TRUE(client.send(post("/loop?token=secret1", "secret2", "DD-API-KEY: secret3\r\n")));
    EXPECT_EQ(client.receive().status, 200);
    // The next request is read only after the line was written.
    ASSERT_TRUE(client.send(get("/get")));
    EXPECT_EQ(client.receive().status, 200);
    server.server.reset();
    log::set_level(log::Level::error);
  }
  log::flush();
  const auto lines = testing::internal::GetCapturedStderr();
  EXPECT_NE(lines.find("\"event\":\"request\""), std::string::npos) << lines;
  EXPECT_NE(lines.find("\"method\":\"POST\",\"path\":\"/loop\",\"status\":200"), std::string::npos)
      << lines;
  EXPECT_EQ(lines.find("secret"), std::string::npos) << lines;
}

}  // namespace
}  // namespace scorekeeper::http
