#include "domain/precondition.h"

#include <gtest/gtest.h>

namespace scorekeeper {
namespace {

constexpr RowId unknown{};

TEST(Precondition, AsksForNothingWhenNoneIsGiven) {
  const Precondition none;
  EXPECT_TRUE(none.is_met_by(std::nullopt));
  EXPECT_TRUE(none.is_met_by(unknown));
  EXPECT_TRUE(none.is_met_by(RowId{7}));
}

TEST(Precondition, AsksForTheThingToBeThere) {
  const Precondition any{.given = true, .any = true, .versions = {}};
  EXPECT_FALSE(any.is_met_by(std::nullopt));
  EXPECT_TRUE(any.is_met_by(unknown));
  EXPECT_TRUE(any.is_met_by(RowId{7}));
}

TEST(Precondition, AsksForOneOfTheVersions) {
  const Precondition some{.given = true, .any = false, .versions = {{5}, {7}}};
  EXPECT_FALSE(some.is_met_by(std::nullopt));
  EXPECT_FALSE(some.is_met_by(unknown));
  EXPECT_FALSE(some.is_met_by(RowId{6}));
  EXPECT_TRUE(some.is_met_by(RowId{7}));
  // Tags that are no version of ours.
  const Precondition foreign{.given = true, .any = false, .versions = {}};
  EXPECT_FALSE(foreign.is_met_by(RowId{7}));
  EXPECT_FALSE(foreign.is_met_by(unknown));
}

TEST(Precondition, FailsWithTheVersionThatThereIs) {
  const Precondition some{.given = true, .any = false, .versions = {{5}}};
  EXPECT_TRUE(some.check(RowId{5}));
  const auto error = some.check(RowId{6}).error();
  EXPECT_EQ(error.code, Code::precondition_failed);
  EXPECT_EQ(error.version, 6U);
  EXPECT_EQ(error.detail, "If-Match does not match: it was changed, its version is \"6\" now");
  EXPECT_EQ(some.check(unknown).error().version, 0U);
  EXPECT_EQ(some.check(std::nullopt).error().detail,
            "If-Match does not match: it is not there yet");
}

}  // namespace
}  // namespace scorekeeper
