#include "domain/scorecard.h"

#include <fmt/format.h>

#include "domain/text.h"

namespace scorekeeper {
namespace {

Result<void> check_text(std::string_view name, const std::optional<std::string>& text,
                        std::size_t characters_max) {
  if (!text || count_characters(*text) <= characters_max) return {};
  return invalid(
      fmt::format("attribute \"{}\" must have at most {} characters", name, characters_max),
      fmt::format("/data/attributes/{}", name));
}

}  // namespace

Result<void> check(const ScorecardFields& fields, const Limits& limits) {
  if (fields.name && fields.name->empty()) {
    return invalid("attribute \"name\" must not be empty", "/data/attributes/name");
  }
  if (fields.name && is_blank(*fields.name)) {
    return invalid("attribute \"name\" must not be blank", "/data/attributes/name");
  }
  TRY(check_text("name", fields.name, limits.name_characters_max));
  return check_text("description", fields.description, limits.description_characters_max);
}

Error scorecard_not_found(const std::string& id) {
  return make_error(Code::not_found, "scorecard not found: " + id);
}

}  // namespace scorekeeper
