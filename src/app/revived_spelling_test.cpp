// Entities that were deleted and come back under another spelling keep the first one: in the log,
// in the tables, and in whatever is made of a store.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "app/command_line.h"
#include "app/copy_fixture.h"
#include "app/stores.h"
#include "base/test_directory.h"
#include "intake/intake_fixture.h"
#include "store/postgres/postgres_fixture.h"

namespace scorekeeper::app {
namespace {

using intake::Server;

EntityDefinition definition_of(const std::string& reference) {
  EntityDefinition definition;
  definition.reference = reference;
  definition.api_version = "v3";
  definition.schema = definition.raw = "{}";
  definition.ingestion_source = "api";
  return definition;
}

// By outcomes and by a definition.
void fill(const std::string& store) {
  Metrics metrics;
  auto open = open_store(config_of(store), {}, metrics);
  ASSERT_TRUE(open) << open.error().detail;
  ASSERT_TRUE((*open_keys(store))->create_org("acme", time_of_seconds(1)));
  Server server(open->log(), open->catalog());
  const std::string rule = server.make_rule("rule");
  const auto report = [&](const std::string& reference, State state) {
    const auto taken = server.submit({{rule, reference, state, "so"}});
    ASSERT_TRUE(taken) << taken.error().error.detail;
  };
  report("service:default/Shop", State::fail);
  ASSERT_TRUE(server.define({definition_of("service:default/Cart")}));
  report("service:default/CART", State::fail);
  for (const char* const gone : {"service:default/shop", "service:default/cart"}) {
    const auto removed = server.remove_entity(gone);
    ASSERT_TRUE(removed) << removed.error().detail;
  }
  report("service:default/SHOP", State::pass);
  ASSERT_TRUE(server.define({definition_of("service:default/CarT")}));
  report("service:default/cart", State::skip);
}

// The outcomes that a server shows on the store, or the error of opening it.
std::vector<std::string> shown_of(const std::string& store) {
  Metrics metrics;
  auto open = open_store(config_of(store), {}, metrics);
  if (!open) return {open.error().detail};
  Server server(open->log(), open->catalog());
  std::vector<std::string> lines;
  for (const auto& one : server.outcomes().outcomes) {
    lines.push_back(one.entity_reference + " " + std::string(name_of(one.cell.state)));
  }
  std::ranges::sort(lines);
  return lines;
}
const std::vector<std::string> expected{"service:default/Cart skip", "service:default/Shop pass"};

void run(const std::vector<std::string>& arguments) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int code = run_command_line(arguments);
  const std::string said =
      testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
  EXPECT_EQ(code, 0) << said;
}

TEST(RevivedUnderAnotherSpelling, IsVerifiedBackedUpAndRestored) {
  const TestDirectory directory;
  const std::string store = directory.store();
  ASSERT_NO_FATAL_FAILURE(fill(store));
  const std::string file = directory.path("copy");
  const std::string other = directory.path("other");
  run({"verify", "--store", store});
  run({"backup", "--store", store, file});
  run({"verify", file});
  run({"restore", file, "--store", other});
  run({"verify", "--store", other});
  EXPECT_EQ(shown_of(store), expected);
  EXPECT_EQ(shown_of(other), expected);
}

TEST(RevivedUnderAnotherSpelling, IsCopiedOutOfADatabaseAndBack) {
  const TestDirectory directory;
  const store::postgres::TestDatabase database;
  ASSERT_NO_FATAL_FAILURE(fill(database.address()));
  const std::string store = directory.store();
  run({"copy", "--from", database.address(), "--to", store});
  run({"verify", "--store", store});
  EXPECT_EQ(shown_of(store), expected);
  run({"verify", "--store", store});
  const store::postgres::TestDatabase other;
  run({"copy", "--from", store, "--to", other.address()});
  EXPECT_EQ(shown_of(other.address()), expected);
}

}  // namespace
}  // namespace scorekeeper::app
