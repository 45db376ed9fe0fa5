// The statements of an append. Pure but for the batch that they are added to.
#pragma once

#include "store/ledger.h"
#include "store/postgres/connection.h"

namespace scorekeeper::store::postgres {

// Adds to the open batch of `connection` what stores the part of the group that is of `org`, in one
// statement for each table, with arrays, which can be prepared and sent with the rest of the
// transaction in one round trip. Measured (bench/results/cluster-20261129-080446.txt): COPY takes
// 0.94 of its outcomes a second where one request of 100 outcomes is a group, 1.07 with 16, 1.26
// with 64, and is a round trip more.
// New entities get `position`, which is behind every one before.
void add_append(Connection& connection, OrgId org, const Group& group, RowId position);

// Where the head moves to: the last row of the group that is of `org` (entities without any take a
// position of their own), and its latest time.
struct AppendedTo {
  RowId last;
  Time last_at{};
};
// An Error when rows do not grow from `head` on.
Result<AppendedTo> check_append(OrgId org, const Group& group, RowId head);

}  // namespace scorekeeper::store::postgres
