#include "store/fingerprint.h"

#include <fmt/format.h>

#include <string_view>

namespace scorekeeper::store {

std::string write_fingerprint(const Secrets& secrets) {
  constexpr std::string_view purpose = "which store this is";
  return fmt::format("{:016x}{:016x}", siphash13(secrets.change_key, purpose),
                     siphash13(secrets.request_key, purpose));
}

}  // namespace scorekeeper::store
