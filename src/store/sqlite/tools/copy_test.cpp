#include "store/sqlite/tools/copy.h"

#include <gtest/gtest.h>

#include "base/test_directory.h"
#include "store/sqlite/directory.h"
#include "store/sqlite/query_rows.h"
#include "store/sqlite/sample_store_fixture.h"
#include "store/sqlite/tools/verify.h"

namespace scorekeeper::store::sqlite {
namespace {

Result<CopyReport> copy_directory(const std::string& from, const std::string& to,
                                  const CopyObserver& observer) {
  const auto source = TRY(open_copy_source(from));
  const auto target = TRY(open_copy_target(to));
  return copy_store(*source, *target, observer);
}

Result<void> go_on(const CopyStep&) { return {}; }

TEST(Copy, HasTheSameLogsAndTables) {
  const TestDirectory directory;
  SampleStore sample(directory.store());
  LogGroup other{.org = {2}, .entities = {{.number = {1}, .reference = "service:default/x"}}};
  for (std::uint32_t n = 1; n <= 200; ++n) other.outcomes.push_back(first_outcome(n, 1, "x"));
  ASSERT_TRUE(append_group(sample.store(), other));
  sample.close();
  const std::string to = directory.path("copy");
  const auto report = copy_directory(directory.store(), to, go_on);
  ASSERT_TRUE(report) << report.error().detail;
  for (const Table& table : all_tables()) {
    std::string columns;
    for (const Column& column : table.columns) {
      if (std::string_view(column.name) == "row") continue;  // a relation's, made anew
      columns += (columns.empty() ? "\"" : ", \"") + std::string(column.name) + "\"";
    }
    const std::string sql = "SELECT " + columns + " FROM " + table.name + " ORDER BY 1, 2";
    EXPECT_EQ(query_rows(database_path(to), sql), query_rows(sample.path(), sql)) << table.name;
  }
  // The sample's rules and org 2 do not know each other: the rest of it is sound.
  const auto verification = verify(database_path(to));
  for (const std::string& fault : verification->faults) {
    EXPECT_TRUE(fault.starts_with("log of org 2 at ")) << fault;
  }
  Metrics metrics;
  const auto store = Store::open({.directory = to}, metrics);
  ASSERT_TRUE(store) << store.error().detail;
  EXPECT_EQ((*store)->heads()->heads.at(0).last, RowId{SampleStore::position});
  EXPECT_GE((*store)->reserve_requests(1)->number, 1'000'001U);
}

TEST(Copy, GoesOnWhereItWasBrokenOff) {
  const TestDirectory directory;
  SampleStore(directory.store()).close();
  const std::string to = directory.path("copy");
  for (int steps = 0; steps < 20; steps += 3) {
    int left = steps;
    const auto broken = copy_directory(directory.store(), to, [&](const CopyStep&) -> Result<void> {
      if (--left < 0) return make_error(Code::unavailable, "enough");
      return {};
    });
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().detail, "enough");
  }
  ASSERT_TRUE(copy_directory(directory.store(), to, go_on));
  const auto verification = verify(database_path(to));
  ASSERT_TRUE(verification);
  EXPECT_EQ(verification->faults, std::vector<std::string>());
}

TEST(Copy, RefusesASourceThatWasWrittenMeanwhile) {
  const TestDirectory directory;
  SampleStore sample(directory.store());
  sample.close();
  const std::string to = directory.path("copy");
  int left = 5;
  ASSERT_FALSE(copy_directory(directory.store(), to, [&](const CopyStep&) -> Result<void> {
    if (--left < 0) return make_error(Code::unavailable, "enough");
    return {};
  }));
  sample.open();
  sample.report(9, 10);
  sample.close();
  const auto refused = copy_directory(directory.store(), to, go_on);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("before something was written"), std::string::npos);
}

}  // namespace
}  // namespace scorekeeper::store::sqlite
