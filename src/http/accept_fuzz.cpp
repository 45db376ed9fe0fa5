// Any bytes as an Accept header: one of two media types at most is preferred to the other, what is
// preferred is named, and more of a wish never makes it less.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "http/accept.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using scorekeeper::http::prefers;
  constexpr std::string_view csv[] = {"text/csv"};
  constexpr std::string_view json[] = {"application/json"};
  const std::string accept(reinterpret_cast<const char*>(data), size);
  const bool wanted = prefers(accept, csv[0], json);
  ASSERT(!wanted || !prefers(accept, json[0], csv));
  if (wanted) ASSERT(prefers(accept + ",text/csv", csv[0], json));
  ASSERT(!wanted || scorekeeper::http::names(accept, csv[0]));
  ASSERT(scorekeeper::http::names(accept + ",text/csv", csv[0]));
  return 0;
}
