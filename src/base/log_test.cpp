#include "base/log.h"

#include <gtest/gtest.h>

#include <string>

namespace scorekeeper::log {
namespace {

// The rest of the line that error() writes, behind its time.
std::string line_of(std::string_view text) {
  testing::internal::CaptureStderr();
  error("e", {{"text", text}});
  flush();
  const auto line = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(line.starts_with("{\"time\":\"")) << line;
  return line.substr(line.find(",\"level\""));
}

TEST(Log, WritesAnyBytesAsJson) {
  struct Case {
    std::string_view text;
    std::string_view written;
  };
  using namespace std::string_view_literals;
  for (const auto& [text, written] : {
           Case{"plain /path?x", "plain /path?x"},
           Case{"a\"b\\c", "a\\\"b\\\\c"},
           Case{"a\nb\0\x7f"sv, "a\\u000ab\\u0000\\u007f"},
           Case{"é€😀", "é€😀"},
           Case{"a\xff\xc3(\xe2\x82", "a\\ufffd\\ufffd(\\ufffd\\ufffd"},
           Case{"\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd"},
       }) {
    EXPECT_EQ(line_of(text),
              ",\"level\":\"error\",\"event\":\"e\",\"text\":\"" + std::string(written) + "\"}\n");
  }
}

TEST(Log, KeepsItsLevel) {
  testing::internal::CaptureStderr();
  set_level(Level::warning);
  info("quiet");
  warning("loud", {{"number", 7}, {"real", 0.5}, {"flag", true}});
  set_level(Level::info);
  flush();
  const auto lines = testing::internal::GetCapturedStderr();
  EXPECT_EQ(lines.find("quiet"), std::string::npos) << lines;
  EXPECT_NE(lines.find("\"event\":\"loud\",\"number\":7,\"real\":0.5,\"flag\":true}\n"),
            std::string::npos)
      << lines;
}

}  // namespace
}  // namespace scorekeeper::log
