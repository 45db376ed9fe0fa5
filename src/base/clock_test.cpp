#include "base/clock.h"

#include <gtest/gtest.h>

namespace scorekeeper {
namespace {

using std::chrono::seconds;

TEST(IsDue, AtItsTimeAndWhereTheClockWasSetBack) {
  const Time now = time_of_seconds(1'000'000);
  constexpr seconds interval{60};
  EXPECT_TRUE(is_due(now, Time(), interval));  // it was never done
  EXPECT_TRUE(is_due(now, now, interval));
  EXPECT_FALSE(is_due(now, now + seconds(1), interval));
  EXPECT_FALSE(is_due(now, now + interval, interval));  // it has just been done
  // Nobody could have put it off for longer: the clock was set back since.
  EXPECT_TRUE(is_due(now, now + interval + seconds(1), interval));
  EXPECT_TRUE(is_due(now, now + seconds(3'600), interval));
}

}  // namespace
}  // namespace scorekeeper
