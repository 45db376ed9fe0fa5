#include "base/open_files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <string>

namespace scorekeeper {
namespace {

std::size_t places_for_files() {
  std::ifstream status("/proc/self/status");
  std::string word;
  std::size_t places = 0;
  while (status >> word) {
    if (word == "FDSize:") status >> places;
  }
  return places;
}

rlimit limit_of_files() {
  rlimit limit{};
  EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  return limit;
}

class OpenFiles : public testing::Test {
 protected:
  void TearDown() override { ::setrlimit(RLIMIT_NOFILE, &before_); }

  const rlimit before_ = limit_of_files();
};

TEST_F(OpenFiles, HaveTheirPlacesBeforeTheyAreOpened) {
  const auto wanted = std::min<std::size_t>(before_.rlim_max, 2 * places_for_files() + 1'000);
  auto low = before_;
  low.rlim_cur = wanted - 1;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  ASSERT_LT(places_for_files(), wanted);

  EXPECT_EQ(reserve_open_files(wanted), wanted);
  EXPECT_EQ(limit_of_files().rlim_cur, wanted);
  EXPECT_GE(places_for_files(), wanted);
}

TEST_F(OpenFiles, StayWithinTheHardLimit) {
  EXPECT_EQ(reserve_open_files(before_.rlim_max + 1), before_.rlim_max);
  EXPECT_EQ(limit_of_files().rlim_cur, before_.rlim_max);
}

TEST_F(OpenFiles, KeepAHigherLimit) {
  EXPECT_EQ(reserve_open_files(10), before_.rlim_cur);
  EXPECT_EQ(limit_of_files().rlim_cur, before_.rlim_cur);
}

}  // namespace
}  // namespace scorekeeper
