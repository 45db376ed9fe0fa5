// Handlers that answer late, not at all, or piece by piece; start, drain and stop.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <new>
#include <stdexcept>
#include <thread>

#include "base/mutex.h"
#include "http/server_fixture.h"

namespace scorekeeper::http {
namespace {

// Replies kept by a handler, for the test to answer.
class Kept {
 public:
  Route route() {
    return deferred(Method::post, "/kept", [this](Request&, Reply reply) {
      Lock lock(mutex_);
      replies_.push_back(std::move(reply));
      changed_.notify_all();
    });
  }
  // Waits for one; an empty Reply after 10 seconds.
  Reply take() {
    Lock lock(mutex_);
    while (replies_.empty()) {
      if (!changed_.wait_for(mutex_, std::chrono::seconds(10))) return {};
    }
    auto reply = std::move(replies_.back());
    replies_.pop_back();
    return reply;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::vector<Reply> replies_ GUARDED_BY(mutex_);
};

std::vector<Route> routes_with(Kept& kept) {
  auto routes = echo_routes();
  routes.push_back(kept.route());
  return routes;
}

TEST(ServerLife, ADeferredReplyMayComeFromAnotherThread) {
  Kept kept;
  TestServer server(routes_with(kept));
  Client client(server.port());
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(client.send(post("/kept", "")));
    auto reply = kept.take();
    std::thread([&] { reply(text_response(std::to_string(i), 202)); }).join();
    const auto answer = client.receive();
    EXPECT_EQ(answer.status, 202);
    EXPECT_EQ(answer.body, std::to_string(i));
  }
}

TEST(ServerLife, ADroppedReplyIsA500) {
  Kept kept;
  TestServer server(routes_with(kept));
  Client client(server.port());
  ASSERT_TRUE(client.send(post("/kept", "") + get("/get")));
  {
    const auto dropped = kept.take();
  }
  const auto answer = client.receive();
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body, "500 ");
  EXPECT_EQ(client.receive().body, "got");
}

TEST(ServerLife, AReplyMayComeAfterItsClientIsGone) {
  Kept kept;
  TestServer server(routes_with(kept));
  for (int i = 0; i < 20; ++i) {
    Reply reply;
    {
      Client client(server.port());
      ASSERT_TRUE(client.send(post("/kept", "abc")));
      reply = kept.take();
    }
    reply(text_response(std::string(1'000'000, 'x')));
  }
  Client client(server.port());
  ASSERT_TRUE(client.send(get("/get")));
  EXPECT_EQ(client.receive().body, "got");
}

TEST(ServerLife, AReplyMayOutliveTheServer) {
  Kept kept;
  Reply answered;
  Reply dropped;
  {
    TestServer server(routes_with(kept));
    Client client(server.port());
    Client other(server.port());
    ASSERT_TRUE(client.send(post("/kept", "abc")) && other.send(post("/kept", "abc")));
    answered = kept.take();
    dropped = kept.take();
  }
  answered(text_response("late"));
}

TEST(ServerLife, AThrowingHandlerIsA500) {
  const auto thrower = [](const Request&) -> Response { throw std::runtime_error("broken"); };
  auto admit = on_loop(Method::get, "/admit", {});
  admit.admit = [](Request&) -> std::optional<Response> { throw std::runtime_error("broken"); };
  TestServer server({on_loop(Method::get, "/loop", thrower), query(Method::get, "/query", thrower),
                     admit, deferred(Method::get, "/deferred", [](Request&, const Reply&) {
                       throw 7;  // not even an exception
                     })});
  Client client(server.port());
  for (const auto path : {"/loop", "/query", "/deferred", "/admit", "/loop"}) {
    ASSERT_TRUE(client.send(get(path)));
    const auto answer = client.receive();
    EXPECT_EQ(answer.status, 500) << path;
    EXPECT_EQ(answer.body, "500 ");
  }
}

// Something beside the handler throws in a pool, as where memory runs out.
TEST(ServerLife, WhatThrowsBesideTheHandlerIsTheServersFault) {
  std::atomic<int> throwing_from = 501;
  const auto writer = [&](int status, std::string_view detail) {
    if (status == 400 || status >= throwing_from) throw std::bad_alloc();
    return status_and_detail(status, detail);
  };
  TestServer server(echo_routes(), {}, {}, writer);
  for (const std::string_view path : {"/loop", "/query", "/deferred"}) {
    SCOPED_TRACE(path);
    throwing_from = 501;
    Client client(server.port());
    ASSERT_TRUE(client.send(post(path, "not compressed", "Content-Encoding: gzip\r\n")));
    EXPECT_EQ(client.receive().status, 500);
    throwing_from = 500;  // not even that can be said
    ASSERT_TRUE(client.send(post(path, "not compressed", "Content-Encoding: gzip\r\n")));
    EXPECT_TRUE(client.closed_by_server());
  }
  Client client(server.port());
  ASSERT_TRUE(client.send(get("/get")));
  EXPECT_EQ(client.receive().body, "got");
}

// Ten chunks of 60,000 bytes, an empty one among them.
class Letters final : public BodySource {
 public:
  enum class End { whole, fails, throws };
  explicit Letters(End end) : end_(end) {}
  Result<bool> next(std::string& chunk) override {
    if (end_ == End::throws && count_ == 5) throw std::runtime_error("broken");
    if (end_ == End::fails && count_ == 5) return make_error(Code::unavailable, "no database");
    if (count_ != 3) chunk.append(60'000, static_cast<char>('a' + count_));
    return ++count_ < 10;
  }

 private:
  End end_;
  int count_ = 0;
};

Route letters(std::string pattern, Letters::End end) {
  return query(Method::get, std::move(pattern), [end](const Request&) {
    auto response = text_response("");
    response.source = std::make_unique<Letters>(end);
    return response;
  });
}

TEST(ServerLife, ABodySourceIsSentInChunks) {
  TestServer server({letters("/letters", Letters::End::whole),
                     letters("/fails", Letters::End::fails),
                     letters("/throws", Letters::End::throws)});
  std::string expected;
  for (const char letter : std::string("abcefghij")) expected.append(60'000, letter);
  Client client(server.port());
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(client.send(get("/letters")));
    const auto answer = client.receive();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("transfer-encoding"), "chunked");
    EXPECT_EQ(answer.header("content-length"), "");
    EXPECT_TRUE(answer.body == expected);
  }
  ASSERT_TRUE(client.send("HEAD /letters HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_EQ(client.receive(true).status, 200);
  ASSERT_TRUE(client.send("GET /letters HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  const auto old = client.receive();
  EXPECT_EQ(old.header("transfer-encoding"), "");
  EXPECT_EQ(old.header("connection"), "close");
  EXPECT_TRUE(old.body == expected);
  for (const auto path : {"/fails", "/throws"}) {
    Client cut(server.port());
    ASSERT_TRUE(cut.send(get(path)));
    EXPECT_EQ(cut.receive().status, 0) << path << ": a broken source must not look whole";
  }
}

TEST(ServerLife, AClientMayLeaveDuringADownload) {
  TestServer server({letters("/letters", Letters::End::whole)});
  for (int i = 0; i < 10; ++i) {
    Client client(server.port());
    ASSERT_TRUE(client.send(get("/letters")));
  }
  Client client(server.port());
  ASSERT_TRUE(client.send(get("/letters")));
  EXPECT_EQ(client.receive().status, 200);
}

TEST(ServerLife, DrainAnswersWhatIsUnderWayAndThenAllIsClosed) {
  Kept kept;
  TestServer server(routes_with(kept));
  Client idle(server.port());
  ASSERT_TRUE(idle.send(get("/get")));
  EXPECT_EQ(idle.receive().status, 200);
  Client busy(server.port());
  ASSERT_TRUE(busy.send(post("/kept", "")));
  auto reply = kept.take();
  auto drained = std::async(std::launch::async, [&] { server.server->drain(); });
  EXPECT_TRUE(idle.closed_by_server());
  EXPECT_EQ(drained.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  Client late(server.port());
  EXPECT_FALSE(late.connected());
  reply(text_response("done"));
  const auto answer = busy.receive();
  EXPECT_EQ(answer.body, "done");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(busy.closed_by_server());
  busy.half_close();
  drained.get();
}

TEST(ServerLife, DrainGivesUpAfterItsTime) {
  Kept kept;
  Limits limits;
  limits.drain_timeout = std::chrono::milliseconds(50);
  TestServer server(routes_with(kept), limits);
  Client busy(server.port());
  ASSERT_TRUE(busy.send(post("/kept", "")));
  const auto reply = kept.take();
  server.server->drain();
  server.server.reset();
  EXPECT_TRUE(busy.closed_by_server());
}

TEST(ServerLife, PortsThatAreTakenAndAddressesThatAreNoneAreErrors) {
  TestServer server(echo_routes());
  Metrics metrics;
  struct Case {
    std::string listen;
    Code code;
  };
  for (const auto& [listen, code] :
       {Case{"127.0.0.1:" + std::to_string(server.port()), Code::unavailable},
        Case{"192.0.2.1:0", Code::unavailable}, Case{"8080", Code::invalid},
        Case{":8080", Code::invalid}, Case{"127.0.0.1:", Code::invalid},
        Case{"127.0.0.1:x", Code::invalid}, Case{"127.0.0.1:65536", Code::invalid}}) {
    ServerOptions options;
    options.listen = listen;
    const auto opened = Server::open(options, Router({}), {}, metrics);
    ASSERT_FALSE(opened.has_value()) << listen;
    EXPECT_EQ(opened.error().code, code) << listen;
    if (code == Code::unavailable) {
      EXPECT_NE(opened.error().detail.find(listen), std::string::npos);
    }
  }
}

TEST(ServerLife, JobsRunInAPool) {
  TestServer server(echo_routes());
  std::promise<std::thread::id> ran;
  ASSERT_TRUE(server.server->post_to_worker(7, [&] { ran.set_value(std::this_thread::get_id()); }));
  EXPECT_NE(ran.get_future().get(), std::this_thread::get_id());
}

// One share never has all threads for queries, whatever it posts.
TEST(ServerLife, QueriesOfOneShareLeaveAThreadForOthers) {
  TestServer server(echo_routes());
  std::promise<void> end;
  const auto ended = end.get_future().share();
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(server.server->post_query(7, [ended] { ended.wait(); }));
  std::promise<void> ran;
  ASSERT_TRUE(server.server->post_query(8, [&] { ran.set_value(); }));
  EXPECT_EQ(ran.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
  end.set_value();
}

TEST(ServerLife, HeavyRequestsLeaveTheLoop) {
  const auto where = [](const Request&) {
    return text_response(std::to_string(std::hash<std::thread::id>()(std::this_thread::get_id())));
  };
  auto route = on_loop(Method::get, "/where", where);
  route.heavy = [](const Request& request) { return !request.query.empty(); };
  TestServer server({route, on_loop(Method::get, "/loop", where)});
  Client client(server.port());
  const auto thread_of = [&](std::string_view path) {
    EXPECT_TRUE(client.send(get(path)));
    return client.receive().body;
  };
  EXPECT_EQ(thread_of("/where"), thread_of("/loop"));
  EXPECT_NE(thread_of("/where?all=true"), thread_of("/loop"));
}

TEST(ServerLife, AServerThatNeverStartedStopsToo) {
  Metrics metrics;
  ServerOptions options;
  options.listen = "127.0.0.1:0";
  const auto opened = Server::open(options, Router({}), {}, metrics);
  ASSERT_TRUE(opened.has_value());
  EXPECT_NE((*opened)->port(), 0);
  (*opened)->drain();
}

}  // namespace
}  // namespace scorekeeper::http
