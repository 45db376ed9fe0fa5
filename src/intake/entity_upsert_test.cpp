#include "intake/entity_upsert.h"

#include <gtest/gtest.h>

#include <atomic>

#include "intake/intake_fixture.h"
#include "intake/shared_store_fixture.h"

namespace scorekeeper::intake {
namespace {

const std::string shop = "service:default/shop";
const std::string pay = "service:default/pay";

EntityDefinition define(const std::string& reference, const std::string& schema) {
  EntityDefinition definition;
  definition.reference = reference;
  definition.schema = schema;
  definition.raw = schema;
  return definition;
}

// So many, one way; each text is 30 bytes and what the names have.
void relate(EntityDefinition& definition, std::size_t count, const std::string& name = "x") {
  for (std::size_t n = 0; n < count; ++n) {
    definition.relations.push_back({.type = "RelationTypeDependsOn",
                                    .from = definition.reference,
                                    .to = "service:default/" + name + std::to_string(n)});
  }
}

class CountingStore : public SharedStore {
 public:
  Result<std::vector<store::ListedEntity>> read_entities(
      OrgId org, const store::EntitySelection& selection) override {
    ++reads;
    return SharedStore::read_entities(org, selection);
  }
  std::atomic<int> reads = 0;
};

class EntityUpserts : public testing::Test {
 public:
  ~EntityUpserts() override {
    server.stop();
    EXPECT_EQ(store.broken(), "");
  }

 protected:
  Result<std::shared_ptr<EntityUpsert>> prepare(std::vector<EntityDefinition> definitions) {
    auto upsert = std::make_shared<EntityUpsert>();
    upsert->definitions = std::move(definitions);
    TRY(prepare_upsert(server.matrix->org(OrgId{1}), store, *upsert));
    return upsert;
  }
  Result<std::vector<DefinedEntity>> put(std::shared_ptr<EntityUpsert> upsert) {
    return server.change(change_of(std::move(upsert)));
  }

  CountingStore store;
  Server server{store, store};
};

TEST_F(EntityUpserts, TheCommitterReadsNoDefinition) {
  ASSERT_TRUE(put(*prepare({define(shop, "{}"), define(pay, "{}")})));
  const auto prepared = *prepare({define(shop, R"({"a":1})"), define(pay, "{}")});
  const int reads = store.reads;
  const auto again = put(prepared);
  ASSERT_TRUE(again);
  EXPECT_EQ(store.reads, reads);
  ASSERT_EQ(again->size(), 2U);
  EXPECT_EQ((*again)[0].version, RowId{3});
  EXPECT_EQ((*again)[1].version, RowId{2});  // it is the same
  EXPECT_EQ((*again)[0].created_at, (*again)[1].created_at);
}

TEST_F(EntityUpserts, OneThatIsAnotherMeanwhileIsPreparedAgain) {
  ASSERT_TRUE(put(*prepare({define(shop, "{}")})));
  const auto prepared = *prepare({define(shop, R"({"a":1})"), define(pay, "{}")});
  ASSERT_TRUE(server.define({define(shop, R"({"b":1})")}));
  const auto stale = put(prepared);
  ASSERT_TRUE(stale);
  EXPECT_TRUE(stale->empty());
  EXPECT_FALSE(server.matrix->org(OrgId{1}).find_entity(pay));  // nothing is changed
  ASSERT_TRUE(prepare_upsert(server.matrix->org(OrgId{1}), store, *prepared));
  EXPECT_EQ(put(prepared)->size(), 2U);
}

// One that comes or goes between the look and the decision.
TEST_F(EntityUpserts, AnotherDefinitionThanWasLookedAtIsNotTakenForIt) {
  const auto fresh = *prepare({define(shop, R"({"a":1})")});
  ASSERT_TRUE(server.define({define(shop, "{}")}));
  EXPECT_TRUE(put(fresh)->empty());
  const auto replaces = *prepare({define(shop, R"({"a":1})")});
  ASSERT_TRUE(server.remove_entity(shop));
  server.clock.advance(std::chrono::seconds(5));
  const auto made = put(replaces);
  ASSERT_EQ(made->size(), 1U);
  EXPECT_EQ(made->front().created_at, server.clock.now());
}

TEST_F(EntityUpserts, TheCommitterReadsWhereItIsTold) {
  const auto prepared = *prepare({define(shop, R"({"a":1})")});
  ASSERT_TRUE(server.define({define(shop, "{}")}));
  prepared->committer_reads = true;
  const auto put_last = put(prepared);
  ASSERT_EQ(put_last->size(), 1U);
  EXPECT_EQ(store.find_definitions(OrgId{1}, std::vector{put_last->front().number})
                ->front()
                .definition.schema,
            R"({"a":1})");
}

TEST_F(EntityUpserts, RelationsOfOneRequestHaveALimit) {
  std::vector<EntityDefinition> two{define(shop, "{}"), define(pay, "{}")};
  relate(two[0], relations_of_request_max - 10);
  relate(two[1], 10);
  ASSERT_TRUE(put(*prepare(two)));
  relate(two[1], 1, "more");
  const auto refused = prepare(two);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::too_large);
  EXPECT_EQ(
      refused.error().detail,
      "the definitions of one request have at most 5000 relations, of 2097152 bytes together, "
      "in both directions, and replace at most as many: send fewer definitions at a time");
}

TEST_F(EntityUpserts, RelationsWithLongNamesHaveALimit) {
  std::vector<EntityDefinition> one{define("service:default/" + std::string(900, 'n'), "{}")};
  relate(one[0], 2'000);
  std::size_t bytes = 0;
  for (const auto& [type, from, to] : one[0].relations) {
    bytes += type.size() + from.size() + to.size();
  }
  ASSERT_LT(bytes, relation_bytes_max);
  one[0].relations.back().to.append(relation_bytes_max - bytes, 'x');
  ASSERT_TRUE(prepare(one));
  one[0].relations.back().to += 'x';
  ASSERT_FALSE(prepare(one));
}

TEST_F(EntityUpserts, TextsOfOneRequestHaveALimit) {
  const auto named = [](int number) { return "service:default/s" + std::to_string(number); };
  const std::string schema = R"({"a":")" + std::string((100 << 10) - 8, 'x') + R"("})";
  std::vector<EntityDefinition> definitions;
  for (int n = 0; n < 30; ++n) definitions.push_back(define(named(n), schema));
  ASSERT_TRUE(put(*prepare(definitions)));
  auto largest = definitions;
  largest.back().raw.append(definition_texts_max - 30 * 2 * schema.size(), 'x');
  EXPECT_TRUE(prepare(largest));
  largest.back().raw += 'x';
  EXPECT_FALSE(prepare(largest));
  for (int n = 30; n < 60; ++n) definitions.push_back(define(named(n), schema));
  const auto refused = prepare(definitions);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::too_large);
  EXPECT_NE(refused.error().detail.find("at most 6291456 bytes"), std::string::npos);
  ASSERT_TRUE(put(*prepare({definitions.begin() + 30, definitions.end()})));
  // Small ones that replace them all.
  for (auto& definition : definitions) definition = define(definition.reference, "{}");
  EXPECT_FALSE(prepare(definitions));
  EXPECT_TRUE(put(*prepare({definitions.begin(), definitions.begin() + 30})));
  EXPECT_TRUE(put(*prepare(definitions)));
}

// Relations that are replaced are taken out row by row.
TEST_F(EntityUpserts, RelationsThatAreReplacedCount) {
  for (const auto& name : {shop, pay}) {
    auto definition = define(name, "{}");
    relate(definition, relations_of_request_max / 2 + 1);
    ASSERT_TRUE(put(*prepare({definition})));
  }
  EXPECT_FALSE(prepare({define(shop, "{}"), define(pay, "{}")}));
  EXPECT_TRUE(put(*prepare({define(shop, "{}")})));
  EXPECT_TRUE(put(*prepare({define(shop, "{}"), define(pay, "{}")})));
}

}  // namespace
}  // namespace scorekeeper::intake
