#include "app/token_commands.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "auth/keys.h"
#include "base/fake_clock.h"
#include "base/metrics.h"
#include "base/test_directory.h"
#include "store/sqlite/store.h"

namespace scorekeeper::app {
namespace {

class TokenCommandsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Metrics metrics;
    ASSERT_TRUE(store::sqlite::Store::open({.directory = directory_.store()}, metrics));
    auto store = store::sqlite::open_keys(directory_.store());
    ASSERT_TRUE(store) << store.error().detail;
    store_ = *std::move(store);
    ASSERT_TRUE(store_->create_org("default", clock_.now()));
  }

  RevokeOptions this_key(const Key& key) const {
    return {.store = directory_.store(), .id = std::to_string(key.id.number)};
  }
  TokenOptions options() { return {.store = directory_.store(), .name = "ci"}; }
  Result<Caller> authenticate(const std::string& secret) {
    auth::KeyRing ring;
    ring.replace(store_->load_keys()->keys);
    return ring.authenticate_token(secret, "", clock_.now());
  }

  TestDirectory directory_;
  std::unique_ptr<store::KeyStore> store_;
  FakeClock clock_;
};

TEST(ParseLifetime, TakesANumberAndAUnit) {
  const struct {
    const char* text;
    std::int64_t seconds;
  } cases[] = {{"45s", 45},        {"90m", 5'400},         {"12h", 43'200},
               {"30d", 2'592'000}, {"3650d", 315'360'000}, {"1s", 1}};
  for (const auto& [text, seconds] : cases) {
    const auto parsed = parse_lifetime(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->count(), seconds) << text;
  }
  for (const auto* const text : {"", "d", "30", "0d", "-1d", "3651d", "30w", "30dd", "1.5h", " 1d",
                                 "1d ", "9223372036854775807d", "99999999999999999999s"}) {
    EXPECT_EQ(parse_lifetime(text).error().code, Code::invalid) << text;
  }
}

TEST_F(TokenCommandsTest, ATokenAuthenticatesUntilItIsRevoked) {
  auto wanted = options();
  wanted.permission.scopes = "cases_read,scorekeeper_admin";
  wanted.kind = KeyKind::service;
  const auto token = create_token(*store_, wanted, clock_);
  ASSERT_TRUE(token) << token.error().detail;
  EXPECT_TRUE(token->secret.starts_with("sksat_"));
  EXPECT_EQ(token->key.owner, "");
  const auto caller = authenticate(token->secret);
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->org, token->org.id);
  EXPECT_EQ(caller->key, token->key.id);
  EXPECT_EQ(write_scopes(caller->scopes), "cases_read,scorekeeper_admin");
  EXPECT_EQ(key_revoke(this_key(token->key), Format::text).error().code, Code::not_found);
  EXPECT_TRUE(authenticate(token->secret));
  ::testing::internal::CaptureStdout();
  ASSERT_TRUE(token_revoke(this_key(token->key), Format::text));
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "token 1 (ci) is revoked\n");
  EXPECT_FALSE(authenticate(token->secret));
}

TEST_F(TokenCommandsTest, ARoleAndScopesGiveWhatBothHave) {
  const auto scopes_of_token = [&](const Permission& permission) {
    auto wanted = options();
    wanted.permission = permission;
    const auto token = create_token(*store_, wanted, clock_);
    EXPECT_TRUE(token) << token.error().detail;
    return write_scopes(authenticate(token->secret)->scopes);
  };
  EXPECT_EQ(scopes_of_token({.role = "reporter"}),
            "apm_service_catalog_read,cases_read,scorekeeper_outcomes_write");
  EXPECT_EQ(scopes_of_token({.role = "reporter", .scopes = "apm_service_catalog_write"}),
            "scorekeeper_outcomes_write");
  EXPECT_EQ(scopes_of_token({.role = "viewer", .scopes = "cases_read,cases_write"}), "cases_read");
}

TEST_F(TokenCommandsTest, ATokenEndsWhenItsTimeIsOver) {
  auto wanted = options();
  wanted.expires_in = "2m";
  const auto token = create_token(*store_, wanted, clock_);
  ASSERT_TRUE(token);
  EXPECT_TRUE(token->secret.starts_with("skpat_"));
  EXPECT_FALSE(token->key.owner.empty());
  EXPECT_EQ(token->key.scopes, ScopeSet::unscoped());
  clock_.advance(std::chrono::seconds(119));
  EXPECT_TRUE(authenticate(token->secret));
  clock_.advance(std::chrono::seconds(1));
  EXPECT_FALSE(authenticate(token->secret));
}

TEST_F(TokenCommandsTest, TheSecretIsNeitherInTheStoreNorInTheList) {
  const auto token = create_token(*store_, options(), clock_);
  ASSERT_TRUE(token);
  for (const auto& entry : std::filesystem::directory_iterator(directory_.store())) {
    const auto bytes = read_file(entry.path());
    EXPECT_EQ(bytes.find(token->secret), std::string::npos) << entry.path();
  }
  for (const auto format : {Format::text, Format::json}) {
    ::testing::internal::CaptureStdout();
    ASSERT_TRUE(token_list(directory_.store(), format));
    const auto shown = ::testing::internal::GetCapturedStdout();
    EXPECT_TRUE(shown.contains("ci")) << shown;
    EXPECT_FALSE(shown.contains("skpat_")) << shown;
    ::testing::internal::CaptureStdout();
    ASSERT_TRUE(key_list(directory_.store(), format));
    EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
  }
}

TEST_F(TokenCommandsTest, ErrorsSayWhatIsWrong) {
  const auto refused = [&](const TokenOptions& wanted, Code code, std::string_view part) {
    const auto token = create_token(*store_, wanted, clock_);
    ASSERT_FALSE(token) << part;
    EXPECT_EQ(token.error().code, code) << token.error().detail;
    EXPECT_TRUE(token.error().detail.contains(part)) << token.error().detail;
  };
  auto wanted = options();
  wanted.org = "nobody";
  refused(wanted, Code::not_found, "\"nobody\"");
  wanted = options();
  wanted.permission.scopes = "fly";
  refused(wanted, Code::invalid, "\"fly\"");
  for (const auto* const nothing : {"", ",", " "}) {
    wanted.permission.scopes = nothing;
    refused(wanted, Code::invalid, "a scope has no name");
  }
  wanted = options();
  wanted.permission.role = "";
  refused(wanted, Code::invalid, "unknown role \"\"");
  wanted.permission = {.role = "viewer", .scopes = "apm_service_catalog_write"};
  refused(wanted, Code::invalid, "the role viewer has none of the scopes");
  wanted = options();
  wanted.expires_in = "";
  refused(wanted, Code::invalid, "lifetime");
  wanted = options();
  wanted.owner = "";
  refused(wanted, Code::invalid, "the name of an owner");
  wanted = options();
  wanted.name = "a\nb";
  refused(wanted, Code::invalid, "the name of a token");
  wanted = options();
  wanted.owner = "a\tb";
  refused(wanted, Code::invalid, "the name of an owner");
  wanted = options();
  wanted.expires_in = "soon";
  refused(wanted, Code::invalid, "lifetime");
  EXPECT_TRUE(store_->load_keys()->keys.empty());
  EXPECT_EQ(token_revoke({.store = directory_.store(), .id = "7"}, Format::text).error().code,
            Code::not_found);
}

TEST_F(TokenCommandsTest, AKeyIsNotRevokedAsAToken) {
  ::testing::internal::CaptureStdout();
  ASSERT_TRUE(key_create({.store = directory_.store(), .name = "pair"}, Format::json));
  ::testing::internal::GetCapturedStdout();
  for (const auto& key : store_->load_keys()->keys) {
    EXPECT_EQ(token_revoke(this_key(key), Format::text).error().code, Code::not_found);
  }
}

}  // namespace
}  // namespace scorekeeper::app
