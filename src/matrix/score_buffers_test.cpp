#include "matrix/score_buffers.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

namespace scorekeeper::matrix {
namespace {

TEST(ScoreBuffers, KeepAFewOnly) {
  ScoreBuffers buffers;
  std::vector<std::unique_ptr<ScoreBuffer>> taken;
  for (std::size_t n = 0; n < score_buffers_max + 3; ++n) {
    taken.push_back(buffers.take());
    taken.back()->entity_pages.open(0, 1, {});
  }
  EXPECT_EQ(buffers.memory_bytes(), 0U);
  const std::size_t bytes = taken.front()->memory_bytes();
  EXPECT_GT(bytes, sizeof(EntityPage));
  for (auto& buffer : taken) buffers.give_back(std::move(buffer));
  EXPECT_EQ(buffers.memory_bytes(), score_buffers_max * bytes);
  EXPECT_FALSE(buffers.take()->entity_pages.empty());  // one that was used before
}

TEST(ScoreBuffers, KnowWhatIsCountedAsItIsNow) {
  constexpr Words everybody{1, 2};
  ScoreBuffer buffer;
  RuleSelection some;
  some.levels = std::vector{1};
  buffer.begin(some);
  EXPECT_FALSE(buffer.rule_pages.is_current(3, 1, everybody));
  buffer.rule_pages.open(3, 7, everybody).rules.resize(1);
  EXPECT_TRUE(buffer.rule_pages.is_current(3, 7, everybody));
  EXPECT_FALSE(buffer.rule_pages.is_current(3, 8, everybody));
  EXPECT_FALSE(buffer.rule_pages.is_current(3, 7, {}));
  EXPECT_TRUE(buffer.rule_pages.is_counted(3, 7));
  EXPECT_FALSE(buffer.rule_pages.is_counted(2, 7));
  buffer.begin(some);
  EXPECT_TRUE(buffer.rule_pages.is_counted(3, 7));
  buffer.begin({});  // other rules
  EXPECT_FALSE(buffer.rule_pages.is_counted(3, 1));
}

}  // namespace
}  // namespace scorekeeper::matrix
