#include "base/work_budget.h"

#include <gtest/gtest.h>

namespace scorekeeper {
namespace {

using std::chrono::steady_clock;

TEST(WorkBudget, HasNoBoundsByDefault) {
  WorkBudget budget;
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(budget.spend(WorkBudget::no_end));
  EXPECT_FALSE(budget.stopped());
}

TEST(WorkBudget, AllowsExactlyItsStepsAndNamesTheParameterBeyond) {
  WorkBudget budget({.steps = 10, .deadline = WorkBudget::SteadyTime::max(), .cancelled = {}});
  EXPECT_TRUE(budget.spend(4));
  EXPECT_TRUE(budget.spend(6));
  EXPECT_TRUE(budget.spend(0));
  EXPECT_FALSE(budget.stopped());
  EXPECT_FALSE(budget.spend(1));
  EXPECT_TRUE(budget.stopped());
  const auto error = budget.error("filter[entity][query]");
  EXPECT_EQ(error.code, Code::invalid);
  EXPECT_EQ(error.pointer, "filter[entity][query]");
  EXPECT_NE(error.detail.find("10 steps"), std::string::npos) << error.detail;
  EXPECT_NE(error.detail.find("query_work_max"), std::string::npos) << error.detail;
}

TEST(WorkBudget, StaysStopped) {
  WorkBudget budget({.steps = 10, .deadline = WorkBudget::SteadyTime::max(), .cancelled = {}});
  EXPECT_FALSE(budget.spend(11));
  EXPECT_FALSE(budget.spend(1));
  EXPECT_FALSE(budget.spend(0));
}

TEST(WorkBudget, StopsAtItsDeadline) {
  const auto deadline = steady_clock::now() + std::chrono::milliseconds(20);
  WorkBudget budget({.steps = WorkBudget::no_end, .deadline = deadline, .cancelled = {}});
  while (budget.spend(1)) {
    // The clock is looked at every look_steps steps: a minute of them would be far too many.
    ASSERT_LT(steady_clock::now(), deadline + std::chrono::minutes(1));
  }
  EXPECT_GE(steady_clock::now(), deadline);
  const auto error = budget.error("filter[entity][query]");
  EXPECT_EQ(error.code, Code::unavailable);
  EXPECT_TRUE(error.pointer.empty());
  EXPECT_NE(error.detail.find("query_deadline_ms"), std::string::npos) << error.detail;
}

TEST(WorkBudget, RefusesTheFirstStepWhenItsDeadlineHasPassed) {
  WorkBudget budget(
      {.steps = WorkBudget::no_end, .deadline = steady_clock::now(), .cancelled = {}});
  EXPECT_FALSE(budget.spend(1));
}

TEST(WorkBudget, StopsWithinOneLookWhenItIsCancelled) {
  const auto cancelled = std::make_shared<std::atomic<bool>>(false);
  WorkBudget budget({.steps = WorkBudget::no_end,
                     .deadline = WorkBudget::SteadyTime::max(),
                     .cancelled = cancelled});
  for (int i = 0; i < 3 * WorkBudget::look_steps; ++i) ASSERT_TRUE(budget.spend(1));
  *cancelled = true;
  std::int64_t steps = 0;
  while (budget.spend(1)) ++steps;
  EXPECT_LT(steps, WorkBudget::look_steps);
  EXPECT_EQ(budget.error("x").code, Code::unavailable);
}

TEST(WorkBudget, OneLargeStepIsALook) {
  const auto cancelled = std::make_shared<std::atomic<bool>>(false);
  WorkBudget budget({.steps = WorkBudget::no_end,
                     .deadline = WorkBudget::SteadyTime::max(),
                     .cancelled = cancelled});
  ASSERT_TRUE(budget.spend(1));
  *cancelled = true;
  EXPECT_FALSE(budget.spend(1'000'000'000));
}

}  // namespace
}  // namespace scorekeeper
