#include "store/sqlite/old_requests.h"

#include <gtest/gtest.h>

#include "base/test_directory.h"
#include "store/sqlite/directory.h"
#include "store/sqlite/schema.h"

namespace scorekeeper::store::sqlite {
namespace {

// Old rows in the first look of a sweep, and as many where the next one begins: those that were
// removed do not move it.
TEST(OldRequests, OfASweepAreForgottenInOneRound) {
  const TestDirectory directory;
  ASSERT_TRUE(make_directory(directory.store()));
  const auto path = database_path(directory.store());
  SqliteConnection connection = *open_connection({.path = path, .vfs = {}});
  ASSERT_TRUE(migrate(connection, path, Migrate::create_only));
  ASSERT_TRUE(connection.execute(
      "INSERT INTO request"
      " WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 9000)"
      " SELECT id, 1, 'key', '1',"
      "  CASE WHEN id BETWEEN 201 AND 250 OR id BETWEEN 4097 AND 4146 THEN 1 ELSE 9000000 END,"
      "  1, 1, id FROM n"));
  const auto requests = *OldRequests::open(connection);
  const auto forget = [&] { return *requests->forget(time_of_seconds(1), 100); };
  EXPECT_EQ(forget(), 50U);
  EXPECT_EQ(forget(), 50U);
  EXPECT_EQ(forget(), 0U);
  EXPECT_EQ(*connection.query_integer("SELECT count(*) FROM request"), 8'900);
}

}  // namespace
}  // namespace scorekeeper::store::sqlite
