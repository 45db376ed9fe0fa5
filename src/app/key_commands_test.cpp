#include "app/key_commands.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "app/service.h"
#include "auth/keys.h"
#include "base/fake_clock.h"
#include "base/metrics.h"
#include "base/test_directory.h"
#include "store/sqlite/store.h"

namespace scorekeeper::app {
namespace {

class KeyCommandsTest : public ::testing::Test {
 protected:
  const TestDirectory test_directory_;
  const std::string directory_ = test_directory_.path();

  void make_store() {
    Metrics metrics;
    ASSERT_TRUE(store::sqlite::Store::open({.directory = directory_}, metrics));
  }
  Config config() const {
    Config config;
    config.store = directory_;
    return config;
  }
  KeyOptions options(const std::string& name, const std::string& org = "default") const {
    return {.store = directory_, .org = org, .name = name};
  }
  // The output of a command; "" when it fails.
  template <class Command>
  std::string printed(Command command) {
    ::testing::internal::CaptureStdout();
    const bool done = command().has_value();
    auto shown = ::testing::internal::GetCapturedStdout();
    EXPECT_TRUE(done);
    return shown;
  }

  FakeClock clock_;
};

TEST_F(KeyCommandsTest, APairAuthenticatesUntilItIsRevoked) {
  make_store();
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
  EXPECT_EQ(printed([&] { return key_revoke({.store = directory_, .id = "2"}, Format::text); }),
            "application key 2 (ci) is revoked\n"
            "API key 1 (ci) of the same pair is not: it still works beside another application key "
            "of the org. `scorekeeper key revoke --store " +
                directory_ + " 1` revokes it too, and so does --pair\n");
  ring.replace((*store)->load_keys()->keys);
  EXPECT_EQ(ring.authenticate(pair->api_secret, pair->application_secret).error().code,
            Code::unauthenticated);
}

TEST_F(KeyCommandsTest, SecretsAreNotInTheStore) {
  make_store();
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
  make_store();
  const auto unknown_org = key_create(options("ci", "nobody"), Format::json);
  ASSERT_FALSE(unknown_org);
  EXPECT_NE(unknown_org.error().detail.find("\"nobody\""), std::string::npos);
  for (const auto* const scopes : {"fly", "", ",", "cases_read,"}) {
    auto wrong = options("ci");
    wrong.permission.scopes = scopes;
    EXPECT_EQ(key_create(wrong, Format::json).error().code, Code::invalid) << scopes;
  }
  auto wrong = options("ci");
  wrong.permission.role = "boss";
  EXPECT_EQ(key_create(wrong, Format::json).error().code, Code::invalid);
  EXPECT_EQ(key_revoke({.store = directory_, .id = "999"}, Format::text).error().code,
            Code::not_found);
  for (const auto* const id : {"ci", "", "-1", "1x", "99999999999"}) {
    EXPECT_EQ(key_revoke({.store = directory_, .id = id}, Format::text).error().code, Code::invalid)
        << id;
  }
}

TEST_F(KeyCommandsTest, NothingButServeMakesAStore) {
  EXPECT_EQ(key_create(options("ci"), Format::json).error().code, Code::not_found);
  EXPECT_EQ(key_list(directory_, Format::json).error().code, Code::not_found);
  EXPECT_EQ(org_list(directory_, Format::json).error().code, Code::not_found);
  EXPECT_EQ(org_create(directory_, "acme", Format::json).error().code, Code::not_found);
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
}

TEST_F(KeyCommandsTest, APairIsRevokedTogether) {
  make_store();
  ASSERT_FALSE(printed([&] { return org_create(directory_, "default", Format::json); }).empty());
  for (const auto* const name : {"ci", "other"}) {
    ASSERT_FALSE(printed([&] { return key_create(options(name), Format::json); }).empty());
  }
  EXPECT_EQ(printed([&] {
              return key_revoke({.store = directory_, .id = "4", .pair = true}, Format::json);
            }),
            R"({"revoked":["4","3"],"remaining":[]})"
            "\n");
  EXPECT_EQ(printed([&] { return key_revoke({.store = directory_, .id = "1"}, Format::json); }),
            R"({"revoked":["1"],"remaining":["2"]})"
            "\n");
  // Nothing of the pair is left.
  EXPECT_EQ(printed([&] { return key_revoke({.store = directory_, .id = "2"}, Format::json); }),
            R"({"revoked":["2"],"remaining":[]})"
            "\n");
}

TEST_F(KeyCommandsTest, NamesFitInALineOfAList) {
  for (const auto& name : {std::string(), std::string("a\tb"), std::string("a\n"),
                           std::string(1, '\x7f'), std::string("\xff"), std::string(256, 'n')}) {
    EXPECT_EQ(org_create(directory_, name, Format::json).error().code, Code::invalid) << name;
    EXPECT_EQ(key_create(options(name), Format::json).error().code, Code::invalid) << name;
  }
  // Nothing was made of a refused one.
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
  make_store();
  std::string longest;
  for (int i = 0; i < 255; ++i) longest += "ö";
  EXPECT_TRUE(org_create(directory_, longest, Format::json));
  EXPECT_TRUE(key_create(options(longest, longest), Format::json));
}

TEST_F(KeyCommandsTest, TheFirstPairIsMadeOnceInAPrivateFile) {
  make_store();
  ::testing::internal::CaptureStdout();
  ASSERT_TRUE(make_first_keys(config(), clock_));
  const auto shown = ::testing::internal::GetCapturedStdout();
  EXPECT_TRUE(shown.starts_with("{\"api_key\":\"")) << shown;
  const std::string path = directory_ + "/initial-keys.json";
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), shown);
  ::testing::internal::CaptureStdout();
  ASSERT_TRUE(make_first_keys(config(), clock_));
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
}

TEST_F(KeyCommandsTest, ALostStoreIsNotReplacedUnlessToldSo) {
  EXPECT_TRUE(check_not_lost(config()));
  for (const auto* const trace : {"/initial-keys.json", "/scorekeeper.db-wal"}) {
    std::ofstream(directory_ + trace) << "text";
    auto permitted = config();
    permitted.replace_lost_store = true;
    for (const bool empty : {false, true}) {
      if (empty) std::ofstream(directory_ + "/scorekeeper.db").close();
      const auto lost = check_not_lost(config());
      ASSERT_FALSE(lost) << trace;
      EXPECT_TRUE(lost.error().detail.contains(trace)) << lost.error().detail;
      EXPECT_TRUE(check_not_lost(permitted));
    }
    std::filesystem::remove(directory_ + trace);
    std::filesystem::remove(directory_ + "/scorekeeper.db");
  }
  make_store();
  EXPECT_TRUE(check_not_lost(config()));
  // A database that has forgotten its keys beside the file of the first ones.
  std::ofstream(directory_ + "/initial-keys.json") << "text";
  EXPECT_FALSE(make_first_keys(config(), clock_));
}

}  // namespace
}  // namespace scorekeeper::app
