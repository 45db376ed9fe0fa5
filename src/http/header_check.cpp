#include "http/header_check.h"

#include <algorithm>
#include <charconv>

#include "base/limits.h"

namespace scorekeeper::http {
namespace {

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equals_ignoring_case(std::string_view text, std::string_view lower_case) {
  return std::ranges::equal(text, lower_case, {}, lower);
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const auto item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), item.size() + 1));
    if (equals_ignoring_case(trim(item), token)) return true;
  }
  return false;
}

// One line without its line feed.
std::optional<Refusal> check_line(std::string_view line, bool first) {
  if (!line.ends_with('\r')) return Refusal{400, "a header line does not end with CR LF"};
  line.remove_suffix(1);
  if (!first && (line.starts_with(' ') || line.starts_with('\t'))) {
    return Refusal{400, "folded header lines are not accepted"};
  }
  if (std::ranges::any_of(line, is_control)) {
    return Refusal{400, "a header line holds a control character"};
  }
  return std::nullopt;
}

Refusal too_long(std::string_view bytes, const HeaderLimits& limits) {
  const auto line = bytes.substr(0, bytes.find('\n'));
  if (line.size() > limits.target_bytes_max) return {414, "the request target is too long"};
  return {431, "the request header is too large"};
}

std::optional<std::uint64_t> parse_length(std::string_view text) {
  // 19 digits cannot overflow 64 bits.
  if (text.empty() || text.size() > 19) return std::nullopt;
  if (text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// The fields that frame a request, gathered in one pass.
struct Gathered {
  int hosts = 0;
  std::string_view host;
  int lengths = 0;
  std::string_view length;
  int transfer_encodings = 0;
  std::string_view transfer_encoding;
  bool close = false;
  bool keep_alive = false;
  std::string_view expect;
};

Gathered gather(const std::vector<Header>& headers) {
  Gathered found;
  for (const auto& [name, value] : headers) {
    if (name == "host") {
      ++found.hosts;
      found.host = value;
    } else if (name == "content-length") {
      ++found.lengths;
      found.length = value;
    } else if (name == "transfer-encoding") {
      ++found.transfer_encodings;
      found.transfer_encoding = value;
    } else if (name == "connection") {
      found.close = found.close || has_token(value, "close");
      found.keep_alive = found.keep_alive || has_token(value, "keep-alive");
    } else if (name == "expect") {
      found.expect = value;
    }
  }
  return found;
}

std::unexpected<Refusal> refuse(int status, std::string_view detail) {
  return std::unexpected(Refusal{status, detail});
}

}  // namespace

std::expected<std::optional<std::size_t>, Refusal> scan_header(std::string_view bytes,
                                                               const HeaderLimits& limits,
                                                               std::size_t& scanned) {
  const auto window = bytes.substr(0, limits.header_bytes_max);
  // `scanned` is always the begin of a line that is not complete yet.
  for (auto end = window.find('\n', scanned); end != std::string_view::npos;
       end = window.find('\n', scanned)) {
    const auto line = window.substr(scanned, end - scanned);
    const bool first = scanned == 0;
    if (const auto refusal = check_line(line, first)) return std::unexpected(*refusal);
    scanned = end + 1;
    if (line == "\r") {
      if (first) return refuse(400, "the request line is empty");
      return scanned;
    }
  }
  if (bytes.size() >= limits.header_bytes_max) {
    return std::unexpected(too_long(bytes, limits));
  }
  const auto open_line = window.substr(scanned);
  const auto return_at = open_line.find('\r');
  if (return_at != std::string_view::npos && return_at + 1 < open_line.size()) {
    return refuse(400, "a header line does not end with CR LF");
  }
  return std::nullopt;
}

std::expected<Framing, Refusal> check_header(int version, const std::vector<Header>& headers) {
  if (headers.size() > header_count_max) return refuse(431, "too many header fields");
  for (const auto& header : headers) {
    if (header.name.empty() || std::ranges::any_of(header.name, is_control) ||
        std::ranges::any_of(header.value, is_control)) {
      return refuse(400, "a header field holds a control character");
    }
  }
  const auto found = gather(headers);
  if (found.hosts > 1 || (found.hosts == 0 && version >= 11)) {
    return refuse(400, "exactly one Host header is needed");
  }
  if (found.host.find_first_of(" \t,@/\\") != std::string_view::npos) {
    return refuse(400, "the Host header is malformed");
  }

  Framing framing;
  if (found.transfer_encodings > 0) {
    if (version < 11) return refuse(400, "Transfer-Encoding is not part of HTTP/1.0");
    if (found.lengths > 0) {
      return refuse(400, "Transfer-Encoding and Content-Length exclude each other");
    }
    if (found.transfer_encodings > 1 || !equals_ignoring_case(found.transfer_encoding, "chunked")) {
      return refuse(400, "the only supported Transfer-Encoding is chunked");
    }
    framing.chunked = true;
  }
  if (found.lengths > 0) {
    framing.content_length = found.lengths == 1 ? parse_length(found.length) : std::nullopt;
    if (!framing.content_length) return refuse(400, "Content-Length must be one decimal number");
  }
  if (!found.expect.empty() && version >= 11) {
    if (!equals_ignoring_case(found.expect, "100-continue")) {
      return refuse(417, "the only supported expectation is 100-continue");
    }
    framing.expect_continue = true;
  }
  framing.keep_alive = version >= 11 ? !found.close : found.keep_alive && !found.close;
  return framing;
}

}  // namespace scorekeeper::http
