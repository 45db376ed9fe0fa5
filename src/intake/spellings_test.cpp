// Stores of an older release, in which a service has several spellings, all but one of them
// deleted: the live one is found by every spelling, and the store refuses nothing. On real stores.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "intake/intake_fixture.h"
#include "store/postgres/postgres_fixture.h"
#include "store/postgres/store.h"
#include "store/sqlite/store.h"
#include "store/sqlite/test_directory.h"

namespace scorekeeper::intake {
namespace {

constexpr OrgId org{1};
const std::string foo_upper = "service:default/Foo";
const std::string foo_lower = "service:default/foo";

// Number 1 is Foo, 2 is foo.
void put(store::Catalog& catalog, std::uint32_t number) {
  const store::NewEntity entity{.org = org,
                                .number = {number},
                                .reference = number == 1 ? foo_upper : foo_lower,
                                .discovered_at = time_of_seconds(1'790'000'000)};
  ASSERT_TRUE(catalog.write({.org = org, .entities = {entity}}));
}

// Both of them; only the `live` one is live, 0 = none.
void put_spellings(store::Catalog& catalog, std::uint32_t live) {
  for (const std::uint32_t number : {live == 1 ? 2U : 1U, live == 1 ? 1U : 2U}) {
    put(catalog, number);
    if (number == live) continue;
    ASSERT_TRUE(catalog.write(
        {.org = org, .removed_entities = {{.number = {number}, .position = RowId{1}}}}));
  }
}

void remove_foo(Server& server) {
  const auto removed = server.remove_entity(foo_lower);
  ASSERT_TRUE(removed) << removed.error().detail;
}

// All that a request can say of the service is stored, under one number.
void use(Server& server, std::uint32_t expected) {
  auto& matrix = server.matrix->org(org);
  const auto rule = server.make_rule("rule");
  const auto taken = server.submit({{rule, "service:default/FOO", State::pass, ""}});
  ASSERT_TRUE(taken) << taken.error().error.detail;
  for (const auto* spelling : {"service:default/foo", "service:default/Foo"}) {
    EXPECT_EQ(matrix.find_entity(spelling), EntityNumber{expected}) << spelling;
  }
  EXPECT_TRUE(matrix.is_live(EntityNumber{expected}));
  EXPECT_EQ(matrix.count_entities(), 1U);
  EXPECT_EQ(server.outcomes().outcomes.size(), 1U);
  remove_foo(server);
  EXPECT_EQ(matrix.count_entities(), 0U);
  EntityDefinition definition;
  definition.reference = foo_upper;
  const auto defined = server.define({definition});
  ASSERT_TRUE(defined) << defined.error().detail;
  EXPECT_EQ(matrix.count_entities(), 1U);
}

class Spellings : public testing::TestWithParam<std::uint32_t> {
 protected:
  std::uint32_t live = GetParam();
  std::uint32_t expected = live == 0 ? 1 : live;  // the lowest comes back
};

TEST_P(Spellings, OfAnEmbeddedStoreAreOneServiceWhenItIsFolded) {
  const store::sqlite::TestDirectory directory;
  Metrics metrics;
  auto opened = store::sqlite::Store::open({.directory = directory.store(), .readers = 1}, metrics);
  ASSERT_TRUE(opened) << opened.error().detail;
  auto& store = **opened;
  put_spellings(store, live);
  Server server(store, store);
  use(server, expected);
  server.restart();
  EXPECT_EQ(server.matrix->org(org).find_entity(foo_lower), EntityNumber{expected});
  server.stop();
}

std::unique_ptr<store::postgres::Store> open(const store::postgres::TestDatabase& database) {
  auto opened = store::postgres::Store::open({.address = database.address()});
  if (!opened) throw std::runtime_error(opened.error().detail);
  return *std::move(opened);
}

TEST_P(Spellings, OfADatabaseAreOneServiceWhenItIsFolded) {
  const store::postgres::TestDatabase database;
  const auto written = open(database);
  put_spellings(*written, live);
  const auto store = open(database);
  Server server(*store, *store, Limits{}, store.get());
  use(server, expected);
}

// A server that has folded one state of them reads the next one from its tail.
TEST_P(Spellings, OfADatabaseAreOneServiceWhenTheyChange) {
  const store::postgres::TestDatabase database;
  const auto written = open(database);
  put_spellings(*written, live == 1 ? 2 : 1);
  const auto store = open(database);
  Server server(*store, *store, Limits{}, store.get());
  ASSERT_FALSE(server.make_rule("before").empty());
  {
    Server other(*written, *written, Limits{}, written.get());
    remove_foo(other);
  }
  if (live != 0) put(*written, live);
  use(server, expected);
}

INSTANTIATE_TEST_SUITE_P(Live, Spellings, testing::Values(0U, 1U, 2U));

}  // namespace
}  // namespace scorekeeper::intake
