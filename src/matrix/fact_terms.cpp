#include "matrix/fact_terms.h"

#include <algorithm>
#include <string>

#include "domain/entity_fields.h"
#include "domain/text.h"

namespace scorekeeper::matrix {

void FactTerms::turn_to(std::span<const ChangedEntity> entities) {
  begin_page();
  for (const auto& [entity, facts] : entities) {
    const std::size_t index = index_of(entity) % page_entities;
    facts_[index] = facts;
    if (facts != nullptr) put(*facts, index);
  }
}

void FactTerms::put(const EntityFacts& facts, std::size_t index) {
  put_lowered(EntityField::kind, facts.kind, index);
  put_lowered(EntityField::name_space, facts.name_space, index);
  put_lowered(EntityField::name, facts.name, index);
  put_fact(EntityField::owner, facts.owner, index);
  put_fact(EntityField::has_definition, facts.has_definition ? "true" : "false", index);
  put_tags(facts, index);
}

void FactTerms::put_lowered(EntityField field, std::string_view value, std::size_t index) {
  if (!terms().asks(field)) return;
  std::string lowered(value);
  std::ranges::transform(lowered, lowered.begin(), to_lower);
  put_fact(field, lowered, index);
}

void FactTerms::put_tags(const EntityFacts& facts, std::size_t index) {
  for (const auto tag : facts.tags) put_fact(EntityField::tag, tag, index);
  const auto put_field = [&](EntityField field, std::span<const std::string_view> members) {
    if (!terms().asks(field)) return;
    bool none = true;
    for (const auto member : members) {
      if (member.empty()) continue;
      none = false;
      put_fact(field, member, index);
    }
    const auto key = name_of(field);
    for (const auto tag : facts.tags) {
      if (tag.size() <= key.size() || tag[key.size()] != ':' || !tag.starts_with(key)) continue;
      none = false;
      // `tier:""` asks for those without a tag of the key: one without a value is a tag.
      const auto value = tag.substr(key.size() + 1);
      if (!value.empty()) put_fact(field, value, index);
    }
    if (none) put_fact(field, {}, index);
  };
  put_field(EntityField::tier, {&facts.tier, 1});
  put_field(EntityField::lifecycle, {&facts.lifecycle, 1});
  put_field(EntityField::type, {&facts.type, 1});
  put_field(EntityField::language, facts.languages);
  put_field(EntityField::system, facts.systems);
}

bool FactTerms::try_term(TermId id, std::size_t index_in_page) {
  const EntityTerm& term = terms().term(id);
  const EntityFacts& facts = *facts_[index_in_page];
  spend(steps_of(term, facts.name));
  return holds(term, facts);
}

}  // namespace scorekeeper::matrix
