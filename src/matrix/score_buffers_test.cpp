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
    taken.back()->open(0, 1);
  }
  EXPECT_EQ(buffers.memory_bytes(), 0U);
  const std::size_t bytes = taken.front()->memory_bytes();
  EXPECT_GT(bytes, sizeof(EntityPage));
  for (auto& buffer : taken) buffers.give_back(std::move(buffer));
  EXPECT_EQ(buffers.memory_bytes(), score_buffers_max * bytes);
  EXPECT_FALSE(buffers.take()->pages.empty());  // one that was used before
}

}  // namespace
}  // namespace scorekeeper::matrix
