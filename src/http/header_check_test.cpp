#include "http/header_check.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace scorekeeper::http {
namespace {

using namespace std::string_view_literals;

constexpr HeaderLimits limits{.header_bytes_max = 200, .target_bytes_max = 100};

// 0 = fine, -1 = more bytes wanted, else the status of the refusal.
int scanned(std::string_view bytes) {
  std::size_t from = 0;
  const auto whole = scan_header(bytes, limits, from);
  // Byte by byte the answer is the same, only earlier.
  std::size_t resumed = 0;
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    const auto part = scan_header(bytes.substr(0, size), limits, resumed);
    if (!part) {
      EXPECT_FALSE(whole.has_value());
      break;
    }
    if (part->has_value()) {
      EXPECT_EQ(**part, whole->value_or(0));
      break;
    }
  }
  if (!whole) return whole.error().status;
  return whole->has_value() ? 0 : -1;
}

TEST(HeaderScan, FindsTheEndAndRefusesWhatServersReadDifferently) {
  struct Case {
    std::string_view bytes;
    int result;
  };
  for (const auto& [bytes, result] : {
           Case{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0},
           Case{"GET / HTTP/1.1\r\nHost: a\r\n\r\nbody\nbody", 0},
           Case{"GET / HTTP/1.1\r\nHost: a\r\n", -1},
           Case{"GET / HTTP/1.1\r", -1},
           Case{"", -1},
           Case{"GET / HTTP/1.1\nHost: a\n\n", 400},
           Case{"GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
           Case{"GET / HTTP/1.1\rHost: a\r\n\r\n", 400},
           Case{"GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", 400},
           Case{"GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", 400},
           Case{"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400},
           Case{"GET / HTTP/1.1\r\nX:\r\n\tb\r\n\r\n", 400},
           Case{"GET / HTTP/1.1\r\n X: b\r\n\r\n", 400},
           Case{"GET / HTTP/1.1\r\nX: a\0b\r\n\r\n"sv, 400},
           Case{"GET / HTTP/1.1\r\nX: a\x01\r\n\r\n", 400},
           Case{"GET / HTTP/1.1\r\nX: a\x7f\r\n\r\n", 400},
           Case{"GET / HTTP/1.1\r\nX: a\tb\xC3\xA9\r\n\r\n", 0},
           Case{"\r\n", 400},
       }) {
    SCOPED_TRACE(bytes);
    EXPECT_EQ(scanned(bytes), result);
  }
}

TEST(HeaderScan, TellsALongTargetFromALongHeader) {
  const std::string line = "GET / HTTP/1.1\r\n";
  EXPECT_EQ(scanned("GET /" + std::string(300, 'a')), 414);
  EXPECT_EQ(scanned(line + "X: " + std::string(300, 'a')), 431);
  EXPECT_EQ(scanned(line + "X: " + std::string(300, 'a') + "\r\n\r\n"), 431);
  // Exactly at the limit is in.
  EXPECT_EQ(scanned(line + "X: " + std::string(200 - line.size() - 7, 'a') + "\r\n\r\n"), 0);
  EXPECT_EQ(scanned(line + "X: " + std::string(200 - line.size() - 6, 'a') + "\r\n\r\n"), 431);
}

struct Framed {
  int version;
  std::vector<Header> headers;
  int status;  // 0 = fine
};

void check(const Framed& expected) {
  std::string trace;
  for (const auto& [name, value] : expected.headers) trace += name + ": " + value + "\n";
  SCOPED_TRACE(trace);
  const auto framing = check_header(expected.version, expected.headers);
  EXPECT_EQ(framing ? 0 : framing.error().status, expected.status);
}

TEST(HeaderCheck, RefusesAmbiguousFraming) {
  const Header host{"host", "a"};
  for (const auto& each : {
           Framed{11, {host}, 0},
           Framed{11, {host, {"content-length", "5"}}, 0},
           Framed{11, {host, {"transfer-encoding", "chunked"}}, 0},
           Framed{11, {host, {"transfer-encoding", "Chunked"}}, 0},
           Framed{11, {host, {"transfer-encoding", "chunked"}, {"content-length", "5"}}, 400},
           Framed{11, {host, {"content-length", "5"}, {"transfer-encoding", "chunked"}}, 400},
           Framed{11, {host, {"transfer-encoding", "gzip, chunked"}}, 400},
           Framed{11, {host, {"transfer-encoding", "chunked, identity"}}, 400},
           Framed{11, {host, {"transfer-encoding", "identity"}}, 400},
           Framed{11, {host, {"transfer-encoding", "xchunked"}}, 400},
           Framed{11, {host, {"transfer-encoding", ""}}, 400},
           Framed{
               11, {host, {"transfer-encoding", "chunked"}, {"transfer-encoding", "chunked"}}, 400},
           Framed{10, {{"transfer-encoding", "chunked"}}, 400},
           Framed{11, {host, {"content-length", "5"}, {"content-length", "5"}}, 400},
           Framed{11, {host, {"content-length", "5"}, {"content-length", "6"}}, 400},
           Framed{11, {host, {"content-length", "5, 5"}}, 400},
           Framed{11, {host, {"content-length", "+5"}}, 400},
           Framed{11, {host, {"content-length", "-5"}}, 400},
           Framed{11, {host, {"content-length", "0x5"}}, 400},
           Framed{11, {host, {"content-length", "5 5"}}, 400},
           Framed{11, {host, {"content-length", ""}}, 400},
           Framed{11, {host, {"content-length", "99999999999999999999"}}, 400},
       }) {
    check(each);
  }
}

TEST(HeaderCheck, WantsExactlyOneHost) {
  for (const auto& each : {
           Framed{11, {}, 400},
           Framed{10, {}, 0},
           Framed{11, {{"host", "a"}, {"host", "a"}}, 400},
           Framed{10, {{"host", "a"}, {"host", "b"}}, 400},
           Framed{11, {{"host", "a, b"}}, 400},
           Framed{11, {{"host", "a@b"}}, 400},
           Framed{11, {{"host", "[::1]:8080"}}, 0},
           Framed{11, {{"host", ""}}, 0},
       }) {
    check(each);
  }
}

TEST(HeaderCheck, RefusesControlCharactersTooManyFieldsAndUnknownExpectations) {
  std::vector<Header> most(header_count_max, {"x", "y"});
  most[0] = {"host", "a"};
  auto too_many = most;
  too_many.push_back({"x", "y"});
  for (const auto& each : {
           Framed{11, {{"host", "a"}, {"x", std::string("a\0b", 3)}}, 400},
           Framed{11, {{"host", "a"}, {"x", "a\nb"}}, 400},
           Framed{11, {{"host", "a"}, {"x", "a\tb"}}, 0},
           Framed{11, most, 0},
           Framed{11, too_many, 431},
           Framed{11, {{"host", "a"}, {"expect", "100-Continue"}}, 0},
           Framed{11, {{"host", "a"}, {"expect", "200-ok"}}, 417},
           Framed{10, {{"expect", "200-ok"}}, 0},
       }) {
    check(each);
  }
}

TEST(HeaderCheck, KnowsWhetherTheConnectionGoesOn) {
  const auto keep_alive = [](int version, std::string connection) {
    std::vector<Header> headers{{"host", "a"}};
    if (!connection.empty()) headers.push_back({"connection", std::move(connection)});
    return check_header(version, headers)->keep_alive;
  };
  EXPECT_TRUE(keep_alive(11, ""));
  EXPECT_TRUE(keep_alive(11, "keep-alive"));
  EXPECT_FALSE(keep_alive(11, "close"));
  EXPECT_FALSE(keep_alive(11, "x, Close"));
  EXPECT_FALSE(keep_alive(10, ""));
  EXPECT_TRUE(keep_alive(10, "Keep-Alive"));
  EXPECT_FALSE(keep_alive(10, "keep-alive, close"));
}

}  // namespace
}  // namespace scorekeeper::http
