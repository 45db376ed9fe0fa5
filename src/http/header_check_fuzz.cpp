// Any header bytes: scanned at once and byte by byte the result is the same, and what it accepts
// holds no bare CR or LF. Then any fields, framed: an accepted request has one reading only.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "http/header_check.h"

namespace {

using scorekeeper::http::check_header;
using scorekeeper::http::Header;
using scorekeeper::http::HeaderLimits;
using scorekeeper::http::scan_header;

void scan(std::string_view bytes) {
  constexpr HeaderLimits limits{.header_bytes_max = 256, .target_bytes_max = 64};
  std::size_t from = 0;
  const auto whole = scan_header(bytes, limits, from);
  std::size_t resumed = 0;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const auto part = scan_header(bytes.substr(0, size), limits, resumed);
    if (!part) {
      if (whole) std::abort();
      return;
    }
    if (!part->has_value()) continue;
    if (!whole || *whole != *part) std::abort();
    const auto header = bytes.substr(0, **part);
    for (std::size_t i = 0; i < header.size(); ++i) {
      if (header[i] == '\n' && (i == 0 || header[i - 1] != '\r')) std::abort();
      if (header[i] == '\r' && header[i + 1] != '\n') std::abort();
      if (header[i] == '\0') std::abort();
    }
    return;
  }
  if (!whole || whole->has_value()) std::abort();
}

// Lines "name:value" become fields.
void frame(std::string_view bytes) {
  std::vector<Header> headers;
  while (!bytes.empty()) {
    auto line = bytes.substr(0, bytes.find('\n'));
    bytes.remove_prefix(line.size() == bytes.size() ? line.size() : line.size() + 1);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    headers.push_back(
        {.name = std::string(line.substr(0, colon)), .value = std::string(line.substr(colon + 1))});
  }
  for (const int version : {10, 11}) {
    const auto framing = check_header(version, headers);
    if (!framing) {
      const int status = framing.error().status;
      if (status != 400 && status != 417 && status != 431) std::abort();
      continue;
    }
    if (framing->chunked && (framing->content_length || version < 11)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  scan(bytes);
  frame(bytes);
  return 0;
}
