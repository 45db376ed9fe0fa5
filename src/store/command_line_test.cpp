#include "store/command_line.h"

#include <gtest/gtest.h>

namespace scorekeeper::store {
namespace {

TEST(CommandLineActor, HasAName) {
  const auto actor = command_line_actor();
  EXPECT_EQ(actor.type, AuditActorType::command_line);
  EXPECT_FALSE(actor.id.empty());
}

TEST(CommandLineEvents, TellOfTokensAsSuch) {
  const Key key{.id = {7},
                .org = {3},
                .kind = KeyKind::personal,
                .name = "laptop",
                .hash = {},
                .scopes = {},
                .created_at = time_of_seconds(9),
                .revoked_at = std::nullopt};
  EXPECT_EQ(creation_of(key).resource, AuditResource::token);
  const auto revoked = revocation_of(key, time_of_seconds(10));
  EXPECT_EQ(revoked.org, OrgId{3});
  EXPECT_EQ(revoked.resource_id, "7");
  EXPECT_EQ(revoked.action, AuditAction::revoked);
  EXPECT_EQ(revoked.at, time_of_seconds(10));
}

}  // namespace
}  // namespace scorekeeper::store
