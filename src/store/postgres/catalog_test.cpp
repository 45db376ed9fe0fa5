#include "store/postgres/catalog.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "store/postgres/store_fixture.h"

namespace scorekeeper::store::postgres {
namespace {

constexpr OrgId org{7};

Scorecard scorecard(std::uint32_t number) {
  return {.number = {number},
          .id = "card" + std::to_string(number),
          .name = "é",
          .description = "",
          .created_at = time_of_seconds(1),
          .modified_at = time_of_microseconds(2'000'003)};
}
CatalogRule rule(std::uint32_t number, const std::string& name = "it's") {
  CatalogRule rule;
  rule.rule.number = {number};
  rule.rule.id = "rule" + std::to_string(number);
  rule.rule.scorecard = {1};
  rule.rule.name = name;
  rule.rule.level = 3;
  rule.scorecard = scorecard(1);
  return rule;
}
Kind kind(const std::string& name, const std::string& description = "") {
  Kind kind;
  kind.name = name;
  kind.description = description;
  return kind;
}
CatalogCampaign campaign(std::uint32_t number, std::vector<RuleNumber> rules) {
  CatalogCampaign campaign;
  campaign.campaign.number = {number};
  campaign.campaign.id = "campaign" + std::to_string(number);
  campaign.campaign.key = "key-" + std::to_string(number);
  campaign.campaign.rules = std::move(rules);
  return campaign;
}
CatalogEntity entity(std::uint32_t number, const std::string& reference,
                     const std::string& owner = {}) {
  CatalogEntity entity;
  entity.number = {number};
  entity.reference = reference;
  if (owner.empty()) return entity;
  DefinedEntity defined;
  defined.number = {number};
  defined.definition.reference = reference;
  defined.definition.attributes.owner = owner;
  defined.definition.relations = {{"RelationTypeOwns", "team:default/" + owner, reference}};
  entity.definition = defined;
  return entity;
}
CatalogEntity found(CatalogEntity entity) {
  entity.discovered_at = time_of_seconds(9);
  return entity;
}

template <class T>
Changed<T> put(T thing) {
  return {.before = std::nullopt, .after = std::move(thing)};
}
template <class T>
Changed<T> removed(T thing) {
  return {.before = std::move(thing), .after = std::nullopt};
}

class CatalogTables : public testing::Test {
 public:
  Result<void> try_to_write(std::vector<ResourceChange> changes) {
    const CatalogChange change{.org = org, .changes = std::move(changes)};
    return store.write(change, "[]");
  }
  void write(std::vector<ResourceChange> changes) {
    const auto written = try_to_write(std::move(changes));
    ASSERT_TRUE(written) << written.error().detail;
  }
  // The rows, their columns with spaces between, a line each.
  std::string rows(const char* sql) {
    const auto found = store.connection.query(sql);
    EXPECT_TRUE(found) << found.error().detail;
    std::string text;
    for (int row = 0; found && row < found->size(); ++row) {
      text += std::string(found->text(row, 0)) + "\n";
    }
    return text;
  }

  TestStore store;
};

TEST_F(CatalogTables, HaveThePositionsOfTheirChanges) {
  write({put(scorecard(1)), put(rule(1)), put(rule(2)), put(kind("api")),
         put(campaign(1, {{2}, {1}}))});
  write({put(rule(2, "new")), removed(rule(1)), put(campaign(1, {{2}}))});
  EXPECT_EQ(rows("SELECT concat_ws(' ', number, name, removed, position) FROM scorecard"),
            "1 é 0 1\n");
  EXPECT_EQ(rows("SELECT concat_ws(' ', number, name, level, removed, position) FROM rule"
                 " ORDER BY number"),
            "1 it's 3 1 7\n2 new 3 0 6\n");
  EXPECT_EQ(rows("SELECT concat_ws(' ', name, position) FROM kind"), "api 4\n");
  EXPECT_EQ(rows("SELECT concat_ws(' ', key, removed, position) FROM campaign"), "key-1 0 8\n");
  EXPECT_EQ(rows("SELECT concat_ws(' ', position, rule) FROM campaign_rule"), "1 2\n");
  EXPECT_EQ(rows("SELECT concat_ws(' ', position, record, resource, id) FROM log_catalog"
                 " ORDER BY position"),
            "1 1 scorecard card1\n2 1 rule rule1\n3 1 rule rule2\n4 1 kind api\n"
            "5 1 campaign campaign1\n6 6 rule rule2\n7 6 rule rule1\n8 6 campaign campaign1\n");
}

TEST_F(CatalogTables, KeepWhatIsDeletedWhereNumbersReferToIt) {
  write({put(scorecard(1)), put(rule(1)), put(kind("api")), put(campaign(1, {{1}}))});
  write(
      {removed(campaign(1, {{1}})), removed(rule(1)), removed(scorecard(1)), removed(kind("api"))});
  EXPECT_EQ(rows("SELECT concat_ws(' ', removed, position) FROM scorecard"), "1 7\n");
  EXPECT_EQ(rows("SELECT concat_ws(' ', removed, position) FROM rule"), "1 6\n");
  EXPECT_EQ(rows("SELECT concat_ws(' ', removed, position) FROM campaign"), "1 5\n");
  EXPECT_EQ(rows("SELECT name FROM kind"), "");
}

TEST_F(CatalogTables, TellOfEntitiesThatComeGoAndComeBack) {
  const char* const entities =
      "SELECT concat_ws(' ', number, name, live, discovered_at, position) FROM entity"
      " ORDER BY number";
  const char* const definitions =
      "SELECT concat_ws(' ', d.number, owner, position, (SELECT string_agg(r.id, ',')"
      " FROM relation AS r WHERE r.org = d.org AND r.defined_by = d.number))"
      " FROM entity_definition AS d ORDER BY number";
  const auto a = entity(1, "service:default/a", "dev");
  write({put(found(a)), put(found(entity(2, "queue:x/b")))});
  EXPECT_EQ(rows(entities), "1 a 1 9000000 1\n2 b 1 9000000 2\n");
  EXPECT_EQ(rows(definitions), "1 dev 1 team:default/dev:RelationTypeOwns:service:default/a\n");
  const auto owned = entity(1, "service:default/a", "ops");
  write({Changed<CatalogEntity>{.before = a, .after = owned}, removed(entity(2, "queue:x/b"))});
  EXPECT_EQ(rows(entities), "1 a 1 9000000 1\n2 b 0 9000000 4\n");
  EXPECT_EQ(rows(definitions), "1 ops 3 team:default/ops:RelationTypeOwns:service:default/a\n");
  const auto undefined = entity(1, "service:default/a");
  write({Changed<CatalogEntity>{.before = owned, .after = undefined}});
  EXPECT_EQ(rows(entities), "1 a 1 9000000 1\n2 b 0 9000000 4\n");
  EXPECT_EQ(rows(definitions), "");
  write({removed(undefined), put(found(entity(2, "queue:x/b", "dev")))});
  EXPECT_EQ(rows(entities), "1 a 0 9000000 6\n2 b 1 9000000 7\n");
}

// The two may have one name, where all spellings of a service's name are one.
TEST_F(CatalogTables, RemoveBeforeTheyPut) {
  write({put(found(entity(1, "service:default/A")))});
  write({put(found(entity(2, "service:default/a"))), removed(entity(1, "service:default/A"))});
  EXPECT_EQ(rows("SELECT concat_ws(' ', number, live, position) FROM entity ORDER BY number"),
            "1 0 3\n2 1 2\n");
}

TEST_F(CatalogTables, LetAnEntityThatLivesStayAsItIs) {
  write({put(found(entity(1, "service:default/a")))});
  const NewEntity again{.org = org,
                        .number = {1},
                        .reference = "service:default/a",
                        .discovered_at = time_of_seconds(20),
                        .position = {2}};
  const auto done = store.turns.append(std::span(&org, 1), [&](AppendView& view) -> Result<Append> {
    Head head = view.heads().front();
    Append append;
    append.records.push_back(next_record(head, RecordKind::outcomes, outcomes_body("x")));
    append.entities.push_back(again);
    return append;
  });
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(rows("SELECT concat_ws(' ', discovered_at, position) FROM entity"), "9000000 1\n");
}

TEST_F(CatalogTables, KeepNothingOfAChangeThatFails) {
  EXPECT_FALSE(try_to_write({put(kind("api")), put(campaign(1, {{9}}))}));
  EXPECT_EQ(rows("SELECT name FROM kind"), "");
  write({put(kind("api"))});
  EXPECT_EQ(rows("SELECT concat_ws(' ', name, position) FROM kind"), "api 1\n");
}

}  // namespace
}  // namespace scorekeeper::store::postgres
