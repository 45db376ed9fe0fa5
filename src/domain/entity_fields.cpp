#include "domain/entity_fields.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "domain/text.h"

namespace scorekeeper {
namespace {

struct NamedField {
  std::string_view name;
  EntityField field;
};
// The first name of a field is the one that is written.
constexpr NamedField fields[] = {
    {"kind", EntityField::kind},
    {"namespace", EntityField::name_space},
    {"name", EntityField::name},
    {"owner", EntityField::owner},
    {"team", EntityField::owner},
    {"tier", EntityField::tier},
    {"lifecycle", EntityField::lifecycle},
    {"type", EntityField::type},
    {"language", EntityField::language},
    {"system", EntityField::system},
    {"tag", EntityField::tag},
    {"has_definition", EntityField::has_definition},
};

constexpr auto names = [] {
  std::array<std::string_view, std::size(fields)> made;
  for (std::size_t i = 0; i < made.size(); ++i) made[i] = fields[i].name;
  return made;
}();

}  // namespace

std::optional<EntityField> find_entity_field(std::string_view name) {
  const auto* const found = std::ranges::find_if(fields, [&](const auto& known) {
    return std::ranges::equal(name, known.name, {}, to_lower);
  });
  if (found == std::end(fields)) return std::nullopt;
  return found->field;
}

std::string_view name_of(EntityField field) {
  const auto* const found = std::ranges::find(fields, field, &NamedField::field);
  return found == std::end(fields) ? std::string_view() : found->name;
}

std::span<const std::string_view> entity_field_names() { return names; }

std::vector<std::string> tag_keys_of(const EntityQuery& query) {
  std::vector<std::string> keys;
  for (const auto& step : query.steps()) {
    if (step.term.field != EntityField::tag) continue;
    const auto key = step.term.value.substr(0, step.term.value.find(':'));
    const bool has_key = key.size() < step.term.value.size();
    if (has_key && (!step.term.pattern || key.find_first_of("*?") == std::string::npos)) {
      keys.push_back(key);
    }
  }
  std::ranges::sort(keys);
  const auto repeats = std::ranges::unique(keys);
  keys.erase(repeats.begin(), repeats.end());
  return keys;
}

}  // namespace scorekeeper
