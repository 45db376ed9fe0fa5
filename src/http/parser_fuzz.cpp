// Any bytes of a connection through the parser as the server uses it, whole and in small pieces:
// both give the same requests.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "http/parser.h"

namespace {

using scorekeeper::Limits;
using scorekeeper::http::Request;
using scorekeeper::http::RequestParser;

Limits limits() {
  Limits small;
  small.header_bytes_max = 1'024;
  small.target_bytes_max = 256;
  small.body_bytes_max = 512;
  return small;
}

// The requests that the connection would understand, as text. Gives the parser at most `step` new
// bytes at a time.
std::string understood(std::string_view bytes, std::size_t step) {
  static const Limits small = limits();
  std::string text;
  std::size_t known = 0;
  while (!bytes.empty()) {
    Request request;
    RequestParser parser(small, request);
    bool header_done = false;
    for (;;) {
      std::size_t consumed = 0;
      const auto window = bytes.substr(0, known);
      const auto state =
          header_done ? parser.read_body(window, consumed) : parser.read_header(window, consumed);
      bytes.remove_prefix(consumed);
      known -= consumed;
      if (state == RequestParser::State::failed) {
        return text + "failed " + std::to_string(parser.refusal().status);
      }
      if (state == RequestParser::State::done) {
        if (header_done) break;
        header_done = true;
        continue;
      }
      if (known == bytes.size()) return text + "more";
      known = std::min(bytes.size(), known + step);
    }
    if (request.body.size() > small.body_bytes_max) std::abort();
    text += request.target + "\n" + request.body + "\n";
    for (const auto& [name, value] : request.headers) text += name + "=" + value + "\n";
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t step = 1 + data[0] % 32;
  const auto whole = understood(bytes, bytes.size());
  const auto pieces = understood(bytes, step);
  if (whole != pieces) std::abort();
  return 0;
}
