// The distribution rule (docs/formats/store.md#citus): a table with an org has it in every key, so
// that an org's rows could live on a node of their own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "store/postgres/store_fixture.h"

namespace scorekeeper::store::postgres {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The violations of the rule, sorted. Primary keys and unique constraints are unique indexes, whose
// first column must be the org; a foreign key must join the org with the org.
std::vector<std::string> violations(PgConnection& connection) {
  const auto rows = connection.query(R"sql(
WITH distributed AS (
  SELECT c.oid, c.relname, a.attnum AS org
  FROM pg_class AS c
  LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'org' AND NOT a.attisdropped
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND c.relname NOT IN ('meta', 'schema_version', 'secret', 'org', 'key')
)
SELECT relname || ' has no org' FROM distributed WHERE org IS NULL
UNION ALL
SELECT d.relname || ' has no primary key' FROM distributed AS d
WHERE NOT EXISTS (SELECT 1 FROM pg_index AS i WHERE i.indrelid = d.oid AND i.indisprimary)
UNION ALL
SELECT d.relname || ': unique index ' || i.indexrelid::regclass
FROM distributed AS d JOIN pg_index AS i ON i.indrelid = d.oid
WHERE i.indisunique AND i.indkey[0] <> d.org
UNION ALL
SELECT d.relname || ': foreign key ' || k.conname
FROM distributed AS d JOIN pg_constraint AS k ON k.conrelid = d.oid AND k.contype = 'f'
LEFT JOIN pg_attribute AS r ON r.attrelid = k.confrelid AND r.attname = 'org'
WHERE r.attnum IS NULL OR k.confkey[array_position(k.conkey, d.org)] IS DISTINCT FROM r.attnum
UNION ALL
SELECT d.relname || ': constraint ' || k.conname
FROM distributed AS d JOIN pg_constraint AS k ON k.conrelid = d.oid AND k.contype = 'x'
ORDER BY 1)sql");
  EXPECT_TRUE(rows) << rows.error().detail;
  std::vector<std::string> found;
  for (int row = 0; rows && row < rows->size(); ++row) found.emplace_back(rows->text(row, 0));
  return found;
}

TEST(Distribution, HasTheOrgInEveryKey) {
  TestStore store;
  EXPECT_THAT(violations(store.connection), IsEmpty());
}

TEST(Distribution, IsBrokenByAKeyWithoutTheOrg) {
  TestStore store;
  ASSERT_TRUE(store.connection.execute(
      "CREATE TABLE a_stray (number integer PRIMARY KEY);"
      "CREATE TABLE b_loose (org integer NOT NULL, number integer NOT NULL);"
      "CREATE TABLE c_keyed (org integer NOT NULL, number integer PRIMARY KEY);"
      "CREATE TABLE d_second (org integer, number integer, PRIMARY KEY (number, org));"
      "CREATE TABLE e_bound (org integer, number integer REFERENCES c_keyed (number),"
      " PRIMARY KEY (org, number));"
      "CREATE TABLE f_crossed (org integer, rule integer, PRIMARY KEY (org, rule),"
      " FOREIGN KEY (rule, org) REFERENCES rule (org, number));"
      "CREATE UNIQUE INDEX g_name ON rule (name);"
      "ALTER TABLE kind ADD UNIQUE (name);"));
  EXPECT_THAT(
      violations(store.connection),
      ElementsAre("a_stray has no org", "b_loose has no primary key",
                  "c_keyed: unique index c_keyed_pkey", "d_second: unique index d_second_pkey",
                  "e_bound: foreign key e_bound_number_fkey",
                  "f_crossed: foreign key f_crossed_rule_org_fkey",
                  "kind: unique index kind_name_key", "rule: unique index g_name"));
}

}  // namespace
}  // namespace scorekeeper::store::postgres
