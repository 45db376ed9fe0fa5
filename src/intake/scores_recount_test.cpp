// After any sequence of batches, rules, scopes, disablings, definitions, deletions and restarts
// each score equals a recount of what stands in the store: read with SQL through tables and the
// view `outcome`, judged by predicates in plain C++ that know nothing of queries, bits or the
// matrix.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/test_directory.h"
#include "domain/score.h"
#include "intake/intake_fixture.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/store.h"

namespace scorekeeper::intake {
namespace {

// --- what the store says

struct StoredEntity {
  std::uint32_t number = 0;
  std::string kind, name_space, name;
  bool defined = false;
  std::string owner, tier, tags;  // tags: as stored, each between two U+001F

  std::string reference() const { return kind + ":" + name_space + "/" + name; }
};

struct StoredRule {
  std::string id, scorecard, scope;
  std::uint32_t scorecard_number = 0;
  bool enabled = false;
  int level = 0;
};

struct Stored {
  std::vector<StoredEntity> entities;  // live ones, by number
  std::vector<StoredRule> rules;       // those not deleted, by number
  std::map<std::pair<std::string, std::string>, std::string> states;  // by rule id and reference
};

using ReadRow = std::function<void(const store::sqlite::Statement&)>;

void read_rows(store::sqlite::SqliteConnection& connection, std::string_view sql,
               const ReadRow& read) {
  auto query = connection.prepare(sql);
  ASSERT_TRUE(query) << query.error().detail;
  auto row = query->step();
  for (; row && *row; row = query->step()) read(*query);
  ASSERT_TRUE(row) << row.error().detail;
}

Stored read_store(const std::string& path) {
  auto connection = store::sqlite::SqliteConnection::open({.path = path, .vfs = {}});
  EXPECT_TRUE(connection);
  Stored stored;
  const auto text = [](const auto& row, int column) { return std::string(row.text(column)); };
  read_rows(
      *connection,
      "SELECT e.number, e.kind, e.namespace, e.name, d.number IS NOT NULL,"
      " coalesce(d.owner, ''), coalesce(d.tier, ''), coalesce(d.tags, '')"
      " FROM entity AS e LEFT JOIN entity_definition AS d USING (org, number)"
      " WHERE e.org = 1 AND e.live = 1 ORDER BY e.number",
      [&](const auto& row) {
        stored.entities.push_back({row.u32(0), text(row, 1), text(row, 2), text(row, 3),
                                   row.integer(4) == 1, text(row, 5), text(row, 6), text(row, 7)});
      });
  read_rows(*connection,
            "SELECT r.id, s.id, r.scope_query, s.number, r.enabled, r.level"
            " FROM rule AS r JOIN scorecard AS s ON s.org = r.org AND s.number = r.scorecard"
            " WHERE r.org = 1 AND r.removed = 0 ORDER BY r.number",
            [&](const auto& row) {
              stored.rules.push_back({text(row, 0), text(row, 1), text(row, 2), row.u32(3),
                                      row.integer(4) == 1, static_cast<int>(row.integer(5))});
            });
  read_rows(*connection, "SELECT rule_id, entity, state FROM outcome",
            [&](const auto& row) { stored.states[{text(row, 0), text(row, 1)}] = text(row, 2); });
  return stored;
}

// --- the scopes of these tests, and whom they mean

struct Scope {
  std::string_view text;
  bool (*means)(const StoredEntity&);
};

bool has_tag(const StoredEntity& entity, std::string_view tag) {
  return entity.tags.find(fmt::format("\x1f{}\x1f", tag)) != std::string::npos;
}

constexpr Scope scopes[] = {
    {"", [](const auto&) { return true; }},
    {"kind:service", [](const auto& e) { return e.kind == "service"; }},
    {"kind:api OR tier:gold", [](const auto& e) { return e.kind == "api" || e.tier == "gold"; }},
    {"-kind:service team:red",
     [](const auto& e) { return e.kind != "service" && e.owner == "red"; }},
    {"owner:*", [](const auto& e) { return !e.owner.empty(); }},
    {"env:prod NOT tier:(gold OR tin)",
     [](const auto& e) { return has_tag(e, "env:prod") && e.tier != "gold" && e.tier != "tin"; }},
    {"has_definition:false", [](const auto& e) { return !e.defined; }},
    {"namespace:eu name:e1*",
     [](const auto& e) { return e.name_space == "eu" && e.name.starts_with("e1"); }},
    {"7", [](const auto& e) { return e.name.find('7') != std::string::npos; }},
    {"owner:nobody", [](const auto&) { return false; }},
};

bool means(std::string_view scope, const StoredEntity& entity) {
  return std::ranges::find(scopes, scope, &Scope::text)->means(entity);
}

// --- the recount

struct Question {
  std::vector<std::string> rule_ids;  // empty = all
  std::vector<int> levels;            // empty = all
  bool enabled = true;
  const Scope* entities = nullptr;
};

template <class Value>
bool asked(const std::vector<Value>& values, const Value& value) {
  return values.empty() || std::ranges::find(values, value) != values.end();
}

// One row in a form that can be compared and printed.
struct Row {
  std::string id;
  ScoreCounts counts;
  std::uint64_t entities = 0;
  int level = -1;  // none
  int highest_level = -1;
  std::string mean;  // rounded

  bool operator==(const Row&) const = default;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << fmt::format("{} pass {} fail {} skip {} none {} of {} level {} of {} mean {}", row.id,
                      row.counts.pass, row.counts.fail, row.counts.skip, row.counts.no_data,
                      row.entities, row.level, row.highest_level, row.mean);
}

std::string rounded(double value) { return fmt::format("{:.9f}", value); }

class Recount {
 public:
  Recount(const Stored& stored, const Question& question, NoDataCounting no_data)
      : stored_(stored), no_data_(no_data) {
    for (const auto& rule : stored.rules) {
      if (rule.enabled == question.enabled && asked(question.rule_ids, rule.id) &&
          asked(question.levels, rule.level)) {
        rules_.push_back(&rule);
      }
    }
    for (const auto& entity : stored.entities) {
      if (question.entities == nullptr || question.entities->means(entity)) {
        entities_.push_back(&entity);
      }
    }
  }

  std::vector<Row> rows(Aggregation aggregation) const {
    switch (aggregation) {
      case Aggregation::by_entity:
        return by_entity();
      case Aggregation::by_rule:
        return by_rules([](const StoredRule& rule) { return rule.id; }, true);
      case Aggregation::by_scorecard:
        return by_rules([](const StoredRule& rule) { return rule.scorecard; }, false);
      case Aggregation::by_team:
        return by_group([](const StoredEntity& entity) { return entity.owner; });
      case Aggregation::by_kind:
        return by_group([](const StoredEntity& entity) { return entity.kind; });
    }
    return {};
  }

 private:
  // "pass", "fail", "skip", "none"; empty = the rule does not apply.
  std::string cell(const StoredRule& rule, const StoredEntity& entity) const {
    if (!means(rule.scope, entity)) return "";
    const auto found = stored_.states.find({rule.id, entity.reference()});
    if (found != stored_.states.end()) return found->second;
    const bool expected = !rule.scope.empty() || entity.kind == "service" ||
                          entity.kind == "queue" || entity.kind == "datastore";
    return entity.defined && expected ? "none" : "";
  }
  bool add(const StoredRule& rule, const StoredEntity& entity, ScoreCounts& into) const {
    const auto state = cell(rule, entity);
    into.pass += state == "pass" ? 1U : 0U;
    into.fail += state == "fail" ? 1U : 0U;
    into.skip += state == "skip" ? 1U : 0U;
    into.no_data += state == "none" ? 1U : 0U;
    return !state.empty();
  }
  Row of_entity(const StoredEntity& entity) const {
    Row row{.id = entity.reference(), .counts = {}, .mean = {}};
    std::vector<int> applicable;
    std::vector<int> missed{level_max + 1};
    for (const auto* rule : rules_) {
      if (add(*rule, entity, row.counts)) row.entities = 1;
      const auto state = cell(*rule, entity);
      if (state == "fail" || state == "none") missed.push_back(rule->level);
      if (!state.empty() && state != "skip") applicable.push_back(rule->level);
    }
    if (applicable.empty()) return row;
    row.level = 0;
    for (const int level : applicable) {
      if (level < std::ranges::min(missed)) row.level = std::max(row.level, level);
    }
    row.highest_level = std::ranges::max(applicable);
    return row;
  }
  std::vector<Row> by_entity() const {
    std::vector<Row> rows;
    for (const auto* entity : entities_) {
      auto row = of_entity(*entity);
      if (row.entities > 0) rows.push_back(std::move(row));
    }
    return rows;
  }
  template <class KeyOf>
  std::vector<Row> by_rules(const KeyOf& key_of, bool with_level) const {
    std::map<std::uint32_t, Row> rows;  // in the order of rules or of scorecards
    for (const auto* rule : rules_) {
      const auto key = key_of(*rule);
      const auto known = [&](const auto& row) { return row.second.id == key; };
      if (std::ranges::any_of(rows, known)) continue;
      Row row{.id = key, .counts = {}, .level = with_level ? rule->level : -1, .mean = {}};
      for (const auto* entity : entities_) {
        bool any = false;
        for (const auto* other : rules_) {
          if (key_of(*other) == key) any |= add(*other, *entity, row.counts);
        }
        row.entities += any ? 1U : 0U;
      }
      const auto place =
          with_level ? static_cast<std::uint32_t>(rows.size()) : rule->scorecard_number;
      rows.emplace(place, std::move(row));
    }
    std::vector<Row> sorted;
    sorted.reserve(rows.size());
    for (auto& [number, row] : rows) sorted.push_back(std::move(row));
    return sorted;
  }
  template <class TextOf>
  std::vector<Row> by_group(const TextOf& text_of) const {
    struct Scores {
      double sum = 0;
      int count = 0;
    };
    std::map<std::string, std::pair<Row, Scores>> groups;
    for (const auto* entity : entities_) {
      const Row one = of_entity(*entity);
      if (one.entities == 0) continue;
      auto& [row, scores] = groups[text_of(*entity)];
      row.id = text_of(*entity);
      row.counts += one.counts;
      ++row.entities;
      const auto score = score_of(one.counts, no_data_);
      if (!score) continue;
      scores.sum += *score;
      ++scores.count;
    }
    std::vector<Row> rows;
    for (auto& [text, group] : groups) {
      auto& [row, scores] = group;
      if (scores.count > 0) row.mean = rounded(scores.sum / scores.count);
      rows.push_back(std::move(row));
    }
    return rows;
  }

  const Stored& stored_;
  NoDataCounting no_data_;
  std::vector<const StoredRule*> rules_;
  std::vector<const StoredEntity*> entities_;
};

std::vector<Row> rows_of(const ScorePage& page, Aggregation aggregation) {
  std::vector<Row> rows;
  for (const auto& row : page.rows) {
    const bool of_entity = aggregation == Aggregation::by_entity;
    rows.push_back({.id = of_entity ? row.name : row.id,
                    .counts = row.counts,
                    .entities = row.entities,
                    .level = row.level.value_or(-1),
                    .highest_level = row.highest_level.value_or(-1),
                    .mean = row.mean_entity_score ? rounded(*row.mean_entity_score) : ""});
  }
  return rows;
}

// --- one history

class History {
 public:
  explicit History(unsigned seed) : random_(seed) { open(); }

  void step() {
    server_->clock.advance(std::chrono::milliseconds(number(3'000)));
    const auto what = number(100);
    if (what < 12 || rules_.size() < 3) return create_rule();
    if (what < 24) return update_rule();
    if (what < 28) return remove_rule();
    if (what < 50) return define();
    if (what < 58) return remove_entity();
    if (what < 62) return restart();
    submit();
  }

  // Five aggregations, each of the whole and of a random part.
  void check() {
    const auto stored = read_store(directory_.store() + "/" + store::sqlite::file_name);
    compare(stored, {});
    Question part;
    if (one_in(2)) part.rule_ids = {any_rule(), any_rule(), any_rule()};
    if (one_in(3)) part.levels = {1 + static_cast<int>(number(3))};
    part.enabled = !one_in(3);
    if (one_in(2)) part.entities = &scopes[number(std::size(scopes))];
    compare(stored, part);
  }

  // The process ends and begins again: what it knows is folded from the store.
  void restart() {
    server_.reset();
    store_.reset();
    open();
  }

 private:
  void open() {
    auto opened =
        store::sqlite::Store::open({.directory = directory_.store(), .readers = 1}, metrics_);
    ASSERT_TRUE(opened) << opened.error().detail;
    store_ = *std::move(opened);
    server_ = std::make_unique<Server>(*store_, *store_);
  }
  std::uint32_t number(std::size_t below) {
    return std::uniform_int_distribution<std::uint32_t>(
        0, static_cast<std::uint32_t>(below) - 1)(random_);
  }
  bool one_in(std::uint32_t n) { return number(n) == 0; }
  const std::string& any_rule() { return rules_[number(rules_.size())]; }
  std::string any_entity() {
    static constexpr const char* kinds[] = {"service", "api", "queue"};
    return fmt::format("{}:{}/e{}", kinds[number(3)], one_in(4) ? "eu" : "default", number(18));
  }
  RuleFields any_fields() {
    return {.name = fmt::format("rule {}", number(9)),
            .scorecard_id = {},
            .scorecard_name = fmt::format("card {}", number(3)),
            .description = {},
            .owner = {},
            .scope_query = std::string(scopes[number(std::size(scopes))].text),
            .enabled = !one_in(4),
            .level = 1 + static_cast<int>(number(3))};
  }
  void create_rule() {
    const auto made = server_->create_rule(any_fields());
    ASSERT_TRUE(made) << made.error().detail;
    rules_.push_back(made->rule.id);
  }
  void update_rule() {
    const auto updated = server_->update_rule(any_rule(), any_fields());
    ASSERT_TRUE(updated) << updated.error().detail;
  }
  void remove_rule() {
    const auto removed = any_rule();
    ASSERT_TRUE(server_->remove_rule(removed));
    std::erase(rules_, removed);
  }
  void define() {
    static const std::string owners[] = {"", "red", "blue"};
    static const std::string tiers[] = {"", "gold", "tin"};
    std::vector<EntityDefinition> definitions(1 + number(5));
    std::set<std::string> references;
    for (auto& definition : definitions) {
      do {  // each once in a request
        definition.reference = any_entity();
      } while (!references.insert(definition.reference).second);
      definition.api_version = "v3";
      definition.attributes.owner = owners[number(3)];
      definition.attributes.tier = tiers[number(3)];
      if (one_in(2)) definition.attributes.tags = {"env:prod", "team:x"};
      definition.schema = "{}";
      definition.raw = "{}";
      definition.ingestion_source = "api";
    }
    const auto made = server_->define(definitions);
    ASSERT_TRUE(made) << made.error().detail;
  }
  void remove_entity() {
    const auto removed = server_->remove_entity(any_entity());
    ASSERT_TRUE(removed || removed.error().code == Code::not_found);
  }
  void submit() {
    std::vector<TestResult> results(1 + number(40));
    for (auto& result : results) {
      result = {any_rule(), any_entity(), static_cast<State>(1 + number(3)), ""};
    }
    ASSERT_TRUE(server_->submit(results));
  }
  void compare(const Stored& stored, const Question& question) {
    for (const auto aggregation :
         {Aggregation::by_entity, Aggregation::by_rule, Aggregation::by_scorecard,
          Aggregation::by_team, Aggregation::by_kind}) {
      SCOPED_TRACE(name_of(aggregation));
      ScoreQuery query;
      query.aggregation = aggregation;
      if (!question.rule_ids.empty()) query.rules.ids = question.rule_ids;
      if (!question.levels.empty()) query.rules.levels = question.levels;
      if (!question.enabled) query.rules.enabled = false;
      if (question.entities != nullptr) {
        query.entity.query = *EntityQuery::parse(question.entities->text, "query");
      }
      query.no_data = one_in(2) ? NoDataCounting::left_out : NoDataCounting::counts_as_fail;
      query.page.size = 1'000'000;
      const auto page = server_->matrix->org(OrgId{1}).list_scores(query);
      const auto expected = Recount(stored, question, query.no_data).rows(aggregation);
      ASSERT_EQ(rows_of(page, aggregation), expected);
      ASSERT_EQ(page.total, expected.size());
      compared_ += expected.size();
    }
  }

 public:
  std::size_t compared() const { return compared_; }

 private:
  std::mt19937 random_;
  TestDirectory directory_;
  Metrics metrics_;
  std::unique_ptr<store::sqlite::Store> store_;
  std::unique_ptr<Server> server_;
  std::vector<std::string> rules_;
  std::size_t compared_ = 0;
};

TEST(Scores, EqualARecountOfTheStoreAfterAnyHistory) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(seed);
    History history(seed);
    for (int step = 0; step < 80; ++step) {
      SCOPED_TRACE(step);
      ASSERT_NO_FATAL_FAILURE(history.step());
      if (step % 5 == 4) {
        ASSERT_NO_FATAL_FAILURE(history.check());
      }
    }
    ASSERT_NO_FATAL_FAILURE(history.restart());
    ASSERT_NO_FATAL_FAILURE(history.check());
    EXPECT_GT(history.compared(), 500U);
  }
}

}  // namespace
}  // namespace scorekeeper::intake
