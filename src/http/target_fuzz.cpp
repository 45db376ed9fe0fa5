// Any target: parse_target and Router::match agree on what is a path, and never crash.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/utf8.h"
#include "http/router.h"

namespace {

using scorekeeper::is_utf8;
using scorekeeper::http::Method;
using scorekeeper::http::Mode;
using scorekeeper::http::parse_target;
using scorekeeper::http::Route;
using scorekeeper::http::Router;

Route route(Method method, std::string pattern) {
  return {.mode = Mode::on_loop,
          .method = method,
          .pattern = std::move(pattern),
          .admit = {},
          .handler = {},
          .deferred = {}};
}

const Router& router() {
  static const Router made({route(Method::get, "/"), route(Method::get, "/a"),
                            route(Method::post, "/a/b"), route(Method::put, "/a/{x}"),
                            route(Method::get, "/a/{x}/c/{y}"), route(Method::get, "/a/b/c/d"),
                            route(Method::delete_, "/a/e/{rest*}")});
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto method : {Method::get, Method::put, Method::delete_}) {
    // The path alone, as if nobody had looked at it before.
    const auto raw = router().match(method, text);
    if (raw.route != nullptr && raw.allowed.empty()) std::abort();
    const auto target = parse_target(text);
    if (!target) continue;
    if (!target->path.starts_with('/')) std::abort();
    for (const auto& [name, value] : target->query) {
      if (!is_utf8(name) || !is_utf8(value)) std::abort();
    }
    const auto match = router().match(method, target->path);
    for (const auto& parameter : match.path_parameters) {
      if (parameter.value.empty()) std::abort();
      if (parameter.value.find('\0') != std::string::npos) std::abort();
      if (!is_utf8(parameter.value)) std::abort();
    }
  }
  return 0;
}
