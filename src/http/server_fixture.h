// For tests of the server: a real one on a free port of 127.0.0.1, and a client that sends raw
// bytes.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/log.h"
#include "base/metrics.h"
#include "http/server.h"

namespace scorekeeper::http {

// One answer as it came.
struct Answer {
  int status = 0;  // 0 = the connection ended before a whole answer came
  std::string head;
  std::string body;  // de-chunked

  // The value of a header by its lower-case name; empty = absent.
  std::string header(std::string_view name) const {
    const auto start = head.find("\r\n" + std::string(name) + ": ");
    if (start == std::string::npos) return {};
    const auto value = start + name.size() + 4;
    return head.substr(value, head.find("\r\n", value) - value);
  }
};

// A blocking socket; a wait of 10 seconds fails the test.
class Client {
 public:
  // `from`: the last number of its own address, 127.0.0.N.
  explicit Client(std::uint16_t port, std::uint32_t from = 1)
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval time{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + from);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ =
        ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return connected_; }
  int native() const { return socket_; }

  // false when the server has closed.
  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void half_close() const { ::shutdown(socket_, SHUT_WR); }

  // `head_only`: the answer to HEAD.
  Answer receive(bool head_only = false) {
    Answer answer;
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!fill()) return answer;
    }
    answer.head = take(end + 4);
    const int status = static_cast<int>(std::strtol(answer.head.c_str() + 9, nullptr, 10));
    const auto length = answer.header("content-length");
    if (head_only || status == 100 || status == 204) {
      // nothing follows
    } else if (answer.header("transfer-encoding") == "chunked") {
      if (!receive_chunks(answer.body)) return answer;
    } else if (!length.empty()) {
      const auto size = std::strtoul(length.c_str(), nullptr, 10);
      while (buffer_.size() < size) {
        if (!fill()) return answer;
      }
      answer.body = take(size);
    } else {
      while (fill()) continue;
      answer.body = take(buffer_.size());
    }
    answer.status = status;
    return answer;
  }

  // Waits for the server to close; false when it sends something or the wait is too long.
  bool closed_by_server() {
    if (!buffer_.empty()) return false;
    char byte = 0;
    const auto got = ::recv(socket_, &byte, 1, 0);
    return got == 0 || (got < 0 && errno == ECONNRESET);
  }

 private:
  bool fill() {
    char bytes[16384];
    const auto got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got < 0) {
      EXPECT_EQ(errno, ECONNRESET) << "nothing came within the deadline";
    }
    if (got <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }
  std::string take(std::size_t size) {
    auto taken = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return taken;
  }
  bool receive_chunks(std::string& body) {
    for (;;) {
      std::size_t end = 0;
      while ((end = buffer_.find("\r\n")) == std::string::npos) {
        if (!fill()) return false;
      }
      const auto line = take(end + 2);
      std::size_t size = 0;
      std::from_chars(line.data(), line.data() + end, size, 16);
      while (buffer_.size() < size + 2) {
        if (!fill()) return false;
      }
      body += take(size + 2).substr(0, size);
      if (size == 0) return true;
    }
  }

  int socket_;
  bool connected_ = false;
  std::string buffer_;
};

inline Response text_response(std::string text, int status = 200) {
  Response response;
  response.status = status;
  response.content_type = "text/plain";
  response.body = std::move(text);
  return response;
}

inline Route on_loop(Method method, std::string pattern, Handler handler) {
  return {.mode = Mode::on_loop,
          .method = method,
          .pattern = std::move(pattern),
          .admit = {},
          .handler = std::move(handler),
          .deferred = {}};
}
inline Route query(Method method, std::string pattern, Handler handler) {
  auto route = on_loop(method, std::move(pattern), std::move(handler));
  route.mode = Mode::query;
  return route;
}
inline Route deferred(Method method, std::string pattern, DeferredHandler handler) {
  return {.mode = Mode::deferred,
          .method = method,
          .pattern = std::move(pattern),
          .admit = {},
          .handler = {},
          .deferred = std::move(handler)};
}

inline Response status_and_detail(int status, std::string_view detail) {
  return text_response(std::to_string(status) + " " + std::string(detail), status);
}

// Owns a started server. The error document is "<status> <detail>", unless another is asked for.
struct TestServer {
  explicit TestServer(std::vector<Route> routes, Limits limits = {}, ServerOptions options = {},
                      ErrorWriter error_writer = status_and_detail) {
    log::set_level(log::Level::error);
    if (options.listen == ServerOptions{}.listen) options.listen = "127.0.0.1:0";
    options.limits = limits;
    auto opened =
        Server::open(options, Router(std::move(routes)), std::move(error_writer), metrics);
    EXPECT_TRUE(opened.has_value());
    server = *std::move(opened);
    server->start();
  }
  std::uint16_t port() const { return server->port(); }

  Metrics metrics;
  std::unique_ptr<Server> server;
};

inline std::string get(std::string_view path, std::string_view more_headers = {}) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more_headers) +
         "\r\n";
}
inline std::string post(std::string_view path, std::string_view body,
                        std::string_view more_headers = {}) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(more_headers) + "\r\n" + std::string(body);
}

// Echoes the body; "/loop", "/query" and "/deferred" say where.
inline std::vector<Route> echo_routes() {
  const auto echo = [](const Request& request) { return text_response(request.body); };
  return {on_loop(Method::post, "/loop", echo), query(Method::post, "/query", echo),
          on_loop(Method::get, "/get", [](const Request&) { return text_response("got"); }),
          deferred(Method::post, "/deferred",
                   [](Request& request, Reply reply) { reply(text_response(request.body)); })};
}

}  // namespace scorekeeper::http
