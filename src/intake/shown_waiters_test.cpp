#include "intake/shown_waiters.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/limits.h"

namespace scorekeeper::intake {
namespace {

constexpr RowId far{1'000'000};

class ShownWaitersTest : public testing::Test {
 protected:
  // Adds requests of an org; `answers_` counts those that were answered.
  void add(OrgId org, std::size_t count, const Gone& gone = nullptr) {
    for (std::size_t i = 0; i < count; ++i) {
      waiters_.add(org, far, gone, [this](bool shown) {
        EXPECT_FALSE(shown);
        ++answers_;
      });
    }
  }

  matrix::Matrix matrix_{Limits()};
  ShownWaiters waiters_{matrix_};
  std::size_t answers_ = 0;
};

TEST_F(ShownWaitersTest, OneOrgLeavesRoomForOthers) {
  add(OrgId{1}, shown_waiters_of_org_max);
  EXPECT_EQ(answers_, 0U);
  add(OrgId{1}, 10);
  EXPECT_EQ(answers_, 10U) << "over its own part they are answered at once";
  add(OrgId{2}, 1);
  EXPECT_EQ(answers_, 10U);
  waiters_.close();
  EXPECT_EQ(answers_, 10 + shown_waiters_of_org_max + 1);
}

TEST_F(ShownWaitersTest, AllOrgsTogetherAreBounded) {
  std::uint32_t org = 1;
  for (; org <= shown_waiters_max / shown_waiters_of_org_max; ++org) {
    add(OrgId{org}, shown_waiters_of_org_max);
  }
  EXPECT_EQ(answers_, 0U);
  add(OrgId{org}, 1);
  EXPECT_EQ(answers_, 1U);
}

TEST_F(ShownWaitersTest, WhoIsGoneMakesRoom) {
  const auto gone = std::make_shared<std::atomic<bool>>(false);
  add(OrgId{1}, shown_waiters_of_org_max, gone);
  *gone = true;
  add(OrgId{1}, shown_waiters_of_org_max);
  EXPECT_EQ(answers_, 0U);
  waiters_.answer();
  EXPECT_EQ(answers_, 0U);
  waiters_.close();
  EXPECT_EQ(answers_, shown_waiters_of_org_max) << "nobody answers those that are gone";
}

}  // namespace
}  // namespace scorekeeper::intake
