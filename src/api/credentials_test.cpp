#include "api/credentials.h"

#include <gtest/gtest.h>

#include <string>

namespace scorekeeper::api {
namespace {

http::Request with_authorization(const std::string& value) {
  http::Request request;
  request.headers = {{.name = "authorization", .value = value}};
  return request;
}

TEST(Credentials, TakesTheTokenOfABearer) {
  const struct {
    const char* header;
    const char* token;
  } cases[] = {
      {"Bearer abc", "abc"}, {"bearer abc", "abc"}, {"BEARER   abc", "abc"},
      {"Bearer a b", "a b"},  // unknown as a whole, not cut
      {"Bearer", ""},        {"Bearer ", ""},       {"", ""},
      {"Basic abc", ""},     {"Bearerabc", ""},     {"Bearers abc", ""},
      {"Bear abc", ""},      {"abc", ""},           {"abearer x", ""},
  };
  for (const auto& [header, token] : cases) {
    const auto request = with_authorization(header);
    EXPECT_EQ(credentials_of(request).bearer, token) << header;
    EXPECT_EQ(credentials_of(request).missing(), *token == '\0') << header;
  }
}

TEST(Credentials, AreMissingWithoutATokenOrBothKeys) {
  const auto missing = [](const Credentials& credentials) { return credentials.missing(); };
  EXPECT_TRUE(missing({}));
  EXPECT_TRUE(missing({.api_key = "a", .application_key = {}, .bearer = {}}));
  EXPECT_TRUE(missing({.api_key = {}, .application_key = "b", .bearer = {}}));
  EXPECT_FALSE(missing({.api_key = "a", .application_key = "b", .bearer = {}}));
  EXPECT_FALSE(missing({.api_key = {}, .application_key = "skpat_1", .bearer = {}}));
  EXPECT_FALSE(missing({.api_key = {}, .application_key = "sksat_1", .bearer = {}}));
  EXPECT_FALSE(missing({.api_key = {}, .application_key = {}, .bearer = "x"}));
}

}  // namespace
}  // namespace scorekeeper::api
