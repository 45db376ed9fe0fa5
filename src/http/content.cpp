#include "http/content.h"

#define ZLIB_CONST  // zlib then takes input that is const
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "base/assert.h"

namespace scorekeeper::http {
namespace {

constexpr std::size_t step_bytes_min = 16 << 10;
// zstd's window is memory that a stream can ask for; RFC 8878 §3.1.1.1.2 recommends to support 8
// MiB.
constexpr int zstd_window_log_max = 23;

// The output of a decoder: grows by doubling up to one byte over the limit.
class Output {
 public:
  explicit Output(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // Room for at least one more byte, after the first size() bytes of text().
  void grow() {
    if (size_ < text_.size()) return;
    const auto wanted = std::max(step_bytes_min, 2 * text_.size());
    const auto room = std::min(wanted, bytes_max_ + 1);
    text_.reserve(room + decoded_padding);
    text_.resize(room);
  }
  char* free_begin() { return text_.data() + size_; }
  std::size_t free_size() const { return text_.size() - size_; }
  void advance(std::size_t bytes) { size_ += bytes; }
  bool over_limit() const { return size_ > bytes_max_; }
  std::string take() && {
    text_.resize(size_);
    return std::move(text_);
  }

 private:
  std::size_t bytes_max_;
  std::size_t size_ = 0;
  std::string text_;
};

Error over_limit() { return make_error(Code::too_large, "the decoded body is too large"); }
Error not_a_stream() { return invalid("the body is not what its Content-Encoding says"); }
Error cut_off() { return invalid("the encoded body is cut off"); }
Error trailing() { return invalid("the encoded body is followed by other bytes"); }

class Inflater {
 public:
  // `window_bits`: as zlib's inflateInit2.
  explicit Inflater(int window_bits) {
    const int status = inflateInit2(&stream_, window_bits);
    ASSERT(status == Z_OK || status == Z_MEM_ERROR);
    good_ = status == Z_OK;
  }
  ~Inflater() {
    if (good_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  bool good() const { return good_; }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
  bool good_ = false;
};

// One member after the other where `members` says so (gzip, RFC 1952 §2.2), else exactly one
// stream.
Result<std::string> inflate_body(std::string_view body, std::size_t bytes_max, int window_bits,
                                 bool members) {
  if (body.size() > std::numeric_limits<uInt>::max()) return over_limit();
  Inflater inflater(window_bits);
  if (!inflater.good()) return make_error(Code::unavailable, "out of memory");
  auto& stream = inflater.stream();
  stream.next_in = reinterpret_cast<const Bytef*>(body.data());
  stream.avail_in = static_cast<uInt>(body.size());
  Output output(bytes_max);
  for (;;) {
    output.grow();
    const auto room = std::min<std::size_t>(output.free_size(), std::numeric_limits<uInt>::max());
    stream.next_out = reinterpret_cast<Bytef*>(output.free_begin());
    stream.avail_out = static_cast<uInt>(room);
    const int status = inflate(&stream, Z_NO_FLUSH);
    output.advance(room - stream.avail_out);
    if (output.over_limit()) return over_limit();
    if (status == Z_STREAM_END) {
      if (stream.avail_in == 0) return std::move(output).take();
      if (!members) return trailing();
      inflateReset(&stream);
    } else if (status == Z_BUF_ERROR ||
               (status == Z_OK && stream.avail_in == 0 && stream.avail_out != 0)) {
      return cut_off();
    } else if (status != Z_OK) {
      return not_a_stream();
    }
  }
}

// "deflate" is the zlib format (RFC 9110 §8.4.1.2), but some senders leave its header away. A raw
// stream cannot begin with a zlib header: its low nibble 8 would be a stored block with padding
// bits set.
Result<std::string> inflate_deflate(std::string_view body, std::size_t bytes_max) {
  const auto byte_at = [&](std::size_t i) {
    return i < body.size() ? static_cast<unsigned char>(body[i]) : 0U;
  };
  const bool zlib = (byte_at(0) & 0x0fU) == 8 && (byte_at(0) * 256 + byte_at(1)) % 31 == 0;
  return inflate_body(body, bytes_max, zlib ? MAX_WBITS : -MAX_WBITS, false);
}

Result<std::string> decompress_zstd(std::string_view body, std::size_t bytes_max) {
  if (body.empty()) return cut_off();
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                     ZSTD_freeDCtx);
  if (!context) return make_error(Code::unavailable, "out of memory");
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, zstd_window_log_max);
  ZSTD_inBuffer input{body.data(), body.size(), 0};
  Output output(bytes_max);
  for (;;) {
    output.grow();
    ZSTD_outBuffer step{output.free_begin(), output.free_size(), 0};
    const auto consumed_before = input.pos;
    const std::size_t status = ZSTD_decompressStream(context.get(), &step, &input);
    output.advance(step.pos);
    if (output.over_limit()) return over_limit();
    if (ZSTD_isError(status)) return not_a_stream();
    if (input.pos == input.size && status == 0) return std::move(output).take();
    const bool stuck = step.pos == 0 && input.pos == consumed_before;
    if (stuck || (input.pos == input.size && step.pos < step.size)) return cut_off();
  }
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

}  // namespace

std::optional<Encoding> parse_encoding(std::string_view value) {
  if (value.empty()) return Encoding::identity;
  const auto name = lower_case(value);
  if (name == "identity") return Encoding::identity;
  if (name == "gzip" || name == "x-gzip") return Encoding::gzip;
  if (name == "deflate") return Encoding::deflate;
  if (name == "zstd" || name == "zstd1") return Encoding::zstd;
  return std::nullopt;
}

Result<std::string> decode(Encoding encoding, std::string_view body, std::size_t bytes_max) {
  switch (encoding) {
    case Encoding::identity:
      if (body.size() > bytes_max) return over_limit();
      return std::string(body);
    case Encoding::gzip:
      return inflate_body(body, bytes_max, MAX_WBITS + 16, true);
    case Encoding::deflate:
      return inflate_deflate(body, bytes_max);
    case Encoding::zstd:
      return decompress_zstd(body, bytes_max);
  }
  return not_a_stream();
}

}  // namespace scorekeeper::http
