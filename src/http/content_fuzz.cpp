// Any bytes as an encoded body: the first byte chooses the encoding. The decoded body keeps the
// limit.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "http/content.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using scorekeeper::Code;
  using scorekeeper::http::Encoding;
  if (size == 0) return 0;
  constexpr Encoding encodings[] = {Encoding::identity, Encoding::gzip, Encoding::deflate,
                                    Encoding::zstd};
  constexpr std::size_t bytes_max = 100'000;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto decoded = scorekeeper::http::decode(encodings[data[0] % 4], body, bytes_max);
  if (decoded && decoded->size() > bytes_max) std::abort();
  if (!decoded && decoded.error().code != Code::invalid &&
      decoded.error().code != Code::too_large) {
    std::abort();
  }
  return 0;
}
