#include "intake/entity_changes.h"

#include <gtest/gtest.h>

#include "intake/intake_fixture.h"
#include "intake/shared_store_fixture.h"
#include "store/outcome_body.h"

namespace scorekeeper::intake {
namespace {

const std::string shop = "service:default/shop";
const std::string pay = "service:default/pay";
constexpr OrgId org{1};

EntityDefinition define(const std::string& reference, const std::string& owner) {
  EntityDefinition definition;
  definition.reference = reference;
  definition.api_version = "v3";
  definition.attributes.owner = owner;
  definition.schema = "{}";
  definition.raw = "{}";
  definition.ingestion_source = "api";
  return definition;
}

class EntityChanges : public testing::Test {
 public:
  ~EntityChanges() override {
    server.stop();
    EXPECT_EQ(store.broken(), "");
  }

 protected:
  Result<std::vector<DefinedEntity>> upsert(const std::vector<EntityDefinition>& definitions) {
    return server.define(definitions);
  }
  Result<std::vector<DefinedEntity>> remove(const EntityTarget& target) {
    return server.change(bound(decide_remove_entity, target));
  }
  Result<std::vector<DefinedEntity>> remove(const std::string& reference) {
    return server.remove_entity(reference);
  }
  Result<Kind> upsert_kind(const Kind& kind) {
    return server.change(bound(decide_upsert_kind, kind));
  }
  const matrix::OrgMatrix& matrix() { return server.matrix->org(org); }

  Caller caller{.org = org, .key = KeyId{7}, .scopes = {}};
  SharedStore store;
  Server server{store, store};
};

TEST_F(EntityChanges, DefineNewAndDiscoveredEntities) {
  const auto rule = server.make_rule("first");
  ASSERT_TRUE(server.submit({{rule, shop, State::pass, ""}}));
  EXPECT_FALSE(matrix().is_defined(matrix().find_entity(shop)));
  const auto made = upsert({define(shop, "team-a"), define(pay, "team-b")});
  ASSERT_TRUE(made) << made.error().detail;
  ASSERT_EQ(made->size(), 2U);
  EXPECT_EQ((*made)[0].number, matrix().find_entity(shop));
  EXPECT_EQ((*made)[1].number, matrix().find_entity(pay));
  EXPECT_EQ((*made)[0].created_at, server.clock.now());
  EXPECT_TRUE(matrix().is_defined((*made)[0].number));
  EXPECT_TRUE(matrix().is_defined((*made)[1].number));
  EXPECT_EQ(server.outcomes().outcomes.size(), 1U);
}

TEST_F(EntityChanges, KeepNumberAndCreationOverAReplacement) {
  const auto made = upsert({define(shop, "team-a")});
  server.clock.advance(std::chrono::seconds(5));
  const auto again = upsert({define(shop, "team-b")});
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)[0].number, (*made)[0].number);
  EXPECT_EQ((*again)[0].created_at, (*made)[0].created_at);
  EXPECT_EQ((*again)[0].modified_at, server.clock.now());
  EXPECT_EQ((*again)[0].definition.attributes.owner, "team-b");
}

TEST_F(EntityChanges, RefuseTwoDefinitionsOfOneEntity) {
  EXPECT_EQ(
      upsert({define(shop, "a"), define(pay, "b"), define("service:default/SHOP", "c")}).error(),
      invalid("definitions 1 and 3 of this request are of one entity, service:default/shop and "
              "service:default/SHOP: send one of them"));
  EXPECT_EQ(matrix().count_entities(), 0U);
}

TEST_F(EntityChanges, AreOfOneEntityForAllSpellingsOfItsName) {
  auto first = define("service:default/Shop", "team-a");
  first.relations = {{.type = "RelationTypeDependsOn",
                      .from = "service:default/Shop",
                      .to = "service:default/PAY"}};
  const auto made = upsert({first});
  server.clock.advance(std::chrono::seconds(5));
  const auto again = upsert({define("service:default/SHOP", "team-b")});
  ASSERT_TRUE(again);
  EXPECT_EQ((*made)[0].definition.relations,
            (std::vector<Relation>{{.type = "RelationTypeDependsOn",
                                    .from = "service:default/shop",
                                    .to = "service:default/pay"}}));
  EXPECT_EQ((*again)[0].number, (*made)[0].number);
  EXPECT_EQ((*again)[0].created_at, (*made)[0].created_at);
  EXPECT_EQ((*again)[0].definition.reference, "service:default/Shop");
  ASSERT_TRUE(remove("service:default/sHOP"));
  EXPECT_EQ(matrix().count_entities(), 0U);
  EXPECT_EQ((*upsert({define(shop, "")}))[0].definition.reference, "service:default/Shop");
}

TEST_F(EntityChanges, HaveOneRelationForAllSpellingsOfItsEnds) {
  auto definition = define(pay, "");
  const auto depend_on = [&](const std::string& other) {
    definition.relations.push_back(
        {.type = "RelationTypeDependsOn", .from = definition.reference, .to = other});
    definition.relations.push_back(
        {.type = "RelationTypeDependencyOf", .from = other, .to = definition.reference});
  };
  depend_on("service:default/Web");
  depend_on("queue:default/Web");
  depend_on("service:default/web");
  depend_on("queue:default/web");
  std::string kept;
  const auto made = upsert({definition});
  for (const auto& [type, from, to] : (*made)[0].definition.relations) {
    kept += from + ":" + type + ":" + to + "\n";
  }
  EXPECT_EQ(kept,
            "queue:default/Web:RelationTypeDependencyOf:service:default/pay\n"
            "queue:default/web:RelationTypeDependencyOf:service:default/pay\n"
            "service:default/pay:RelationTypeDependsOn:queue:default/Web\n"
            "service:default/pay:RelationTypeDependsOn:queue:default/web\n"
            "service:default/pay:RelationTypeDependsOn:service:default/web\n"
            "service:default/web:RelationTypeDependencyOf:service:default/pay\n");
}

// The store would refuse the second one.
TEST_F(EntityChanges, HaveOneRelationForEachId) {
  auto definition = define("queue:default/pay", "");
  definition.relations = {{.type = "RelationTypeDependsOn",
                           .from = definition.reference,
                           .to = "x:default/y:RelationTypeDependencyOf:queue:default/pay"},
                          {.type = "RelationTypeDependencyOf",
                           .from = definition.reference + ":RelationTypeDependsOn:x:default/y",
                           .to = definition.reference}};
  EXPECT_EQ((*upsert({definition}))[0].definition.relations.size(), 1U);
}

TEST_F(EntityChanges, LeaveTheTimeOfWhatDoesNotChange) {
  const auto made = upsert({define(shop, "team-a")});
  const auto kind = upsert_kind({.name = "queue",
                                 .display_name = "Queue",
                                 .description = {},
                                 .created_at = {},
                                 .modified_at = {}});
  server.clock.advance(std::chrono::seconds(5));
  EXPECT_EQ((*upsert({define(shop, "team-a")}))[0].modified_at, (*made)[0].modified_at);
  EXPECT_EQ(upsert_kind(*kind)->modified_at, kind->modified_at);
}

TEST_F(EntityChanges, RemoveADefinitionAndKeepAnEntityThatHasOutcomes) {
  const auto rule = server.make_rule("first");
  ASSERT_TRUE(server.submit({{rule, shop, State::pass, ""}}));
  ASSERT_TRUE(upsert({define(shop, "team-a"), define(pay, "team-a")}));
  const auto number = matrix().find_entity(shop);
  const auto remove_definition = [&](const std::string& reference) {
    return remove(EntityTarget{
        .number = {}, .reference = reference, .given = reference, .definition_alone = true});
  };
  ASSERT_TRUE(remove_definition(shop));
  ASSERT_TRUE(remove_definition(pay));
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_TRUE(matrix().is_live(number));
    EXPECT_FALSE(matrix().is_defined(number));
    EXPECT_FALSE(matrix().is_live(matrix().find_entity(pay)));
    EXPECT_EQ(server.outcomes().outcomes.size(), 1U);
    server.restart();
  }
  EXPECT_EQ(remove_definition(shop).error().code, Code::not_found);
}

TEST_F(EntityChanges, HideTheOutcomesOfARemovedEntityUntilItIsReportedAgain) {
  const auto rule = server.make_rule("first");
  const auto other = server.make_rule("second");
  ASSERT_TRUE(server.submit({{rule, shop, State::pass, "old"}, {other, shop, State::fail, "old"}}));
  ASSERT_TRUE(upsert({define(shop, "team-a")}));
  const auto number = matrix().find_entity(shop);
  ASSERT_TRUE(remove(shop));
  EXPECT_FALSE(matrix().is_live(number));
  EXPECT_TRUE(server.outcomes().outcomes.empty());
  EXPECT_EQ(remove(shop).error(), make_error(Code::not_found, "entity not found: " + shop));
  server.restart();
  EXPECT_FALSE(matrix().is_live(number));
  EXPECT_TRUE(server.outcomes().outcomes.empty());

  // The same state and remarks as before: it is news all the same.
  const auto receipt = server.submit({{rule, shop, State::pass, "old"}});
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->request.total_changed, 1U);
  for (int pass = 0; pass < 2; ++pass) {
    ASSERT_EQ(server.outcomes().outcomes.size(), 1U);
    EXPECT_EQ(server.outcomes().outcomes[0].entity, number);
    EXPECT_TRUE(matrix().is_live(number));
    EXPECT_FALSE(matrix().is_defined(number));
    server.restart();
  }
}

TEST_F(EntityChanges, BringBackAnEntityThatABatchInTheQueueNames) {
  const auto rule = server.make_rule("first");
  ASSERT_TRUE(server.submit({{rule, shop, State::pass, "old"}}));
  const auto number = matrix().find_entity(shop);
  store.hold();
  auto first = server.send({{rule, pay, State::pass, ""}});
  store.wait_until_held();
  const EntityTarget target{.number = number, .reference = {}, .given = "number"};
  auto removed = server.send(bound(decide_remove_entity, target));
  auto second = server.send({{rule, shop, State::pass, "old"}});
  store.release();
  EXPECT_TRUE(get(first));
  EXPECT_TRUE(get(removed));
  const auto receipt = get(second);
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->request.total_changed, 1U);
  EXPECT_TRUE(matrix().is_live(number));
  EXPECT_EQ(server.outcomes().outcomes.size(), 2U);
}

TEST_F(EntityChanges, BringBackAnEntityAgainAfterAFailedGroup) {
  const auto rule = server.make_rule("first");
  ASSERT_TRUE(server.submit({{rule, shop, State::pass, "old"}}));
  const auto number = matrix().find_entity(shop);
  ASSERT_TRUE(remove(shop));
  store.fail_appends(Code::internal, 2);
  store.hold();
  auto busy = server.send({{rule, pay, State::pass, ""}});
  store.wait_until_held();
  auto first = server.send({{rule, shop, State::fail, "a"}});
  auto second = server.send({{rule, shop, State::fail, "b"}});
  store.release();
  EXPECT_FALSE(get(busy));
  EXPECT_FALSE(get(first));
  EXPECT_FALSE(get(second));
  EXPECT_FALSE(matrix().is_live(number));
  EXPECT_TRUE(server.submit({{rule, shop, State::fail, "b"}}));
  EXPECT_TRUE(matrix().is_live(number));
  EXPECT_EQ(matrix().find_entity(shop), number);
}

// The state tables keep the first spelling, so that the log says it, too.
TEST_F(EntityChanges, BringBackAnEntityUnderItsFirstSpelling) {
  const auto rule = server.make_rule("first");
  const std::string other = "service:default/SHOPPING-Cart";
  const std::string first = "service:default/Shopping-cart";
  ASSERT_TRUE(server.submit({{rule, first, State::pass, ""}}));
  ASSERT_TRUE(remove(first));
  ASSERT_TRUE(server.submit({{rule, other, State::fail, ""}}));
  std::vector<std::string> seen;
  for (const store::LogRecord& record : store.records(matrix().org())) {
    if (record.kind != store::RecordKind::outcomes) continue;
    store::OutcomeBody body;
    ASSERT_TRUE(store::read_outcome_body(record, body));
    for (const auto& entity : body.entities) seen.emplace_back(entity.reference);
  }
  EXPECT_EQ(seen, (std::vector{first, first}));
}

TEST_F(EntityChanges, WriteNothingWhereADefinitionIsTheSame) {
  auto definition = define(shop, "team-a");
  definition.relations = {{.type = "RelationTypeOwns", .from = shop, .to = pay},
                          {.type = "RelationTypeDependsOn", .from = shop, .to = pay}};
  ASSERT_TRUE(upsert({definition}));
  const auto writes = store.count_catalog_writes();
  std::swap(definition.relations[0], definition.relations[1]);
  ASSERT_TRUE(upsert({definition}));
  EXPECT_EQ(store.count_catalog_writes(), writes);
  definition.relations.pop_back();
  ASSERT_TRUE(upsert({definition}));
  EXPECT_EQ(store.count_catalog_writes(), writes + 1);
}

TEST_F(EntityChanges, ComeBackByDefinition) {
  ASSERT_TRUE(upsert({define(shop, "team-a")}));
  const auto number = matrix().find_entity(shop);
  ASSERT_TRUE(remove(shop));
  const auto again = upsert({define(shop, "team-b")});
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)[0].number, number);
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_TRUE(matrix().is_defined(number));
    server.restart();
  }
}

TEST_F(EntityChanges, AreBounded) {
  Limits limits;
  limits.entities_max = 2;
  SharedStore small_store;
  Server small(small_store, small_store, limits);
  const auto refused = small.define(
      {define("service:default/a", ""), define("service:default/b", ""), define(shop, "")});
  EXPECT_EQ(refused.error().code, Code::too_large);
  EXPECT_EQ(small.matrix->org(org).count_entities(), 0U);
}

TEST_F(EntityChanges, KeepSoManyKinds) {
  Limits limits;
  limits.kinds_max = 2;
  SharedStore small_store;
  Server small(small_store, small_store, limits);
  const auto put = [&](std::string name) {
    Kind kind;
    kind.name = std::move(name);
    return small.change(bound(decide_upsert_kind, kind));
  };
  EXPECT_TRUE(put("a"));
  EXPECT_TRUE(put("b"));
  EXPECT_TRUE(put("a"));
  EXPECT_EQ(put("c").error(), make_error(Code::too_large, "an organization has at most 2 kinds"));
}

TEST_F(EntityChanges, StoreNothingWhenTheStoreRefuses) {
  store.catalog_fails = true;
  EXPECT_EQ(upsert({define(shop, "team-a")}).error().code, Code::unavailable);
  EXPECT_FALSE(matrix().find_entity(shop));
}

TEST_F(EntityChanges, KeepKindsByName) {
  const auto made = upsert_kind({.name = "queue",
                                 .display_name = "Queue",
                                 .description = {},
                                 .created_at = {},
                                 .modified_at = {}});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->created_at, server.clock.now());
  server.clock.advance(std::chrono::seconds(1));
  const auto again = upsert_kind({.name = "queue",
                                  .display_name = "Queues",
                                  .description = {},
                                  .created_at = {},
                                  .modified_at = {}});
  EXPECT_EQ(again->created_at, made->created_at);
  server.restart();
  EXPECT_EQ(matrix().find_kind("queue"), *again);
  const auto remove_kind = [&] {
    return server.change(bound(decide_remove_kind, std::string("queue")));
  };
  EXPECT_TRUE(remove_kind());
  EXPECT_EQ(remove_kind().error(), make_error(Code::not_found, "kind not found: queue"));
}

TEST(TagLimits, BoundTheDistinctTextsOfAllDefinitions) {
  SharedStore store;
  Limits limits;
  limits.tag_texts_max = 3;
  Server server(store, store, limits);
  const auto put = [&](const std::string& reference, std::vector<std::string> tags) {
    auto definition = define(reference, "a");
    definition.attributes.tags = std::move(tags);
    return server.define({definition});
  };
  ASSERT_TRUE(put(shop, {"env:prod", "pci"}));
  ASSERT_TRUE(put(pay, {"env:prod", "tier:1"}));  // at the bound
  const auto refused = put("service:default/other", {"pci", "env:dev"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::too_large);
  EXPECT_TRUE(refused.error().detail.contains("at most 3 different tags"))
      << refused.error().detail;
  EXPECT_TRUE(refused.error().detail.contains("tag_texts_max")) << refused.error().detail;
  // A text that no entity has any more leaves its place to others.
  ASSERT_TRUE(put(pay, {"env:prod"}));
  EXPECT_TRUE(put("service:default/other", {"pci", "env:dev"}));
}

TEST(TextLimits, BoundTheOwnersOfAllEntities) {
  SharedStore store;
  Limits limits;
  limits.owners_max = 2;
  Server server(store, store, limits);
  ASSERT_TRUE(server.define({define(shop, "a"), define(pay, "b")}));  // at the bound
  const auto refused = server.define({define("service:default/other", "c")});
  EXPECT_EQ(refused.error(), make_error(Code::too_large,
                                        "the entities of an organization have at most 2 different "
                                        "owners (owners_max)"));
  EXPECT_TRUE(server.define({define("service:default/other", "a")}));
  EXPECT_TRUE(server.define({define("service:default/none", "")}));
  ASSERT_TRUE(server.define({define(pay, "a")}));  // nobody has b any more
  EXPECT_TRUE(server.define({define("service:default/other", "c")}));
}

// The limit was lowered below what an organization has.
TEST(TagLimits, LetDefinitionsBeChangedWithoutNewTexts) {
  SharedStore store;
  const auto put = [&](Server& server, std::vector<std::string> tags) {
    auto definition = define(shop, "a");
    definition.attributes.tags = std::move(tags);
    return server.define({definition});
  };
  {
    Server server(store, store, Limits());
    ASSERT_TRUE(put(server, {"env:prod", "pci", "tier:1"}));
  }
  Limits limits;
  limits.tag_texts_max = 1;
  Server server(store, store, limits);
  EXPECT_FALSE(put(server, {"env:prod", "other"}));
  EXPECT_TRUE(put(server, {"env:prod", "pci"}));
  EXPECT_TRUE(put(server, {"env:prod"}));
}

}  // namespace
}  // namespace scorekeeper::intake
