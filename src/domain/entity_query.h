// The query language of `scope_query`, `entity_scope` and list filters
// (docs/formats/scope-query.md): it selects entities. A parsed query is immutable; any number of
// threads may evaluate it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"

namespace scorekeeper {

// The facts of an entity that a query looks at: views, good as long as the entity they come from.
struct EntityFacts {
  std::string_view kind, name_space, name, owner, tier, lifecycle, type;  // empty = none
  std::span<const std::string_view> languages;
  std::span<const std::string_view> systems;  // names
  std::span<const std::string_view> tags;     // "key:value" or a bare word
  bool has_definition = false;                // false: seen only in outcomes
};

// A new field needs a line in: entity_query.cpp (holds), entity_fields.cpp (name),
// matrix/column_terms.cpp, matrix/fact_terms.cpp, docs/formats/scope-query.md.
enum class EntityField : std::uint8_t {
  kind,  // this and the next two are compared lower-cased
  name_space,
  name,
  owner,
  // These five are of the definition or of a tag `key:value` whose key is the field's name.
  tier,
  lifecycle,
  type,
  language,
  system,
  tag,  // the whole "key:value"
  has_definition,
  word,  // no field: a part of the name, ASCII case ignored
};

// A part of the entity reference.
constexpr bool is_of_reference(EntityField field) { return field <= EntityField::name; }
// One of the five fields that are of the definition or of a tag with that key.
constexpr bool is_tag_too(EntityField field) {
  return field >= EntityField::tier && field <= EntityField::system;
}

struct EntityTerm {
  EntityField field = EntityField::word;
  bool pattern = false;  // * and ? in the value are wildcards (pattern.h)
  std::string value;     // of parts of the reference and word: lower-cased

  bool operator==(const EntityTerm&) const = default;
};

// A step of a compiled query: a term, and the step to go to when it holds and when it does not.
// Steps lead forward only, so that a query looks at each term at most once.
struct EntityQueryStep {
  EntityTerm term;
  std::uint16_t if_true = 0;
  std::uint16_t if_false = 0;
};

class EntityQuery {
 public:
  // The targets of a step at which the query is answered.
  static constexpr std::uint16_t matched = 0xffff;
  static constexpr std::uint16_t refused = 0xfffe;  // steps are below: stored_query_terms_max

  EntityQuery() = default;  // matches every entity

  // Error: invalid, detail `attribute "scope_query" has an error at column 12: expected …`, without
  // pointer; `attribute` is the name in it, columns count code points from 1. Empty text and spaces
  // alone match every entity. The length of the text is the caller's to bound; so are the terms
  // of a text that comes from outside (Limits::query_terms_max).
  static Result<EntityQuery> parse(std::string_view text, std::string_view attribute,
                                   std::size_t terms_max = stored_query_terms_max);

  bool matches(const EntityFacts& facts) const;
  // Whether it matches without looking at an entity.
  bool matches_all() const { return steps_.empty(); }
  // The program, for callers that evaluate it for many entities at once; begins with the first
  // step.
  std::span<const EntityQueryStep> steps() const { return steps_; }
  // true: the same canonical text. Equivalent queries of another structure are not equal.
  bool operator==(const EntityQuery& other) const { return text_ == other.text_; }

 private:
  friend std::string write(const EntityQuery& query);

  std::vector<EntityQueryStep> steps_;
  std::string text_;  // canonical
};

bool holds(const EntityTerm& term, const EntityFacts& facts);
// Whether a term holds for one value of its field; not for has_definition. For the five fields that
// tags have, too, the value stands as a tag: "tier:1".
bool holds(const EntityTerm& term, std::string_view fact);
// Whether the term asks for entities without a value: `owner:""`, `tier:""`.
inline bool asks_for_none(const EntityTerm& term) {
  return term.value.empty() && !term.pattern && term.field != EntityField::word;
}
// The canonical text: parses to an equal query.
std::string write(const EntityQuery& query);

}  // namespace scorekeeper
