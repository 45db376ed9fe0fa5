// Any history of entities, definitions and rules: who is in a scope is what the query says of each
// entity by itself.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "matrix/entities.h"
#include "matrix/matrix.h"
#include "matrix/scopes.h"
#include "matrix/term_set.h"

namespace scorekeeper::matrix {
namespace {

using Texts = std::vector<std::string>;

class ScopeHistory {
 public:
  explicit ScopeHistory(unsigned seed) : random_(seed), matrix_(OrgId{1}) {
    const Scorecard scorecard{.number = ScorecardNumber{1},
                              .id = "card",
                              .name = "Card",
                              .description = {},
                              .created_at = {},
                              .modified_at = {}};
    matrix_.publish({.scorecards = std::vector{scorecard}});
  }

  void step() {
    const auto what = below(10);
    if (what < 5) {
      change_entities();
    } else if (what < 8) {
      const auto rules = changed_rules();
      prepare(rules);
      matrix_.publish({.rules = rules});
    } else {
      const auto rules = changed_rules();
      prepare(rules);
      const EntityChanges entities = changed_entities();
      matrix_.publish(
          {.rules = rules, .additions = entities.additions, .updates = entities.updates});
    }
  }

  // So many that new scopes are worth a draft.
  void add_many() {
    std::vector<EntityAddition> additions;
    std::vector<std::string> references;
    for (std::uint32_t i = 0; i <= draft_entities_min; ++i) {
      references.push_back(fmt::format("service:default/many{}", i));
    }
    for (std::uint32_t i = 0; i < references.size(); ++i) {
      const EntityNumber number{10'000 + i};
      additions.push_back({number, references[i]});
      entities_[number] = {.reference = references[i], .live = true, .attributes = {}};
    }
    matrix_.publish({.additions = additions});
  }

  // Outcomes are listed where the entity is in the rule's scope.
  void check() {
    std::vector<CellChange> cells;
    std::set<std::pair<RuleNumber, EntityNumber>> wanted;
    for (const auto& [rule, text] : rules_) {
      const auto query = EntityQuery::parse(text, "scope");
      for (const auto& [number, entity] : entities_) {
        if (!entity.live) continue;
        cells.push_back({rule, number, Cell{.state = State::pass, .row = RowId{++row_}}});
        const FactsOf facts(entity.reference, entity.attributes ? &*entity.attributes : nullptr);
        if (query && query->matches(facts.facts())) wanted.emplace(rule, number);
      }
    }
    matrix_.publish({.changes = cells, .position = RowId{row_}});
    std::set<std::pair<RuleNumber, EntityNumber>> found;
    for (const auto& outcome :
         matrix_.list_outcomes({}, {.offset = 0, .size = 10'000'000}).outcomes) {
      found.emplace(outcome.rule, outcome.entity);
    }
    for (const auto& [rule, entity] : wanted) {
      ASSERT_TRUE(found.contains({rule, entity}))
          << rules_[rule] << " " << entities_[entity].reference;
    }
    for (const auto& [rule, entity] : found) {
      ASSERT_TRUE(wanted.contains({rule, entity}))
          << rules_[rule] << " " << entities_[entity].reference;
    }
    check_size();
  }

 private:
  struct Entity {
    std::string reference;
    bool live = true;
    std::optional<EntityAttributes> attributes;
  };

  std::uint32_t below(std::uint32_t bound) {
    return std::uniform_int_distribution<std::uint32_t>(0, bound - 1)(random_);
  }
  std::string any_of(const Texts& texts) {
    return texts[below(static_cast<std::uint32_t>(texts.size()))];
  }
  Texts some_of(const Texts& texts) {
    Texts chosen;
    for (const auto& text : texts) {
      if (below(4) == 0) chosen.push_back(text);
    }
    return chosen;
  }

  std::string any_term() {
    const auto field = any_of({"kind", "namespace", "name", "owner", "tier", "lifecycle", "type",
                               "language", "system", "tag", "env", "team", "word"});
    if (field == "word") return any_of({"n1", "N2", "n*3", "\"1\"", "n?"});
    if (below(8) == 0) return any_of({"has_definition:true", "has_definition:false"});
    const auto value =
        any_of({"service", "Queue", "default", "eu", "a", "b", "a*", "?", "*", "\"\"", "1", "N1*",
                "n12", "env:a", "tier:1", "tier:*", "unheard-of"});
    return field + ":" + value;
  }
  std::string any_scope() {
    if (below(20) == 0) return any_of({"", "((", "*"});
    std::string text;
    for (auto left = 1 + below(6); left > 0; --left) {
      if (!text.empty()) text += any_of({" ", " AND ", " OR "});
      if (below(5) == 0) text += "NOT ";
      text +=
          below(4) == 0 ? "(" + any_term() + any_of({" OR ", " "}) + any_term() + ")" : any_term();
    }
    return text;
  }
  EntityAttributes any_attributes() {
    EntityAttributes attributes;
    attributes.owner = any_of({"", "a", "b"});
    attributes.tier = any_of({"", "1", "2"});
    attributes.lifecycle = any_of({"", "a"});
    attributes.type = any_of({"", "b", fmt::format("t{}", below(1'000))});
    attributes.languages = some_of({"a", "b", "go"});
    attributes.systems = some_of({"a", "shop"});
    attributes.tags = some_of({"env:a", "env:b", "a", "tier:1", "tier:", "type:a", "language:b",
                               "system:a", "lifecycle:1", fmt::format("id:{}", below(100'000))});
    return attributes;
  }

  struct EntityChanges {
    std::vector<EntityAddition> additions;
    std::vector<EntityUpdate> updates;
  };
  void change_entities() {
    const EntityChanges changes = changed_entities();
    matrix_.publish({.additions = changes.additions, .updates = changes.updates});
  }
  // New ones, changed ones, removed ones and such that come back.
  EntityChanges changed_entities() {
    EntityChanges changes;
    std::map<EntityNumber, Entity> changed;
    for (auto left = 1 + below(60); left > 0; --left) {
      const EntityNumber number{1 + below(below(3) == 0 ? 9'000 : 100)};
      auto [place, is_new] = entities_.try_emplace(number);
      auto& entity = place->second;
      if (changed.contains(number)) continue;
      if (is_new) {
        entity.reference = fmt::format("{}:{}/n{}", any_of({"service", "queue"}),
                                       any_of({"default", "eu"}), number.number);
      }
      const bool was_live = entity.live && !is_new;
      if (!was_live) {
        changes.additions.push_back({number, entity.reference});
        entity.live = true;
        entity.attributes.reset();
      }
      if (was_live || below(2) == 0) {
        EntityUpdate update{.number = number, .attributes = {}, .removed = below(6) == 0};
        if (!update.removed && below(4) > 0) update.attributes = any_attributes();
        entity.live = !update.removed;
        entity.attributes = update.attributes;
        changes.updates.push_back(update);
      }
      changed[number] = entity;
    }
    return changes;
  }

  std::vector<Rule> changed_rules() {
    std::vector<Rule> rules;
    for (auto left = 1 + below(4); left > 0; --left) {
      Rule rule;
      rule.number = RuleNumber{1 + below(20)};
      if (removed_.contains(rule.number)) continue;
      rule.id = fmt::format("rule{}", rule.number.number);
      rule.scorecard = ScorecardNumber{1};
      rule.scope_query = any_scope();
      if (below(12) == 0 && rules_.contains(rule.number)) {
        rule.removed_at_position = RowId{1};
        removed_.insert(rule.number);
        rules_.erase(rule.number);
      } else {
        rules_[rule.number] = rule.scope_query;
      }
      rules.push_back(rule);
      if (below(3) == 0) draft(rule.scope_query);
    }
    return rules;
  }
  // Some scopes were evaluated before, and for entities that have changed since.
  void draft(const std::string& text) {
    auto query = EntityQuery::parse(text, "scope");
    if (!query) return;
    WorkBudget unbounded;
    ASSERT_TRUE(matrix_.draft_scope(*query, unbounded));
    if (below(2) == 0) change_entities();
  }

  // In pieces, between which entities change; or not to the end.
  void prepare(const std::vector<Rule>& rules) {
    const std::uint64_t steps = 1 + below(100'000);
    for (auto pieces = below(20); pieces > 0; --pieces) {
      if (matrix_.prepare_scopes(rules, steps) && below(3) > 0) return;
      if (below(2) == 0) change_entities();
    }
  }

  void check_size() const {
    std::map<std::string, EntityQuery> distinct;
    for (const auto& [rule, text] : rules_) {
      const auto query = EntityQuery::parse(text, "scope");
      if (query) distinct[write(*query)] = *query;
    }
    std::size_t terms = 0;
    std::set<std::pair<EntityField, std::string>> tried;
    std::size_t wildcards = 0;
    for (const auto& [text, query] : distinct) {
      terms += query.steps().size();
      for (const auto& step : query.steps()) {
        const bool fresh =
            tried.emplace(step.term.field, (step.term.pattern ? "*" : "=") + step.term.value)
                .second;
        if (fresh) wildcards += trial_weight(step.term);
      }
    }
    const auto size = matrix_.scope_size_with(RuleNumber{}, EntityQuery());
    ASSERT_EQ(size.terms, terms);
    ASSERT_EQ(size.wildcards, wildcards);
  }

  std::mt19937 random_;
  OrgMatrix matrix_;
  std::uint64_t row_ = 0;
  std::map<EntityNumber, Entity> entities_;
  std::map<RuleNumber, std::string> rules_;
  std::set<RuleNumber> removed_;
};

TEST(Scopes, HaveWhomTheirQueriesMeanAfterAnyHistory) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    ScopeHistory history(seed);
    for (int step = 0; step < 40; ++step) {
      SCOPED_TRACE(step);
      history.step();
      if (step % 3 == 0) {
        ASSERT_NO_FATAL_FAILURE(history.check());
      }
    }
  }
}

TEST(Scopes, HaveWhomTheirQueriesMeanWhenTheyWereDraftedBefore) {
  for (unsigned seed = 51; seed <= 52; ++seed) {
    SCOPED_TRACE(seed);
    ScopeHistory history(seed);
    history.add_many();
    for (int step = 0; step < 30; ++step) {
      SCOPED_TRACE(step);
      history.step();
      if (step % 10 == 9) {
        ASSERT_NO_FATAL_FAILURE(history.check());
      }
    }
  }
}

Rule scoped(std::uint32_t number, std::string scope) {
  Rule rule;
  rule.number = RuleNumber{number};
  rule.id = fmt::format("rule{}", number);
  rule.scorecard = ScorecardNumber{1};
  rule.scope_query = std::move(scope);
  return rule;
}

// As many terms that look at the whole of a name as scope_wildcards_max allows.
std::string expensive_scope() {
  std::string text = "name:(";
  for (int i = 0; i < 20; ++i) text += fmt::format("{}*aaab{:02}*", i > 0 ? " OR " : "", i);
  return text + ")";
}

// Long names make an entity expensive: no piece may be much longer than it is asked to be.
TEST(Scopes, ArePreparedInShortPieces) {
  OrgMatrix matrix(OrgId{1});
  std::vector<EntityAddition> additions;
  std::deque<std::string> references;
  for (std::uint32_t i = 1; i <= 2 * page_entities; ++i) {
    references.push_back(fmt::format("service:default/{:a<900}{}", "", i));
    additions.push_back({EntityNumber{i}, references.back()});
  }
  matrix.publish({.additions = additions});
  const std::vector rules{scoped(1, expensive_scope())};
  std::size_t pieces = 1;
  std::uint64_t before = 0;
  for (; !matrix.prepare_scopes(rules); ++pieces) {
    EXPECT_LE(matrix.scope_steps() - before, 3 * scope_piece_steps);
    before = matrix.scope_steps();
  }
  EXPECT_GE(pieces, 100U);
  before = matrix.scope_steps();
  EXPECT_GE(before, std::uint64_t{2} * page_entities * 20 * 900);
  // Nobody is asked again: not when others change, nor when the rule is published.
  const std::string added = fmt::format("service:default/{:a<900}b07", "");
  matrix.publish({.additions = std::vector<EntityAddition>{{EntityNumber{5'000'000}, added}},
                  .updates = std::vector<EntityUpdate>{
                      {.number = EntityNumber{7}, .attributes = EntityAttributes{}}}});
  EXPECT_TRUE(matrix.prepare_scopes(rules, 100'000));
  EXPECT_LE(matrix.scope_steps() - before, 100'000U);
  before = matrix.scope_steps();
  matrix.publish({.rules = rules});
  EXPECT_EQ(matrix.scope_steps(), before);
}

TEST(Scopes, SayHowManyTermsTheyHaveTogether) {
  OrgMatrix matrix(OrgId{1});
  const auto with = [&](std::uint32_t rule, std::string_view text) {
    const auto size = matrix.scope_size_with(RuleNumber{rule}, *EntityQuery::parse(text, "q"));
    return std::pair(size.terms, size.wildcards);
  };
  using Size = std::pair<std::size_t, std::size_t>;
  EXPECT_EQ(with(0, ""), Size(0, 0));
  EXPECT_EQ(with(0, "tier:1 a b*"), Size(3, 20));
  matrix.publish({.rules = std::vector{scoped(1, "tier:1 a b*"), scoped(2, "tier:1 AND a AND b*"),
                                       scoped(3, "a OR c")}});
  // The first two have one scope; `a` counts once among the words.
  EXPECT_EQ(with(0, "tier:1 a b*"), Size(5, 30));
  EXPECT_EQ(with(0, "tier:2 a d"), Size(8, 40));
  EXPECT_EQ(with(1, "tier:2"), Size(6, 30));  // rule 2 keeps the scope
  EXPECT_EQ(with(3, "tier:2"), Size(4, 20));  // nobody keeps `a OR c`
  EXPECT_EQ(with(3, "c d"), Size(5, 40));
  EXPECT_EQ(with(3, "c OR a"), Size(5, 30));
  EXPECT_EQ(with(3, "a OR c"), Size(5, 30));  // its own
}

TEST(Scopes, CountTermsByWhatItTakesToTryThem) {
  const auto weight_of = [](const std::string& text) {
    return trial_weight(EntityQuery::parse(text, "q")->steps().front().term);
  };
  EXPECT_EQ(weight_of("tier:1"), 0U);
  for (const auto* text : {"name:a*", "owner:*a", "tag:a*b", "kind:a?"}) {
    EXPECT_EQ(weight_of(text), 1U) << text;
  }
  EXPECT_EQ(weight_of("name:" + std::string(128, 'a') + "*"), 3U);
  for (const auto* text : {"a", "a*", "name:*a*", "tag:a*b*c?", "*a*"}) {
    EXPECT_EQ(weight_of(text), 10U) << text;
  }
  EXPECT_EQ(weight_of("name:*a?b*"), 20U);
  EXPECT_EQ(weight_of("name:*" + std::string(70, '?') + "*"), 30U);
}

std::unique_ptr<ScopeDraft> draft_of(const std::string& text) {
  return std::make_unique<ScopeDraft>(*EntityQuery::parse(text, "q"));
}

TEST(DraftShelf, KeepsTheLatest) {
  DraftShelf shelf;
  const auto name_of = [](std::size_t i) {
    return std::string(1, static_cast<char>('z' - i));  // the latest is the first by its text
  };
  for (std::size_t i = 0; i <= DraftShelf::drafts_max; ++i) shelf.put(draft_of(name_of(i)));
  EXPECT_EQ(shelf.take(name_of(0)), nullptr);
  for (std::size_t i = 1; i <= DraftShelf::drafts_max; ++i) {
    EXPECT_NE(shelf.take(name_of(i)), nullptr) << i;
    EXPECT_EQ(shelf.take(name_of(i)), nullptr) << i;
  }
}

TEST(DraftShelf, DropsTheDraftOfARefusedRule) {
  DraftShelf shelf;
  shelf.put(draft_of("a"));
  shelf.put(draft_of("b"));
  shelf.drop("a");
  EXPECT_EQ(shelf.take("a"), nullptr);
  EXPECT_NE(shelf.take("b"), nullptr);
}

// Ten keys that are as good as known, of which some are compared, and one that is too long for it.
TEST(UnknownFields, AreSuggestedAFewTimes) {
  OrgMatrix matrix(OrgId{1});
  EntityAttributes attributes;
  attributes.tags = {"environment:prod", std::string(40, 'k') + ":1"};
  matrix.publish({.additions = std::vector<EntityAddition>{{EntityNumber{1}, "service:default/a"}},
                  .updates = std::vector<EntityUpdate>{
                      {.number = EntityNumber{1}, .attributes = attributes}}});
  std::string text = std::string(39, 'k') + ":1";
  for (int i = 0; i < 10; ++i) text += fmt::format(" environment{}:x", i);
  const auto query = *EntityQuery::parse(text, "q");
  const auto suggested = [](const std::vector<std::string>& sentences) {
    return std::ranges::count_if(
        sentences, [](const std::string& one) { return one.contains("did you mean"); });
  };
  const auto of_query = matrix.list_unknown_fields(query, "scope_query");
  EXPECT_EQ(of_query.size(), 11U);
  EXPECT_EQ(suggested(of_query), 4);
  matrix.publish({.rules = std::vector{scoped(1, text)}});
  RuleView view;
  view.rule = scoped(1, text);
  const auto of_rules = matrix.list_unknown_fields(std::vector{view});
  EXPECT_EQ(of_rules.size(), 11U);
  EXPECT_EQ(suggested(of_rules), 0);
}

// Keys are compared in their order: the last one that is compared is suggested, the next one is
// not.
TEST(UnknownFields, AreComparedWithSoManyKeys) {
  const auto sentences_beside = [](std::size_t others) {
    OrgMatrix matrix(OrgId{1});
    EntityAttributes attributes;
    for (std::size_t n = 0; n < others; ++n) attributes.tags.push_back(fmt::format("a{:03}:x", n));
    attributes.tags.emplace_back("zebra:x");
    matrix.publish(
        {.additions = std::vector<EntityAddition>{{EntityNumber{1}, "service:default/a"}},
         .updates =
             std::vector<EntityUpdate>{{.number = EntityNumber{1}, .attributes = attributes}}});
    return matrix.list_unknown_fields(*EntityQuery::parse("zebr:x", "q"), "scope_query").front();
  };
  EXPECT_TRUE(sentences_beside(suggested_keys_max - 1).contains("did you mean"));
  EXPECT_FALSE(sentences_beside(suggested_keys_max).contains("did you mean"));
}

}  // namespace
}  // namespace scorekeeper::matrix
