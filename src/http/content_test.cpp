#include "http/content.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <zlib.h>
#include <zstd.h>

namespace scorekeeper::http {
namespace {

// `window_bits` as zlib's deflateInit2: 31 gzip, 15 zlib, -15 raw.
std::string deflated(std::string_view text, int window_bits) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
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

std::string zstd(std::string_view text) {
  std::string output(ZSTD_compressBound(text.size()), '\0');
  output.resize(ZSTD_compress(output.data(), output.size(), text.data(), text.size(), 3));
  return output;
}

struct Form {
  std::string_view name;
  Encoding encoding;
  std::string (*encode)(std::string_view);
};

const std::vector<Form>& forms() {
  static const std::vector<Form> all = {
      {"gzip", Encoding::gzip, [](std::string_view text) { return deflated(text, 31); }},
      {"deflate", Encoding::deflate, [](std::string_view text) { return deflated(text, 15); }},
      {"raw", Encoding::deflate, [](std::string_view text) { return deflated(text, -15); }},
      {"zstd", Encoding::zstd, zstd},
  };
  return all;
}

TEST(Content, KnowsTheNamesOfEncodings) {
  EXPECT_EQ(parse_encoding(""), Encoding::identity);
  EXPECT_EQ(parse_encoding("identity"), Encoding::identity);
  EXPECT_EQ(parse_encoding("gzip"), Encoding::gzip);
  EXPECT_EQ(parse_encoding("X-GZip"), Encoding::gzip);
  EXPECT_EQ(parse_encoding("deflate"), Encoding::deflate);
  EXPECT_EQ(parse_encoding("zstd"), Encoding::zstd);
  EXPECT_EQ(parse_encoding("zstd1"), Encoding::zstd);
  for (const auto unknown : {"br", "gzip, gzip", "identity,gzip", "several", "gzip;q=1"}) {
    EXPECT_EQ(parse_encoding(unknown), std::nullopt) << unknown;
  }
}

TEST(Content, HoldsTheLimitToTheByte) {
  const std::string text(100'000, 'a');
  for (const auto& form : forms()) {
    SCOPED_TRACE(form.name);
    const auto encoded = form.encode(text);
    const auto decoded = decode(form.encoding, encoded, text.size());
    ASSERT_TRUE(decoded.has_value());
    EXPECT_EQ(*decoded, text);
    EXPECT_GE(decoded->capacity(), text.size() + decoded_padding);
    const auto over = decode(form.encoding, encoded, text.size() - 1);
    ASSERT_FALSE(over.has_value());
    EXPECT_EQ(over.error().code, Code::too_large);
  }
  EXPECT_EQ(decode(Encoding::identity, "abc", 3).value(), "abc");
  EXPECT_EQ(decode(Encoding::identity, "abc", 2).error().code, Code::too_large);
}

TEST(Content, StopsABombEarly) {
  const std::string text(64 << 20, '\0');
  for (const auto& form : forms()) {
    SCOPED_TRACE(form.name);
    EXPECT_EQ(decode(form.encoding, form.encode(text), 1'000).error().code, Code::too_large);
  }
}

TEST(Content, RefusesEveryCutAndEveryTail) {
  const std::string text = "the quick brown fox jumps over the lazy dog, the quick brown fox";
  for (const auto& form : forms()) {
    SCOPED_TRACE(form.name);
    const auto encoded = form.encode(text);
    for (std::size_t size = 0; size < encoded.size(); ++size) {
      const auto cut = decode(form.encoding, encoded.substr(0, size), 1'000);
      ASSERT_FALSE(cut.has_value()) << size;
      EXPECT_EQ(cut.error().code, Code::invalid);
    }
    const auto tail = decode(form.encoding, encoded + "x", 1'000);
    ASSERT_FALSE(tail.has_value());
    EXPECT_EQ(tail.error().code, Code::invalid);
    EXPECT_FALSE(decode(form.encoding, "{\"data\":{}}", 1'000).has_value());
  }
}

TEST(Content, JoinsTheMembersOfAGzipAndTheFramesOfAZstd) {
  EXPECT_EQ(decode(Encoding::gzip, deflated("ab", 31) + deflated("cd", 31), 4).value(), "abcd");
  EXPECT_EQ(decode(Encoding::zstd, zstd("ab") + zstd("cd"), 4).value(), "abcd");
  EXPECT_FALSE(decode(Encoding::deflate, deflated("ab", 15) + deflated("cd", 15), 4).has_value());
}

TEST(Content, DecodesNothingToNothing) {
  for (const auto& form : forms()) {
    EXPECT_EQ(decode(form.encoding, form.encode(""), 10).value(), "") << form.name;
  }
}

RC_GTEST_PROP(Content, GivesBackWhatWasEncoded, (const std::string& text)) {
  for (const auto& form : forms()) {
    RC_ASSERT(decode(form.encoding, form.encode(text), 1 << 20).value() == text);
  }
}

}  // namespace
}  // namespace scorekeeper::http
