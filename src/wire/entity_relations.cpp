#include "wire/entity_relations.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "domain/entity.h"
#include "domain/text.h"

namespace scorekeeper::wire {
namespace {

// A kind of relation: what it is called from the subject's side and from the other's.
struct Direction {
  std::string_view there;
  std::string_view back;
};

constexpr Direction owned_by{"RelationTypeOwnedBy", "RelationTypeOwns"};
constexpr Direction other_owned_by{"RelationTypeOtherOwnedBy", "RelationTypeOtherOwns"};
constexpr Direction depends_on{"RelationTypeDependsOn", "RelationTypeDependencyOf"};
constexpr Direction part_of{part_of_relation, "RelationTypeHasPart"};
constexpr Direction implemented_by{"RelationTypeImplementedBy", "RelationTypeImplements"};
constexpr Direction all[] = {owned_by, other_owned_by, depends_on, part_of, implemented_by};

constexpr Direction reverse(Direction direction) { return {direction.back, direction.there}; }

struct ListOfReferences {
  std::string_view path;
  Direction direction;
};
constexpr ListOfReferences lists[] = {
    {"spec.dependsOn", depends_on},         {"spec.dependencyOf", reverse(depends_on)},
    {"spec.componentOf", part_of},          {"spec.components", reverse(part_of)},
    {"spec.implementedBy", implemented_by}, {"spec.implements", reverse(implemented_by)}};

void add(std::string_view subject, Direction direction, const std::string& other,
         std::vector<Relation>& relations) {
  relations.push_back(
      {.type = std::string(direction.there), .from = std::string(subject), .to = other});
  relations.push_back(
      {.type = std::string(direction.back), .from = other, .to = std::string(subject)});
}

std::string canonical(const EntityReference& reference) {
  std::string text;
  append_canonical(reference, text);
  return text;
}

void read_list(DefinitionMembers& members, std::string_view subject, json::Tree* spec,
               const ListOfReferences& list, std::vector<Relation>& relations) {
  const auto bytes_max = members.limits().entity_reference_bytes_max;
  const auto texts = members.texts(spec, list.path, members.limits().references_max);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].empty()) continue;  // a problem already
    const auto reference = parse_entity_reference(texts[i]);
    const auto other = reference ? canonical(*reference) : std::string();
    if (!reference) {
      members.refuse(fmt::format("{}.{}", list.path, i), "be of the form \"kind:name\"");
    } else if (other.size() > bytes_max) {
      members.refuse(fmt::format("{}.{}", list.path, i),
                     fmt::format("have at most {} bytes", bytes_max));
    } else {
      add(subject, list.direction, other, relations);
    }
  }
}

// The reference of a team that an owner is written as.
std::optional<EntityReference> as_team(std::string_view owner) {
  const auto reference = parse_entity_reference(owner);
  if (!reference || !equals_ignoring_case(reference->kind, "team")) return std::nullopt;
  return *reference;
}

}  // namespace

std::string team_reference(std::string_view owner) {
  const auto team = as_team(owner);
  return team ? canonical(*team) : fmt::format("team:default/{}", owner);
}

std::string team_handle(std::string_view owner) {
  const auto team = as_team(owner);
  const bool short_form = team && equals_ignoring_case(team->name_space, "default");
  return std::string(short_form ? team->name : owner);
}

bool is_relation_type(std::string_view type) {
  return std::ranges::any_of(all, [type](const Direction& direction) {
    return type == direction.there || type == direction.back;
  });
}

std::vector<Relation> read_relations(DefinitionMembers& members, const EntityDefinition& definition,
                                     json::Tree* metadata, json::Tree* spec) {
  std::vector<Relation> relations;
  const std::string_view subject = definition.reference;
  const std::string& owner = definition.attributes.owner;
  const TextRule name{.characters_max = members.limits().name_characters_max};
  if (!owner.empty()) add(subject, owned_by, team_reference(owner), relations);
  const auto others =
      members.objects(metadata, "metadata.additionalOwners", members.limits().references_max);
  for (std::size_t i = 0; i < others.size(); ++i) {
    const auto other =
        members.text(others[i], fmt::format("metadata.additionalOwners.{}.name", i), name);
    if (!other.empty()) add(subject, other_owned_by, team_reference(other), relations);
  }
  for (const auto& list : lists) read_list(members, subject, spec, list, relations);
  const auto key = [](const Relation& relation) {
    return std::tie(relation.from, relation.type, relation.to);
  };
  std::ranges::sort(relations, {}, key);
  const auto repeats = std::ranges::unique(relations);
  relations.erase(repeats.begin(), repeats.end());
  return relations;
}

}  // namespace scorekeeper::wire
