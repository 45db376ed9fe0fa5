// Many strangers that are ready at once do not hold a caller back, or a stranger from elsewhere:
// with requests and with handshakes.
#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "http/stranger_turns_fixture.h"
#include "http/tls_fixture.h"

namespace scorekeeper::http {
namespace {

constexpr int stranger_count = 100;
// So many of them have had something when the caller's request is handled: it needs a few turns.
constexpr int before_caller_max = 20;

// A ClientHello, as a client sends it first.
std::string client_hello() {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  SSL* const ssl = SSL_new(context);
  BIO* const out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl, BIO_new(BIO_s_mem()), out);
  SSL_set_connect_state(ssl);
  SSL_do_handshake(ssl);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out, &bytes);
  std::string hello(bytes, static_cast<std::size_t>(size));
  SSL_free(ssl);
  SSL_CTX_free(context);
  return hello;
}

// A server whose loop can be held, so that what clients send meanwhile is ready all at once.
class HeldLoop {
 public:
  explicit HeldLoop(ServerOptions options = {}) : server_(routes(), {}, std::move(options)) {}
  ~HeldLoop() { let_go(); }

  std::uint16_t port() const { return server_.port(); }
  void watch(const std::vector<std::unique_ptr<Client>>& strangers) {
    for (const auto& stranger : strangers) watched_.push_back(stranger->native());
  }
  // After a GET of "/hold" has been sent.
  void wait_until_held() { is_held_.get_future().wait(); }
  void let_go() {
    if (!std::exchange(went_, true)) go_.set_value();
  }

 private:
  static std::optional<Response> everybody_is_known(Request&) { return std::nullopt; }

  // The number of watched clients that have an answer. The loop does nothing meanwhile.
  int answered() const {
    return static_cast<int>(std::ranges::count_if(watched_, [](int socket) {
      int bytes = 0;
      return ::ioctl(socket, FIONREAD, &bytes) == 0 && bytes > 0;
    }));
  }

  std::vector<Route> routes() {
    auto ping = on_loop(Method::get, "/ping", [](const Request&) { return text_response("pong"); });
    auto hold = on_loop(Method::get, "/hold", [this](const Request&) {
      is_held_.set_value();
      go_.get_future().wait();
      return text_response("held");
    });
    auto caller = on_loop(Method::get, "/caller", [this](const Request&) {
      return text_response(std::to_string(answered()));
    });
    for (auto* route : {&ping, &hold, &caller}) route->admit = everybody_is_known;
    return {ping, hold, caller,
            on_loop(Method::get, "/elsewhere",
                    [this](const Request&) { return text_response(std::to_string(answered())); }),
            on_loop(Method::get, "/work", [](const Request&) {
              use_up_a_piece();
              return text_response("done");
            })};
  }

  std::promise<void> is_held_;
  std::promise<void> go_;
  bool went_ = false;
  std::vector<int> watched_;
  TestServer server_;
};

std::vector<std::unique_ptr<Client>> strangers_of(const HeldLoop& loop) {
  std::vector<std::unique_ptr<Client>> strangers;
  for (int i = 0; i < stranger_count; ++i) {
    strangers.push_back(std::make_unique<Client>(loop.port(), 2));
  }
  return strangers;
}

TEST(ServerTurns, RequestsOfStrangersComeAFewAtATime) {
  HeldLoop loop;
  const auto strangers = strangers_of(loop);
  loop.watch(strangers);
  Client holder(loop.port());
  Client caller(loop.port());
  Client elsewhere(loop.port(), 3);
  for (auto* client : {&holder, &caller}) {
    ASSERT_TRUE(client->send(get("/ping")));
    EXPECT_EQ(client->receive().body, "pong");
  }
  ASSERT_TRUE(holder.send(get("/hold")));
  loop.wait_until_held();
  // One after the other on a connection, too.
  for (const auto& stranger : strangers) ASSERT_TRUE(stranger->send(get("/work") + get("/work")));
  ASSERT_TRUE(elsewhere.send(get("/elsewhere")));
  ASSERT_TRUE(caller.send(get("/caller")));
  loop.let_go();
  EXPECT_LT(std::stoi(caller.receive().body), before_caller_max);
  EXPECT_LT(std::stoi(elsewhere.receive().body), before_caller_max);
  for (const auto& stranger : strangers) {
    EXPECT_EQ(stranger->receive().body, "done");
    EXPECT_EQ(stranger->receive().body, "done");
  }
}

// `early`: so many bytes of the ClientHello come before, so that a handshake has begun.
void hellos_come_a_few_at_a_time(std::size_t early) {
  PemFolder folder;
  folder.write_pair(make_certificate({.rsa = true}));
  ServerOptions options;
  options.tls = folder.files();
  HeldLoop loop(options);
  const auto strangers = strangers_of(loop);
  loop.watch(strangers);
  TlsClient holder(loop.port());
  TlsClient caller(loop.port());
  const auto ask = [](TlsClient& client, std::string_view path) {
    client.send(get(path));
    return client.receive_until("\r\n\r\npong");
  };
  const auto hello = client_hello();
  for (const auto& stranger : strangers) ASSERT_TRUE(stranger->send(hello.substr(0, early)));
  // Each takes a turn or more, so that the loop has seen what the strangers sent.
  for (int i = 0; i < stranger_count; ++i) {
    EXPECT_TRUE(ask(holder, "/ping").ends_with("pong"));
    EXPECT_TRUE(ask(caller, "/ping").ends_with("pong"));
  }
  holder.send(get("/hold"));
  loop.wait_until_held();
  for (const auto& stranger : strangers) ASSERT_TRUE(stranger->send(hello.substr(early)));
  caller.send(get("/caller", "Connection: close\r\n"));
  loop.let_go();
  const auto answer = caller.receive_until("no such end");
  EXPECT_LT(std::stoi(answer.substr(answer.rfind('\n') + 1)), before_caller_max);
  // All are served in the end: the first bytes of a ServerHello.
  for (const auto& stranger : strangers) {
    char byte = 0;
    EXPECT_EQ(::recv(stranger->native(), &byte, 1, 0), 1);
    EXPECT_EQ(byte, 0x16);
  }
}

TEST(ServerTurns, HandshakesOfStrangersComeAFewAtATime) { hellos_come_a_few_at_a_time(0); }
TEST(ServerTurns, SoDoTheRestsOfHandshakes) { hellos_come_a_few_at_a_time(10); }

}  // namespace
}  // namespace scorekeeper::http
