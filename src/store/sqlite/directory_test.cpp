#include "store/sqlite/directory.h"

#include <gtest/gtest.h>

#include <chrono>

#include "base/synced_files.h"
#include "base/test_directory.h"

namespace scorekeeper::store::sqlite {
namespace {

TEST(StoreDirectory, AllNewNamesAboveItAreFlushed) {
  const TestDirectory directory;
  SyncedFiles::get().clear();
  const auto made = make_private_directory(directory.path("a/b/c/store/"));
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_FALSE(*made);
  for (const char* const name : {"", "a", "a/b", "a/b/c"}) {
    EXPECT_TRUE(SyncedFiles::get().has(directory.path(name))) << name;
  }
  EXPECT_TRUE(*make_private_directory(directory.path("a/b/c/store")));
}

TEST(StoreDirectory, AFileIsWrittenAgainAsItWas) {
  const TestDirectory directory;
  const std::string path = directory.path("file");
  const std::string bytes = std::string(3'000'000, 'x') + "end";
  write_file(path, bytes);
  const auto before = std::filesystem::file_time_type() + std::chrono::hours(1);
  std::filesystem::last_write_time(path, before);
  ASSERT_TRUE(rewrite_file(path));
  EXPECT_EQ(read_file(path), bytes);
  EXPECT_NE(std::filesystem::last_write_time(path), before);
  EXPECT_TRUE(SyncedFiles::get().has(path));
  EXPECT_EQ(rewrite_file(directory.path("none")).error().code, Code::unavailable);
}

}  // namespace
}  // namespace scorekeeper::store::sqlite
