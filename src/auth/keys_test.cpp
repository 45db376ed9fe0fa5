#include "auth/keys.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace scorekeeper::auth {
namespace {

std::string hex(const SecretHash& hash) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const auto byte : hash) {
    text += digits[std::to_integer<std::size_t>(byte) >> 4];
    text += digits[std::to_integer<std::size_t>(byte) & 15];
  }
  return text;
}

ScopeSet only(Scope scope) {
  ScopeSet scopes;
  scopes.add(scope);
  return scopes;
}

Key key(std::uint32_t id, std::uint32_t org, KeyKind kind, std::string_view secret) {
  return {.id = {id},
          .org = {org},
          .kind = kind,
          .name = "k",
          .hash = hash_secret(secret),
          .scopes = kind == KeyKind::api ? ScopeSet() : only(Scope::cases_read),
          .created_at = {},
          .revoked_at = {}};
}

std::vector<Key> two_orgs() {
  auto revoked_api = key(5, 1, KeyKind::api, "revoked-api");
  auto revoked_application = key(6, 1, KeyKind::application, "revoked-app");
  revoked_api.revoked_at = Time{};
  revoked_application.revoked_at = Time{};
  return {key(1, 1, KeyKind::api, "api-1"),
          key(2, 1, KeyKind::application, "app-1"),
          key(3, 2, KeyKind::api, "api-2"),
          key(4, 2, KeyKind::application, "app-2"),
          revoked_api,
          revoked_application};
}

void check(std::string_view api_key, std::string_view application_key, const Error& error) {
  KeyRing ring;
  ring.replace(two_orgs());
  const auto caller = ring.authenticate(api_key, application_key);
  ASSERT_FALSE(caller) << api_key << ' ' << application_key;
  EXPECT_EQ(caller.error(), error) << api_key << ' ' << application_key;
}

TEST(HashSecret, IsSha256) {
  EXPECT_EQ(hex(hash_secret("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(hash_secret("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(MakeKeys, AreHexadecimalAndDiffer) {
  std::set<std::string> made;
  for (int i = 0; i < 100; ++i) {
    const auto api = make_api_key();
    const auto application = make_application_key();
    EXPECT_EQ(api.size(), 32U);
    EXPECT_EQ(application.size(), 40U);
    EXPECT_EQ((api + application).find_first_not_of("0123456789abcdef"), std::string::npos);
    made.insert(api);
    made.insert(application);
  }
  EXPECT_EQ(made.size(), 200U);
}

TEST(KeyRing, KnowsThePairsOfEachOrg) {
  KeyRing ring;
  ring.replace(two_orgs());
  const auto first = ring.authenticate("api-1", "app-1");
  ASSERT_TRUE(first);
  EXPECT_EQ(*first, (Caller{.org = {1}, .key = {2}, .scopes = only(Scope::cases_read)}));
  const auto second = ring.authenticate("api-2", "app-2");
  ASSERT_TRUE(second);
  EXPECT_EQ(*second, (Caller{.org = {2}, .key = {4}, .scopes = only(Scope::cases_read)}));
}

TEST(KeyRing, RefusesWhatIsMissingUnknownOrRevoked) {
  check("", "", make_error(Code::unauthenticated, "no keys"));
  check("api-1", "", make_error(Code::unauthenticated, "no keys"));
  check("", "app-1", make_error(Code::unauthenticated, "no keys"));
  check("api-9", "app-1", make_error(Code::unauthenticated, "unknown API key"));
  check("api-1", "app-9", make_error(Code::unauthenticated, "unknown application key"));
  check("api-1 ", "app-1", make_error(Code::unauthenticated, "unknown API key"));
  check("app-1", "api-1", make_error(Code::unauthenticated, "unknown API key"));
  check("api-1", "api-1", make_error(Code::unauthenticated, "unknown application key"));
  check("revoked-api", "app-1", make_error(Code::unauthenticated, "API key 5 is revoked"));
  check("api-1", "revoked-app", make_error(Code::unauthenticated, "application key 6 is revoked"));
}

TEST(KeyRing, ForbidsKeysOfTwoOrgs) {
  check("api-1", "app-2", make_error(Code::forbidden, "keys 1 and 4 are of two orgs"));
  check("api-2", "app-1", make_error(Code::forbidden, "keys 3 and 2 are of two orgs"));
}

TEST(MakeToken, TellsItsKindAndDiffers) {
  std::set<std::string> made;
  for (int i = 0; i < 100; ++i) {
    for (const auto& [kind, prefix] :
         {std::pair(KeyKind::personal, "skpat_"), std::pair(KeyKind::service, "sksat_")}) {
      const auto token = make_token(kind);
      EXPECT_TRUE(token.starts_with(prefix)) << token;
      EXPECT_EQ(token.size(), 70U);
      EXPECT_EQ(token.find_first_not_of("0123456789abcdef", 6), std::string::npos);
      EXPECT_TRUE(looks_like_token(token));
      made.insert(token);
    }
  }
  EXPECT_EQ(made.size(), 200U);
  for (const auto& other : {make_application_key(), make_api_key(), std::string(),
                            std::string("ddpat_00"), std::string("SKPAT_00")}) {
    EXPECT_FALSE(looks_like_token(other)) << other;
  }
}

TEST(KeyRing, KnowsTokensByThemselvesUntilTheyEnd) {
  auto keys = two_orgs();
  auto ending = key(7, 1, KeyKind::personal, "skpat_1");
  ending.expires_at = time_of_microseconds(100);
  auto revoked = key(9, 1, KeyKind::service, "sksat_9");
  revoked.revoked_at = Time{};
  keys.insert(keys.end(), {ending, key(8, 2, KeyKind::service, "sksat_1"), revoked});
  KeyRing ring;
  ring.replace(keys);
  const auto ask = [&](std::string_view token, std::string_view api_key, std::int64_t now) {
    return ring.authenticate_token(token, api_key, time_of_microseconds(now));
  };
  EXPECT_EQ(*ask("skpat_1", "", 99),
            (Caller{.org = {1}, .key = {7}, .scopes = only(Scope::cases_read)}));
  EXPECT_EQ(*ask("sksat_1", "", 1'000'000),
            (Caller{.org = {2}, .key = {8}, .scopes = only(Scope::cases_read)}));
  EXPECT_EQ(ask("skpat_1", "", 100).error().code, Code::unauthenticated);
  for (const auto* const other :
       {"", "sksat_9", "skpat_2", "app-1", "api-1", "skpat_", "skpat_1 "}) {
    EXPECT_EQ(ask(other, "", 1).error().code, Code::unauthenticated) << other;
  }
  // An API key is not needed; a good one must be of the same org.
  EXPECT_TRUE(ask("sksat_1", "api-2", 1));
  EXPECT_TRUE(ask("sksat_1", "revoked-api", 1));
  EXPECT_EQ(ask("sksat_1", "api-1", 1).error().code, Code::forbidden);
  // Nor is a token half of a pair.
  EXPECT_FALSE(ring.authenticate("api-2", "sksat_1"));
}

TEST(KeyRing, KnowsTheOrgOfAnApiKeyAlone) {
  KeyRing ring;
  ring.replace(two_orgs());
  const auto org = ring.authenticate_api_key("api-2");
  ASSERT_TRUE(org);
  EXPECT_EQ(*org, OrgId{2});
  for (const auto* secret : {"", "api-9", "app-1", "revoked-api"}) {
    const auto refused = ring.authenticate_api_key(secret);
    ASSERT_FALSE(refused) << secret;
    EXPECT_EQ(refused.error().code, Code::unauthenticated) << secret;
  }
}

TEST(KeyRing, KnowsNobodyBeforeKeysAreLoaded) {
  const KeyRing ring;
  EXPECT_FALSE(ring.authenticate("api-1", "app-1"));
  EXPECT_FALSE(ring.authenticate_api_key("api-1"));
}

TEST(KeyRing, FindsEachOfManyKeys) {
  std::vector<Key> keys;
  for (std::uint32_t i = 1; i <= 1'000; ++i) {
    keys.push_back(key(i, i, KeyKind::api, "api-" + std::to_string(i)));
  }
  KeyRing ring;
  ring.replace(keys);
  for (std::uint32_t i = 1; i <= 1'000; ++i) {
    const auto org = ring.authenticate_api_key("api-" + std::to_string(i));
    ASSERT_TRUE(org) << i;
    EXPECT_EQ(*org, OrgId{i});
  }
}

TEST(KeyRing, IsReplacedWholeWhileOthersAsk) {
  KeyRing ring;
  ring.replace(two_orgs());
  std::atomic<bool> stop = false;
  std::atomic<int> asked = 0;
  std::atomic<int> refused = 0;
  std::thread reader([&] {
    while (!stop) {
      if (!ring.authenticate("api-1", "app-1")) ++refused;
      ++asked;
    }
  });
  while (asked < 200) ring.replace(two_orgs());
  stop = true;
  reader.join();
  EXPECT_EQ(refused, 0);
  auto keys = two_orgs();
  keys[1].revoked_at = Time{};
  ring.replace(keys);
  EXPECT_FALSE(ring.authenticate("api-1", "app-1"));
}

}  // namespace
}  // namespace scorekeeper::auth
