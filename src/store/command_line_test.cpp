#include "store/command_line.h"

#include <gtest/gtest.h>

namespace scorekeeper::store {
namespace {

TEST(CommandLineActor, HasAName) {
  const auto actor = command_line_actor();
  EXPECT_EQ(actor.type, AuditActorType::command_line);
  EXPECT_FALSE(actor.id.empty());
}

TEST(CommandLineChanges, TellOfTokensAsSuch) {
  const Key key{.id = {7},
                .org = {3},
                .kind = KeyKind::personal,
                .name = "laptop",
                .hash = {},
                .scopes = {},
                .created_at = time_of_seconds(9),
                .revoked_at = std::nullopt};
  EXPECT_EQ(creation_of(key).org, OrgId{3});
  EXPECT_EQ(name_of(creation_of(key).changes.at(0)),
            (ResourceName{.resource = AuditResource::token, .id = "7"}));
  const auto revoked = revocation_of(key, time_of_seconds(10));
  EXPECT_EQ(revoked.org, OrgId{3});
  EXPECT_EQ(action_of(revoked.changes.at(0)), AuditAction::revoked);
}

TEST(CommandLineRecord, GoesOnBehindTheHead) {
  const Org org{.id = {3}, .name = "acme", .created_at = time_of_seconds(9)};
  Head head{.org = {3}, .last = {7}, .last_at = time_of_seconds(20), .chain = {}, .floor = {}};
  const auto record = command_record(creation_of(org), time_of_seconds(9), head);
  EXPECT_EQ(record.position, RowId{8});
  EXPECT_EQ(record.last(), RowId{8});
  EXPECT_EQ(record.at, time_of_seconds(20) + std::chrono::microseconds(1));
  EXPECT_TRUE(record.group_end);
  EXPECT_EQ(record.actor, command_line_actor());
  head.last_at = time_of_seconds(8);
  EXPECT_EQ(command_record(creation_of(org), time_of_seconds(9), head).at, time_of_seconds(9));
}

}  // namespace
}  // namespace scorekeeper::store
