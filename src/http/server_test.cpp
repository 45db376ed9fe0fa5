// Tests with well-behaved clients: keep-alive, order, framing of requests and answers.
#include <gtest/gtest.h>
#include <zlib.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "http/server_fixture.h"

namespace scorekeeper::http {
namespace {

std::string gzip(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
  std::string input(text);
  std::string output(deflateBound(&stream, input.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(output.data());
  stream.avail_out = static_cast<uInt>(output.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  output.resize(stream.total_out);
  deflateEnd(&stream);
  return output;
}

TEST(Server, AnswersOneRequestAfterTheOtherOnAConnection) {
  TestServer server(echo_routes());
  Client client(server.port());
  for (const auto path : {"/loop", "/query", "/deferred"}) {
    for (const std::string& body : {std::string("abc"), std::string(), std::string(200'000, 'x')}) {
      ASSERT_TRUE(client.send(post(path, body)));
      const auto answer = client.receive();
      EXPECT_EQ(answer.status, 200) << path;
      EXPECT_EQ(answer.body, body);
      EXPECT_EQ(answer.header("content-type"), "text/plain");
      EXPECT_EQ(answer.header("content-length"), std::to_string(body.size()));
      EXPECT_TRUE(answer.header("date").ends_with(" GMT"));
      EXPECT_EQ(answer.header("x-request-id").size(), 15U);
      EXPECT_EQ(answer.header("connection"), "");
      EXPECT_EQ(answer.header("server"), "");
    }
  }
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  TestServer server(echo_routes());
  Client client(server.port());
  std::string requests;
  for (int i = 0; i < 300; ++i) {
    const auto path = i % 3 == 0 ? "/query" : i % 3 == 1 ? "/loop" : "/deferred";
    requests += post(path, std::to_string(i));
  }
  ASSERT_TRUE(client.send(requests));
  for (int i = 0; i < 300; ++i) ASSERT_EQ(client.receive().body, std::to_string(i));
}

TEST(Server, ReadsARequestThatComesByteByByte) {
  TestServer server(echo_routes());
  Client client(server.port());
  for (const char byte : post("/loop", "hello")) ASSERT_TRUE(client.send({&byte, 1}));
  EXPECT_EQ(client.receive().body, "hello");
}

TEST(Server, TakesASafeRequestIdOfTheClientOnly) {
  TestServer server({on_loop(Method::get, "/id",
                             [](const Request& request) { return text_response(request.id); })});
  Client client(server.port());
  struct Case {
    std::string id;
    bool taken;
  };
  for (const auto& [id, taken] : {Case{"Build-7_a.b", true}, Case{std::string(64, 'x'), true},
                                  Case{std::string(65, 'x'), false}, Case{"a b", false},
                                  Case{"a\"b", false}, Case{"", false}}) {
    ASSERT_TRUE(client.send(get("/id", "X-Request-Id: " + id + "\r\n")));
    const auto answer = client.receive();
    EXPECT_EQ(answer.body == id, taken) << id;
    EXPECT_EQ(answer.header("x-request-id"), answer.body);
  }
}

TEST(Server, GivesHandlersTheWholeRequest) {
  TestServer server({on_loop(Method::get, "/things/{name}", [](const Request& request) {
    return text_response(std::string(request.path_parameter("name")) + "|" +
                         request.query.at(0).name + "|" + request.query.at(0).value + "|" +
                         std::string(request.header("dd-api-key")) + "|" + request.target + "|" +
                         std::to_string(request.peer.starts_with("127.0.0.1:")));
  })});
  Client client(server.port());
  ASSERT_TRUE(client.send(get("/things/a%2Fb?page%5Bsize%5D=1+2", "DD-API-KEY:  k \r\n")));
  EXPECT_EQ(client.receive().body, "a/b|page[size]|1 2|k|/things/a%2Fb?page%5Bsize%5D=1+2|1");
}

TEST(Server, SendsTheHeadersThatAdmitAsksFor) {
  auto route = on_loop(Method::get, "/a", [](const Request&) {
    auto response = text_response("");
    response.headers.push_back({.name = "b", .value = "own\r\nx: y"});
    return response;
  });
  route.admit = [](Request& request) -> std::optional<Response> {
    request.answer_headers = {{.name = "a", .value = "1"}, {.name = "b", .value = "2"}};
    return std::nullopt;
  };
  TestServer server({route});
  Client client(server.port());
  ASSERT_TRUE(client.send(get("/a")));
  const auto answer = client.receive();
  EXPECT_EQ(answer.header("a"), "1");
  EXPECT_EQ(answer.header("b"), "ownx: y");
  EXPECT_EQ(answer.head.find("\r\nb: 2"), std::string::npos);
}

TEST(Server, SaysContinueOnlyWhenItWantsTheBody) {
  auto refusing =
      on_loop(Method::post, "/refusing", [](const Request&) { return text_response(""); });
  refusing.admit = [](Request&) { return std::optional(text_response("no", 403)); };
  auto routes = echo_routes();
  routes.push_back(refusing);
  Limits limits;
  limits.body_bytes_max = 100;
  TestServer server(routes, limits);
  const std::string expect = "Expect: 100-continue\r\n";
  const auto head_of = [&](std::string_view path, std::size_t length) {
    return "POST " + std::string(path) +
           " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) + "\r\n" + expect +
           "\r\n";
  };
  {
    Client client(server.port());
    ASSERT_TRUE(client.send(head_of("/loop", 3)));
    EXPECT_EQ(client.receive().status, 100);
    ASSERT_TRUE(client.send("abc"));
    EXPECT_EQ(client.receive().body, "abc");
    ASSERT_TRUE(client.send(head_of("/query", 3) + "abc"));  // did not wait
    EXPECT_EQ(client.receive().body, "abc");
  }
  struct Case {
    std::string_view path;
    std::size_t length;
    int status;
  };
  for (const auto& [path, length, status] :
       {Case{"/refusing", 3, 403}, Case{"/loop", 101, 413}, Case{"/none", 3, 404}}) {
    Client client(server.port());
    ASSERT_TRUE(client.send(head_of(path, length)));
    const auto answer = client.receive();
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_TRUE(client.closed_by_server());
  }
}

TEST(Server, ReadsChunkedBodies) {
  TestServer server(echo_routes());
  Client client(server.port());
  const std::string head = "POST /loop HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  ASSERT_TRUE(client.send(head + "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n"));
  EXPECT_EQ(client.receive().body, "abc0123456789");
  for (const char byte : head + "1\r\na\r\n01\r\nb\r\n0\r\n\r\n") {
    ASSERT_TRUE(client.send({&byte, 1}));
  }
  EXPECT_EQ(client.receive().body, "ab");
  ASSERT_TRUE(client.send(head + "zz\r\n"));
  EXPECT_EQ(client.receive().status, 400);
  EXPECT_TRUE(client.closed_by_server());
}

TEST(Server, DecodesBodiesBeforeTheHandlerSeesThem) {
  Limits limits;
  limits.body_bytes_max = 10'000;
  TestServer server(echo_routes(), limits);
  Client client(server.port());
  const std::string text(10'000, 'z');
  for (const auto path : {"/loop", "/query", "/deferred"}) {
    ASSERT_TRUE(client.send(post(path, gzip(text), "Content-Encoding: gzip\r\n")));
    EXPECT_EQ(client.receive().body, text);
    ASSERT_TRUE(client.send(post(path, gzip(text + "z"), "Content-Encoding: gzip\r\n")));
    EXPECT_EQ(client.receive().status, 413);
    ASSERT_TRUE(client.send(post(path, gzip(text).substr(0, 20), "Content-Encoding: gzip\r\n")));
    EXPECT_EQ(client.receive().status, 400);
    ASSERT_TRUE(client.send(post(path, "", "Content-Encoding: gzip\r\n")));
    EXPECT_EQ(client.receive().status, 200);
    for (const auto unknown : {"Content-Encoding: br\r\n", "Content-Encoding: gzip, gzip\r\n",
                               "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n"}) {
      ASSERT_TRUE(client.send(post(path, "abc", unknown)));
      EXPECT_EQ(client.receive().status, 415);
    }
  }
}

TEST(Server, AnswersUnknownPathsAndWrongMethods) {
  TestServer server(echo_routes());
  Client client(server.port());
  ASSERT_TRUE(client.send(get("/none")));
  EXPECT_EQ(client.receive().status, 404);
  ASSERT_TRUE(client.send(get("/loop")));
  auto answer = client.receive();
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.header("allow"), "POST");
  ASSERT_TRUE(client.send(post("/get", "some body")));
  answer = client.receive();
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.header("allow"), "GET, HEAD");
  ASSERT_TRUE(client.send("OPTIONS /get HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_EQ(client.receive().status, 405);
  ASSERT_TRUE(client.send("BREW /get HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_EQ(client.receive().status, 405);
  ASSERT_TRUE(client.send(get("/get?x=%zz")));
  EXPECT_EQ(client.receive().status, 400);
  ASSERT_TRUE(client.send(get("/get")));
  EXPECT_EQ(client.receive().body, "got") << "the connection goes on after each of these";
}

TEST(Server, LeavesTheBodyOfHeadAndOfNoContentAway) {
  auto routes = echo_routes();
  routes.push_back(on_loop(Method::delete_, "/thing", [](const Request&) {
    Response response;
    response.status = 204;
    return response;
  }));
  TestServer server(routes);
  Client client(server.port());
  ASSERT_TRUE(client.send("HEAD /get HTTP/1.1\r\nHost: a\r\n\r\n"));
  auto answer = client.receive(true);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-length"), "3");
  ASSERT_TRUE(client.send("DELETE /thing HTTP/1.1\r\nHost: a\r\n\r\n"));
  answer = client.receive();
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.header("content-length"), "");
  ASSERT_TRUE(client.send(get("/get")));
  EXPECT_EQ(client.receive().body, "got");
}

TEST(Server, FollowsTheClientsWishToCloseOrToGoOn) {
  TestServer server(echo_routes());
  struct Case {
    std::string_view request;
    std::string_view connection;
  };
  for (const auto& [request, connection] :
       {Case{"GET /get HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "close"},
        Case{"GET /get HTTP/1.0\r\n\r\n", "close"},
        Case{"GET /get HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep-alive"}}) {
    Client client(server.port());
    ASSERT_TRUE(client.send(request));
    const auto answer = client.receive();
    EXPECT_EQ(answer.body, "got");
    EXPECT_EQ(answer.header("connection"), connection);
    if (connection == "close") {
      EXPECT_TRUE(client.closed_by_server());
    } else {
      ASSERT_TRUE(client.send(request));
      EXPECT_EQ(client.receive().body, "got");
    }
  }
}

TEST(Server, AnswersAClientThatSendsNoMore) {
  TestServer server(echo_routes());
  Client client(server.port());
  ASSERT_TRUE(client.send(post("/query", "abc") + post("/loop", "def")));
  client.half_close();
  EXPECT_EQ(client.receive().body, "abc");
  EXPECT_EQ(client.receive().body, "def");
  EXPECT_TRUE(client.closed_by_server());
}

}  // namespace
}  // namespace scorekeeper::http
