// Content-Encoding of request bodies: gzip, deflate and zstd, with the limit on the decoded size.
// Pure functions; called on worker threads.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace scorekeeper::http {

// A new encoding needs: parse_encoding and decode in content.cpp.
enum class Encoding { identity, gzip, deflate, zstd };

// The value of a Content-Encoding header, empty = identity. nullopt (415): unknown, or more than
// one. "zstd1" is the name that the public API's clients use for zstd.
std::optional<Encoding> parse_encoding(std::string_view value);

// The decoded body, with `decoded_padding` bytes of spare capacity. Errors: invalid (not such a
// stream, cut off, or followed by something else), too_large (over `bytes_max`; stops there,
// whatever else would come).
Result<std::string> decode(Encoding encoding, std::string_view body, std::size_t bytes_max);

// The bytes beyond a body's end that a parser of JSON may read.
inline constexpr std::size_t decoded_padding = 64;

}  // namespace scorekeeper::http
