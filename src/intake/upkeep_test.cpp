#include "intake/upkeep.h"

#include <gtest/gtest.h>

#include "intake/fake_store.h"

namespace scorekeeper::intake {
namespace {

// Old requests go faster than new ones come, however many come with each group.
TEST(Upkeep, ForgetsMoreRequestsThanCome) {
  constexpr std::size_t in_group = 4'096;
  FakeStore store;
  Metrics metrics;
  matrix::Matrix matrix{Limits()};
  Upkeep upkeep(matrix, store, metrics.counter("failures", ""));
  std::uint64_t next = 1;
  const auto accept = [&](std::size_t count, Time at) {
    std::vector<store::AcceptedRequest> requests;
    for (std::size_t n = 0; n < count; ++n) {
      requests.push_back(
          {.number = {next++}, .org = {1}, .key = {1}, .accepted_at = at, .position = {}});
    }
    ASSERT_TRUE(store.append({.changes = {},
                              .requests = requests,
                              .entities = {},
                              .requests_reserved = {next + 1'000'000}}));
  };
  ASSERT_TRUE(store.append(
      {.changes = {}, .requests = {}, .entities = {}, .requests_reserved = {1'000'000}}));
  const Time start = time_of_seconds(1'790'000'000);
  accept(20'000, start);
  const Time now = start + request_kept + std::chrono::hours(1);
  for (int step = 0; step < 6; ++step) {
    accept(in_group, now);
    upkeep.step(now, in_group);
  }
  EXPECT_EQ(store.count_requests(), 6 * in_group);
  EXPECT_FALSE(upkeep.busy());
  EXPECT_EQ(store.broken(), "");
}

}  // namespace
}  // namespace scorekeeper::intake
