#include "domain/org.h"

namespace scorekeeper {

std::string_view name_of(KeyKind kind) {
  switch (kind) {
    case KeyKind::api:
      return "api";
    case KeyKind::application:
      return "application";
    case KeyKind::personal:
      return "personal";
    case KeyKind::service:
      return "service";
  }
  return "";
}

std::optional<KeyKind> parse_key_kind(std::string_view text) {
  for (const auto kind : all_key_kinds) {
    if (text == name_of(kind)) return kind;
  }
  return std::nullopt;
}

}  // namespace scorekeeper
