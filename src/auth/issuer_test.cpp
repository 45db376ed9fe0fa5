#include "auth/issuer.h"

#include <gtest/gtest.h>

#include <limits>

#include "auth/issuer_fixture.h"
#include "base/limits.h"

namespace scorekeeper::auth {
namespace {

constexpr std::int64_t now_seconds = 1'790'000'000;
constexpr Time now = Time(std::chrono::seconds(now_seconds));

class IssuerTest : public ::testing::Test {
 protected:
  IssuerTest() { issuer_.replace(published(key_), now); }

  static std::shared_ptr<const PublicKeys> published(const TestKey& key) {
    const std::vector keys{key.published()};
    return std::make_shared<PublicKeys>(keys);
  }
  AccessToken good() const {
    AccessToken token;
    token.algorithm = key_.algorithm();
    token.key_id = key_.id();
    token.issuer = "https://issuer.test";
    token.subject = "ann";
    token.audience = {"other", "scorekeeper"};
    token.expires_at = now_seconds + 600;
    token.scopes = {"openid", "apm_service_catalog_read", "cases_read"};
    token.signed_text = "h.c";
    token.signature = key_.sign(token.signed_text);
    return token;
  }
  void check_refused(const AccessToken& token, std::string_view why) {
    const auto caller = issuer_.authenticate(token, now);
    ASSERT_FALSE(caller) << why;
    EXPECT_EQ(caller.error(), make_error(Code::unauthenticated, std::string(why)));
  }

  TestKey key_{SignatureAlgorithm::es256, "k1"};
  bool askable_ = false;
  int asked_ = 0;
  Issuer issuer_{{.issuer = "https://issuer.test", .audience = "scorekeeper", .org = {7}}, [this] {
                   ++asked_;
                   return askable_;
                 }};
};

TEST_F(IssuerTest, VouchesForItsSubjectsWithTheScopesOfOurs) {
  auto scopes = *parse_scopes("apm_service_catalog_read,cases_read");
  EXPECT_EQ(*issuer_.authenticate(good(), now),
            (Caller{.org = {7}, .key = {}, .scopes = scopes, .subject = "ann"}));
  auto token = good();
  token.scopes = {"admin", "apm_service_catalog_read_more"};
  EXPECT_TRUE(issuer_.authenticate(token, now)->scopes.empty());
  EXPECT_EQ(asked_, 0);
}

TEST_F(IssuerTest, RolesBoundWhatATokenMayDoAndItsScopesNarrowThem) {
  Issuer issuer({.issuer = "https://issuer.test",
                 .audience = "scorekeeper",
                 .org = {7},
                 .role_claim = "roles",
                 .roles = {{"ci", Role::reporter}, {"lead", Role::editor}, {"ci", Role::approver}}},
                [] { return false; });
  issuer.replace(published(key_), now);
  const auto scopes_of_token = [&](std::vector<std::string> roles,
                                   std::vector<std::string> scopes) {
    auto token = good();
    token.roles = std::move(roles);
    token.scopes = std::move(scopes);
    return write_scopes(issuer.authenticate(token, now)->scopes);
  };
  EXPECT_EQ(scopes_of_token({}, {}), "");
  EXPECT_EQ(scopes_of_token({"admin", ""}, {"openid"}), "");
  EXPECT_EQ(scopes_of_token({}, {"apm_service_catalog_write", "scorekeeper_admin"}), "");
  EXPECT_EQ(scopes_of_token({"ci"}, {"openid"}),
            "apm_service_catalog_read,cases_read,scorekeeper_outcomes_write,"
            "scorekeeper_exemptions_approve");
  EXPECT_EQ(scopes_of_token({"x", "lead"}, {}), write_scopes(scopes_of(Role::editor)));
  EXPECT_EQ(scopes_of_token({"lead"}, {"cases_read", "scorekeeper_admin"}), "cases_read");
  EXPECT_EQ(scopes_of_token({"ci"}, {"apm_service_catalog_write"}), "scorekeeper_outcomes_write");
}

TEST_F(IssuerTest, RefusesTokensOfOthersAndForOthers) {
  auto token = good();
  token.issuer = "https://issuer.test/";
  check_refused(token, "iss is not the issuer");
  token = good();
  token.issuer.clear();
  check_refused(token, "iss is not the issuer");
  for (const auto& audience : std::vector<std::vector<std::string>>{
           {}, {""}, {"other"}, {"scorekeeper2", "Scorekeeper"}}) {
    token = good();
    token.audience = audience;
    check_refused(token, "aud does not name this server");
  }
  for (const auto& subject : {std::string(), std::string("a\nb"),
                              std::string(subject_characters_max + 1, 'a'), std::string("\0", 1)}) {
    token = good();
    token.subject = subject;
    check_refused(token, "sub is missing, too long or has a control character");
  }
  token = good();
  token.subject = std::string(subject_characters_max, 'a');
  EXPECT_EQ(issuer_.authenticate(token, now)->subject, token.subject);
  token = good();
  token.signature[5] = static_cast<char>(token.signature[5] ^ 1);
  check_refused(token, "the signature is wrong");
}

TEST_F(IssuerTest, HoldsTheTimesOfATokenWithinTheSkewOfClocks) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  const struct {
    std::optional<std::int64_t> expires_at;
    std::optional<std::int64_t> not_before;
    std::string_view why;  // empty: good
  } cases[] = {
      {std::nullopt, std::nullopt, "exp is missing"},
      {now_seconds - 59, std::nullopt, ""},
      {now_seconds - 60, std::nullopt, "the token has expired"},
      {least, std::nullopt, "the token has expired"},
      {most, std::nullopt, ""},
      {now_seconds + 1, now_seconds + 60, ""},
      {now_seconds + 1, now_seconds + 61, "the token is not valid yet"},
      {now_seconds + 1, most, "the token is not valid yet"},
      {now_seconds + 1, least, ""},
  };
  for (const auto& [expires_at, not_before, why] : cases) {
    auto token = good();
    token.expires_at = expires_at;
    token.not_before = not_before;
    if (why.empty()) {
      EXPECT_TRUE(issuer_.authenticate(token, now)) << *expires_at;
    } else {
      check_refused(token, why);
    }
  }
}

TEST_F(IssuerTest, AsksForKeysThatItDoesNotKnow) {
  const TestKey next(SignatureAlgorithm::es256, "k2");
  auto token = good();
  token.key_id = "k2";
  token.signature = next.sign(token.signed_text);
  check_refused(token, "the key is not one of the issuer's");
  EXPECT_EQ(asked_, 1);
  askable_ = true;
  EXPECT_EQ(issuer_.authenticate(token, now).error().code, Code::unavailable);
  EXPECT_EQ(asked_, 2);
  issuer_.replace(published(next), now);
  EXPECT_TRUE(issuer_.authenticate(token, now));
  EXPECT_EQ(issuer_.authenticate(good(), now).error().code, Code::unavailable);  // the old key
}

TEST_F(IssuerTest, DoesNotAskForTheSakeOfATokenThatIsNoGoodAnyway) {
  auto token = good();
  token.key_id = "k2";
  token.expires_at = 0;
  check_refused(token, "the token has expired");
  token = good();
  token.signature.clear();
  check_refused(token, "the signature is wrong");
  EXPECT_EQ(asked_, 0);
}

TEST_F(IssuerTest, KeepsOldKeysForATimeOnly) {
  auto token = good();
  token.expires_at = now_seconds + 1'000'000;
  const auto day = std::chrono::seconds(86'400);
  EXPECT_TRUE(issuer_.authenticate(token, now + day));
  const auto later = now + day + std::chrono::seconds(1);
  EXPECT_EQ(issuer_.authenticate(token, later).error().code, Code::unavailable);
  issuer_.replace(published(key_), later);
  EXPECT_TRUE(issuer_.authenticate(token, later));
}

TEST(Issuer, IsUnavailableBeforeItsKeysAreThere) {
  int asked = 0;
  const Issuer issuer({.issuer = "i", .audience = "a", .org = {1}}, [&] {
    ++asked;
    return false;
  });
  AccessToken token;
  token.issuer = "i";
  token.audience = {"a"};
  token.subject = "s";
  token.expires_at = now_seconds + 1;
  EXPECT_EQ(issuer.authenticate(token, now).error().code, Code::unavailable);
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace scorekeeper::auth
