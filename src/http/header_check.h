// Refuses shapes of a request header that Beast's parser lets pass and that two servers could read
// differently (request smuggling, RFC 9112 §11.2). Pure functions, no state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace scorekeeper::http {

// The reason why a request is refused: the connection answers `status` and closes.
struct Refusal {
  int status = 400;
  std::string_view detail;  // static text
};

struct HeaderLimits {
  std::size_t header_bytes_max = 0;
  std::size_t target_bytes_max = 0;
};

// Looks for the end of the header in raw bytes, before any parser sees them. The size of the header
// with its empty line; nullopt when more bytes are needed; a Refusal for a bare CR or LF, a folded
// line, a control character, or a header or target that is too long. `scanned`: bytes known from an
// earlier call to hold no end; it is moved on.
[[nodiscard]] std::expected<std::optional<std::size_t>, Refusal> scan_header(
    std::string_view bytes, const HeaderLimits& limits, std::size_t& scanned);

// The framing of the body, and whether the connection goes on.
struct Framing {
  bool chunked = false;
  std::optional<std::uint64_t> content_length;
  bool keep_alive = true;
  bool expect_continue = false;
};

// `version`: 10 or 11. Refusals are 400, 417 (unknown expectation), 431 (too many fields).
[[nodiscard]] std::expected<Framing, Refusal> check_header(int version,
                                                           const std::vector<Header>& headers);

}  // namespace scorekeeper::http
