// A query is compiled into steps with two ways out of each, so that AND, OR and NOT cost nothing
// when it is asked: they are only the order in which terms are looked at.
#include "domain/entity_query.h"

#include <algorithm>
#include <optional>
#include <ranges>

#include "domain/entity_fields.h"
#include "domain/entity_query_expression.h"
#include "domain/entity_query_parser.h"
#include "domain/pattern.h"
#include "domain/text.h"

namespace scorekeeper {
namespace {

constexpr std::uint16_t matched = EntityQuery::matched;
constexpr std::uint16_t refused = EntityQuery::refused;

struct WaysOut {
  std::uint16_t if_true = matched;
  std::uint16_t if_false = refused;
};

// Adds the steps of `expression` in reverse, because a step must know those it leads to; returns
// the one to begin with. Targets count from the end, until compile() turns the steps round.
std::uint16_t add_steps(const Expression& expression, WaysOut out,
                        std::vector<EntityQueryStep>& reversed) {
  if (expression.negated) std::swap(out.if_true, out.if_false);
  if (expression.form == Expression::Form::term) {
    reversed.push_back({.term = expression.term, .if_true = out.if_true, .if_false = out.if_false});
    auto& term = reversed.back().term;
    if (term.field == EntityField::word && term.pattern) term.value = '*' + term.value + '*';
    return static_cast<std::uint16_t>(reversed.size() - 1);
  }
  const bool all = expression.form == Expression::Form::all;
  std::uint16_t begin = all ? out.if_true : out.if_false;
  for (const auto& part : expression.parts | std::views::reverse) {
    begin = all ? add_steps(part, {.if_true = begin, .if_false = out.if_false}, reversed)
                : add_steps(part, {.if_true = out.if_true, .if_false = begin}, reversed);
  }
  return begin;
}

std::vector<EntityQueryStep> compile(const Expression& expression) {
  std::vector<EntityQueryStep> steps;
  add_steps(expression, {}, steps);
  std::ranges::reverse(steps);
  const auto turn = [&](std::uint16_t& target) {
    if (target < refused) target = static_cast<std::uint16_t>(steps.size() - 1 - target);
  };
  for (auto& step : steps) {
    turn(step.if_true);
    turn(step.if_false);
  }
  return steps;
}

// A field without a value has only "": `owner:*` are the entities that have an owner.
bool is_value(std::string_view fact, const EntityTerm& term, Letters letters = Letters::exact) {
  if (term.pattern) return !fact.empty() && matches_pattern(fact, term.value, letters);
  if (fact == term.value) return true;
  return letters == Letters::lowered && std::ranges::equal(fact, term.value, {}, to_lower);
}

bool is_one_of(std::span<const std::string_view> facts, const EntityTerm& term) {
  return std::ranges::any_of(facts, [&](std::string_view fact) { return is_value(fact, term); });
}

// The value of a tag `key:value`; nullopt = it has another key or none.
std::optional<std::string_view> value_of(std::string_view tag, std::string_view key) {
  if (tag.size() <= key.size() || tag[key.size()] != ':' || !tag.starts_with(key)) return {};
  return tag.substr(key.size() + 1);
}

// Whether the term holds for a field that the definition may have as members, or as tags with its
// name as the key.
bool is_one_of(std::span<const std::string_view> members, std::span<const std::string_view> tags,
               const EntityTerm& term) {
  const auto key = name_of(term.field);
  if (asks_for_none(term)) {
    return std::ranges::all_of(members, &std::string_view::empty) &&
           std::ranges::none_of(tags, [&](auto tag) { return value_of(tag, key).has_value(); });
  }
  return is_one_of(members, term) || std::ranges::any_of(tags, [&](std::string_view tag) {
           const auto value = value_of(tag, key);
           return value && (term.pattern ? matches_pattern(*value, term.value, Letters::exact)
                                         : *value == term.value);
         });
}

bool has_word(std::string_view name, const EntityTerm& term) {
  return term.pattern ? matches_pattern(name, term.value, Letters::lowered)
                      : has_part(name, term.value);
}

}  // namespace

bool holds(const EntityTerm& term, const EntityFacts& facts) {
  switch (term.field) {
    case EntityField::kind:
      return is_value(facts.kind, term, Letters::lowered);
    case EntityField::name_space:
      return is_value(facts.name_space, term, Letters::lowered);
    case EntityField::name:
      return is_value(facts.name, term, Letters::lowered);
    case EntityField::owner:
      return is_value(facts.owner, term);
    case EntityField::tier:
      return is_one_of({&facts.tier, 1}, facts.tags, term);
    case EntityField::lifecycle:
      return is_one_of({&facts.lifecycle, 1}, facts.tags, term);
    case EntityField::type:
      return is_one_of({&facts.type, 1}, facts.tags, term);
    case EntityField::language:
      return is_one_of(facts.languages, facts.tags, term);
    case EntityField::system:
      return is_one_of(facts.systems, facts.tags, term);
    case EntityField::tag:
      return is_one_of(facts.tags, term);
    case EntityField::has_definition:
      return facts.has_definition == (term.value == "true");
    case EntityField::word:
      return has_word(facts.name, term);
  }
  return false;
}

bool holds(const EntityTerm& term, std::string_view fact) {
  if (term.field == EntityField::word) return has_word(fact, term);
  if (is_tag_too(term.field)) return is_one_of({}, {&fact, 1}, term);
  return is_value(fact, term, is_of_reference(term.field) ? Letters::lowered : Letters::exact);
}

Result<EntityQuery> EntityQuery::parse(std::string_view text, std::string_view attribute,
                                       std::size_t terms_max) {
  const auto expression = TRY(parse_expression(text, attribute, terms_max));
  EntityQuery query;
  query.text_ = scorekeeper::write(expression);
  if (query.text_ != "*") query.steps_ = compile(expression);
  return query;
}

bool EntityQuery::matches(const EntityFacts& facts) const {
  if (steps_.empty()) return true;
  std::uint16_t next = 0;
  do {
    const auto& step = steps_[next];
    next = holds(step.term, facts) ? step.if_true : step.if_false;
  } while (next < refused);
  return next == matched;
}

std::string write(const EntityQuery& query) { return query.text_; }

}  // namespace scorekeeper
