#include "app/key_commands.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "app/service.h"
#include "auth/keys.h"
#include "base/fake_clock.h"
#include "store/sqlite/store.h"

namespace scorekeeper::app {
namespace {

class KeyCommandsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = ::testing::TempDir() + "scorekeeper-keys-XXXXXX";
    ASSERT_NE(::mkdtemp(directory_.data()), nullptr);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
  FakeClock clock_;
};

TEST_F(KeyCommandsTest, APairAuthenticatesUntilItIsRevoked) {
  const auto store = store::sqlite::open_keys(directory_);
  ASSERT_TRUE(store) << store.error().detail;
  const auto org = (*store)->create_org("default", clock_.now());
  ASSERT_TRUE(org);
  const auto pair = create_key_pair(
      **store, {.org = *org, .name = "ci", .scopes = *parse_scopes("cases_read")}, clock_);
  ASSERT_TRUE(pair) << pair.error().detail;
  auth::KeyRing ring;
  ring.replace((*store)->load_keys()->keys);
  const auto caller = ring.authenticate(pair->api_secret, pair->application_secret);
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->org, org->id);
  EXPECT_EQ(write_scopes(caller->scopes), "cases_read");
  ASSERT_TRUE(key_revoke(directory_, pair->application.id.number));
  ring.replace((*store)->load_keys()->keys);
  EXPECT_EQ(ring.authenticate(pair->api_secret, pair->application_secret).error().code,
            Code::unauthenticated);
}

TEST_F(KeyCommandsTest, SecretsAreNotInTheStore) {
  const auto store = store::sqlite::open_keys(directory_);
  ASSERT_TRUE(store);
  const auto org = (*store)->create_org("default", clock_.now());
  const auto pair =
      create_key_pair(**store, {.org = *org, .name = "ci", .scopes = std::nullopt}, clock_);
  ASSERT_TRUE(pair);
  EXPECT_EQ(pair->application.scopes, ScopeSet::unscoped());
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(bytes.find(pair->api_secret), std::string::npos) << entry.path();
    EXPECT_EQ(bytes.find(pair->application_secret), std::string::npos) << entry.path();
  }
}

TEST_F(KeyCommandsTest, ErrorsNameWhatIsMissing) {
  const auto unknown_org = key_create(directory_, "nobody", "ci", "", Format::json);
  ASSERT_FALSE(unknown_org);
  EXPECT_NE(unknown_org.error().detail.find("\"nobody\""), std::string::npos);
  const auto unknown_scope = key_create(directory_, "default", "ci", "fly", Format::json);
  ASSERT_FALSE(unknown_scope);
  EXPECT_EQ(unknown_scope.error().code, Code::invalid);
  EXPECT_EQ(key_revoke(directory_, 999).error().code, Code::not_found);
}

TEST_F(KeyCommandsTest, NamesFitInALineOfAList) {
  for (const auto& name : {std::string(), std::string("a\tb"), std::string("a\n"),
                           std::string(1, '\x7f'), std::string("\xff"), std::string(256, 'n')}) {
    EXPECT_EQ(org_create(directory_, name, Format::json).error().code, Code::invalid) << name;
    EXPECT_EQ(key_create(directory_, "default", name, "", Format::json).error().code, Code::invalid)
        << name;
  }
  // Nothing was made of a refused one.
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
  std::string longest;
  for (int i = 0; i < 255; ++i) longest += "ö";
  EXPECT_TRUE(org_create(directory_, longest, Format::json));
  EXPECT_TRUE(key_create(directory_, longest, longest, "", Format::json));
}

TEST_F(KeyCommandsTest, TheFirstPairIsMadeOnceInAPrivateFile) {
  ::testing::internal::CaptureStdout();
  ASSERT_TRUE(make_first_keys(directory_, clock_));
  const auto shown = ::testing::internal::GetCapturedStdout();
  EXPECT_TRUE(shown.starts_with("{\"api_key\":\"")) << shown;
  const std::string path = directory_ + "/initial-keys.json";
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), shown);
  ::testing::internal::CaptureStdout();
  ASSERT_TRUE(make_first_keys(directory_, clock_));
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
}

}  // namespace
}  // namespace scorekeeper::app
