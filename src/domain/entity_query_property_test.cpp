// Any query of the grammar against an evaluator that knows what each piece of it means while it is
// put together, and never parses.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <functional>
#include <map>

#include "domain/entity_query.h"

namespace scorekeeper {
namespace {

using Meaning = std::function<bool(const EntityFacts&)>;

struct Piece {
  std::string text;
  Meaning meaning;
  std::string field;  // whose alternatives it joins; empty = none
};

// Evenly from 0, however small the case is meant to be.
int below(int bound) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, bound)); }

template <class T>
T one_of(std::initializer_list<T> choices) {
  return *rc::gen::elementOf(std::vector<T>(choices));
}

bool naive_pattern(std::u32string_view text, std::u32string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == U'*') {
    return naive_pattern(text, pattern.substr(1)) ||
           (!text.empty() && naive_pattern(text.substr(1), pattern));
  }
  return !text.empty() && (pattern[0] == U'?' || pattern[0] == text[0]) &&
         naive_pattern(text.substr(1), pattern.substr(1));
}

// The alphabets here have no letters beyond a, b, A, é.
std::u32string wide(std::string_view text) {
  std::u32string made;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool two = text.substr(at).starts_with("é");
    made += two ? U'é' : static_cast<char32_t>(text[at]);
    if (two) ++at;
  }
  return made;
}

std::string lowered(std::string text) {
  for (auto& c : text) c = c == 'A' ? 'a' : c;
  return text;
}

// A value as it is written, and the test of one fact.
struct ValueText {
  std::string text;
  std::function<bool(const std::string& fact)> fits;
};

ValueText value_of(const std::string& text) {
  if (text[0] != '"') {
    return {text, [text](const auto& fact) { return naive_pattern(wide(fact), wide(text)); }};
  }
  return {text,
          [bare = text.substr(1, text.size() - 2)](const auto& fact) { return fact == bare; }};
}

ValueText value() {
  if (below(12) == 0) return value_of("\"\"");
  const auto bare =
      one_of<std::string>({"a", "b", "A", "ab", "aé", "a*", "?", "*b", "a?*", "*", "-a", "a:b"});
  return value_of(below(3) == 0 ? '"' + bare + '"' : bare);
}

bool has_wildcard(const std::string& text) {
  return text[0] != '"' && text.find_first_of("*?") != std::string::npos;
}

using Member = std::string_view EntityFacts::*;

// The meaning of a field that is of the definition or of tags with that key.
Meaning meaning_of_both(const std::string& field, const ValueText& value) {
  return [field, value](const EntityFacts& facts) {
    const std::map<std::string, std::vector<std::string_view>> members = {
        {"tier", {facts.tier}},
        {"lifecycle", {facts.lifecycle}},
        {"type", {facts.type}},
        {"language", {facts.languages.begin(), facts.languages.end()}},
        {"system", {facts.systems.begin(), facts.systems.end()}}};
    std::vector<std::string> values;
    for (const auto member : members.at(field)) {
      if (!member.empty()) values.emplace_back(member);
    }
    for (const auto tag : facts.tags) {
      if (tag.starts_with(field + ":")) values.emplace_back(tag.substr(field.size() + 1));
    }
    if (value.text == "\"\"") return values.empty();
    return std::ranges::any_of(values, value.fits);
  };
}

// The meaning of one value of `field`.
Meaning meaning_of(const std::string& field, const ValueText& value) {
  static const std::map<std::string, Member> members = {{"name", &EntityFacts::name},
                                                        {"namespace", &EntityFacts::name_space},
                                                        {"owner", &EntityFacts::owner}};
  if (const auto member = members.find(field); member != members.end()) {
    const bool folded = field != "owner";
    const auto lowered_value = value_of(lowered(value.text));
    return [value, lowered_value, folded, of = member->second](const EntityFacts& facts) {
      const std::string fact(facts.*of);
      if (fact.empty() && has_wildcard(value.text)) return false;
      return folded ? lowered_value.fits(lowered(fact)) : value.fits(fact);
    };
  }
  if (field != "tag" && field.size() > 3) return meaning_of_both(field, value);
  const std::string prefix = field == "tag" ? "" : field + ":";
  return [value, prefix](const EntityFacts& facts) {
    return std::ranges::any_of(facts.tags, [&](std::string_view item) {
      return item.starts_with(prefix) && value.fits(std::string(item.substr(prefix.size())));
    });
  };
}

std::string space() { return one_of<std::string>({" ", "  ", "\t", " \n"}); }

Piece alternatives(int size, const std::string& group);

Piece bracketed(int size, const std::string& group) {
  auto inner = alternatives(size - 1, group);
  return {"(" + inner.text + ")", inner.meaning, ""};
}

Piece word() {
  const auto text = one_of<std::string>({"a", "B", "ab", "é", "a*b", "b?"});
  const auto pattern = wide("*" + lowered(text == "B" ? "b" : text) + "*");
  return {text,
          [pattern](const EntityFacts& facts) {
            return naive_pattern(wide(lowered(std::string(facts.name))), pattern);
          },
          ""};
}

Piece named_term(int size) {
  const auto field = one_of<std::string>({"name", "namespace", "owner", "tier", "lifecycle", "type",
                                          "language", "system", "tag", "a", "b.c"});
  const auto written = field == "owner" ? one_of<std::string>({"team", "Owner", "owner"}) : field;
  if (size > 0 && below(4) == 0) {
    auto group = bracketed(size, field);
    return {written + ":" + group.text, group.meaning, field};
  }
  const auto made = value();
  return {written + ":" + made.text, meaning_of(field, made), field};
}

Piece definition_term() {
  const bool wanted = below(2) == 0;
  const std::string text = wanted ? "true" : "\"false\"";
  return {"has_definition:" + text,
          [wanted](const EntityFacts& facts) { return facts.has_definition == wanted; },
          "has_definition"};
}

Piece kind_term() {
  const auto text = one_of<std::string>({"a", "A", "b", "a*"});
  return {"kind:" + text,
          [pattern = wide(lowered(text))](const EntityFacts& facts) {
            return naive_pattern(wide(facts.kind), pattern);
          },
          "kind"};
}

Piece operand(int size, const std::string& group) {
  const int choice = below(size > 0 ? 10 : 7);
  if (choice >= 8) {
    auto inner = operand(size - 1, group);
    const auto negation = choice == 8 ? std::string("-") : "NOT" + space();
    return {negation + inner.text,
            [inner](const EntityFacts& facts) { return !inner.meaning(facts); }, ""};
  }
  if (choice == 7) return bracketed(size, group);
  if (group.empty()) {
    if (choice == 0) return word();
    if (choice == 1) return definition_term();
    return choice == 2 ? kind_term() : named_term(size);
  }
  auto made = value();
  while (made.text[0] == '-') made = value();
  return {made.text, meaning_of(group, made), group};
}

Piece sequence(int size, const std::string& group) {
  std::string text;
  std::map<std::string, std::vector<Meaning>> by_field;
  std::vector<std::vector<Meaning>> conditions;
  for (int count = 1 + below(3); count > 0; --count) {
    auto next = operand(size, group);
    text += (text.empty() ? "" : space()) + next.text;
    if (next.field.empty()) {
      conditions.push_back({next.meaning});
    } else {
      by_field[next.field].push_back(next.meaning);
    }
  }
  for (auto& [field, meanings] : by_field) conditions.push_back(meanings);
  return {text,
          [conditions](const EntityFacts& facts) {
            return std::ranges::all_of(conditions, [&](const auto& any) {
              return std::ranges::any_of(any, [&](const auto& one) { return one(facts); });
            });
          },
          ""};
}

Piece conditions(int size, const std::string& group) {
  auto made = sequence(size, group);
  for (int count = below(2); count > 0; --count) {
    auto next = sequence(size, group);
    made = {made.text + space() + "AND" + space() + next.text,
            [made, next](const EntityFacts& facts) {
              return made.meaning(facts) && next.meaning(facts);
            },
            ""};
  }
  return made;
}

Piece alternatives(int size, const std::string& group) {
  auto made = conditions(size, group);
  for (int count = below(2); count > 0; --count) {
    auto next = conditions(size, group);
    made = {made.text + space() + "OR" + space() + next.text,
            [made, next](const EntityFacts& facts) {
              return made.meaning(facts) || next.meaning(facts);
            },
            ""};
  }
  return made;
}

// An entity of the same alphabet, with the texts that its facts are views of.
struct Entity {
  std::vector<std::string> values;
  std::vector<std::string_view> languages;
  std::vector<std::string_view> systems;
  std::vector<std::string_view> tags;
  bool has_definition = false;

  EntityFacts facts() const {
    return {.kind = values[0] == "b" ? "b" : "a",
            .name_space = values[1],
            .name = values[2],
            .owner = values[3],
            .tier = values[4],
            .lifecycle = values[5],
            .type = values[6],
            .languages = languages,
            .systems = systems,
            .tags = tags,
            .has_definition = has_definition};
  }
};

Entity entity() {
  Entity made;
  for (int i = 0; i < 7; ++i) {
    made.values.push_back(one_of<std::string>({"", "a", "b", "ab", "aé", "A", "ba", "a:b"}));
  }
  for (int i = below(3); i > 0; --i) made.languages.push_back(one_of({"a", "b", "aé"}));
  for (int i = below(3); i > 0; --i) made.systems.push_back(one_of({"a", "b", "aé"}));
  for (int i = below(5); i > 0; --i) {
    made.tags.push_back(
        one_of({"a", "b", "a:b", "a:aé", "b.c:a", "b.c:ab", "b.c:", "ab", "tier:a", "tier:ab",
                "type:", "language:b", "lifecycle:A", "system:aé", "tier"}));
  }
  made.has_definition = below(2) == 0;
  return made;
}

TEST(EntityQuery, MeansWhatANaiveEvaluatorSays) {
  EXPECT_TRUE(rc::check([] {
    const auto made = alternatives(3, "");
    const auto query = EntityQuery::parse(made.text, "q");
    RC_LOG() << made.text;
    if (!query) RC_FAIL(query.error().detail);
    const auto again = EntityQuery::parse(write(*query), "q");
    RC_LOG() << "\n" << write(*query);
    if (!again) RC_FAIL(again.error().detail);
    RC_ASSERT(*again == *query);
    RC_ASSERT(write(*again) == write(*query));
    for (int i = 0; i < 20; ++i) {
      const auto of = entity();
      RC_ASSERT(query->matches(of.facts()) == made.meaning(of.facts()));
      RC_ASSERT(again->matches(of.facts()) == made.meaning(of.facts()));
    }
  }));
}

}  // namespace
}  // namespace scorekeeper
