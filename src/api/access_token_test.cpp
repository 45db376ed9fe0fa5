// Access tokens of an issuer on every route: read by wire/, judged by auth/, let in by the gate.
#include "wire/access_token.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "api/fixture_test.h"
#include "auth/issuer_fixture.h"
#include "wire/base64.h"

namespace scorekeeper::api {
namespace {

constexpr std::string_view forbidden = R"({"errors":[{"status":"403","title":"Forbidden"}]})";
constexpr std::string_view every_scope =
    "apm_service_catalog_read apm_service_catalog_write cases_read cases_write scorekeeper_admin";

// An API that trusts an issuer with one key of each algorithm, for org 1.
class IssuedTokens : public ::testing::Test {
 protected:
  IssuedTokens() {
    for (const auto algorithm : all_signature_algorithms) {
      keys_.emplace_back(algorithm, std::string(name_of(algorithm)));
      published_.push_back(keys_.back().published());
    }
    issuer_.replace(std::make_shared<auth::PublicKeys>(published_), api_.clock.now());
    api_.services().issuer = &issuer_;
  }

  std::string claims(std::string_view scopes = every_scope, std::string_view more = "") {
    const auto now = seconds_of(api_.clock.now());
    return R"({"iss":"https://issuer.test","aud":"scorekeeper","sub":"ann","exp":)" +
           std::to_string(now + 300) + R"(,"scope":")" + std::string(scopes) + "\"" +
           std::string(more) + "}";
  }
  static std::string token(const auth::TestKey& key, std::string_view claims) {
    const auto text = wire::write_base64url(R"({"alg":")" + std::string(name_of(key.algorithm())) +
                                            R"(","kid":")" + key.id() + R"("})") +
                      "." + wire::write_base64url(claims);
    return text + "." + wire::write_base64url(key.sign(text));
  }
  // Every route that asks who is asking.
  template <class Check>
  void on_every_route(const std::string& bearer_token, Check check) {
    for (const auto& route : api_.router().routes()) {
      if (!route.admit) continue;
      std::string target = route.pattern;
      for (auto open = target.find('{'); open != std::string::npos; open = target.find('{')) {
        target.replace(open, target.find('}') - open + 1, "x");
      }
      SCOPED_TRACE(std::string(name_of(route.method)) + " " + route.pattern);
      check(route, api_.call_as(bearer(bearer_token), route.method, target, "{"));
    }
  }
  void check_refused(const std::string& bearer_token) {
    on_every_route(bearer_token, [](const http::Route& route, const http::Response& response) {
      if (route.pattern == "/api/v1/validate") {
        EXPECT_EQ(response.status, 403);
        EXPECT_EQ(response.body, R"({"errors":["Forbidden"]})");
      } else {
        expect_answer(response, 403, forbidden);
      }
    });
  }

  RunningApi api_;
  std::vector<auth::TestKey> keys_;
  std::vector<SigningKey> published_;
  auth::Issuer issuer_{{.issuer = "https://issuer.test", .audience = "scorekeeper", .org = {1}},
                       [] { return false; }};
};

TEST_F(IssuedTokens, LetTheirSubjectsInOnEveryRoute) {
  for (const auto& key : keys_) {
    on_every_route(token(key, claims()), [](const http::Route&, const http::Response& response) {
      EXPECT_NE(response.status, 403);
      EXPECT_LT(response.status, 500);
    });
  }
}

TEST_F(IssuedTokens, MayDoWhatTheirScopesSay) {
  const auto reader = bearer(token(keys_[1], claims("openid apm_service_catalog_read")));
  const std::string rules = "/api/v2/scorecard/rules";
  EXPECT_EQ(api_.call_as(reader, http::Method::get, rules, {}).status, 200);
  EXPECT_EQ(api_.call_as(reader, http::Method::post, rules, "{}").status, 403);
  const auto nobody = bearer(token(keys_[1], claims("")));
  EXPECT_EQ(api_.call_as(nobody, http::Method::get, rules, {}).status, 403);
}

TEST_F(IssuedTokens, AreRefusedOnEveryRouteWhenSomethingIsWrong) {
  const auto& key = keys_[1];
  const auto good = token(key, claims());
  check_refused(good.substr(0, good.size() - 2));
  check_refused(good.substr(0, good.rfind('.') + 1));
  check_refused(token(auth::TestKey(SignatureAlgorithm::es256, "ES256"), claims()));
  check_refused(token(auth::TestKey(SignatureAlgorithm::es256, "other"), claims()));
  auto other = claims();
  other.replace(other.find("issuer.test"), 11, "issuer.evil");
  check_refused(token(key, other));
  other = claims();
  other.replace(other.find("scorekeeper"), 11, "timekeeper ");
  check_refused(token(key, other));
  check_refused(token(key, claims(every_scope, R"(,"nbf":4000000000)")));
  const auto unsigned_text =
      wire::write_base64url(R"({"alg":"none"})") + "." + wire::write_base64url(claims()) + ".";
  check_refused(unsigned_text);
  api_.clock.advance(std::chrono::seconds(360));
  check_refused(good);
  api_.services().issuer = nullptr;
  check_refused(token(key, claims()));
}

TEST_F(IssuedTokens, AreUnavailableWhileTheIssuersKeysAre) {
  auth::Issuer silent({.issuer = "https://issuer.test", .audience = "scorekeeper", .org = {1}},
                      [] { return true; });
  api_.services().issuer = &silent;
  on_every_route(token(keys_[0], claims()), [](const http::Route&, const http::Response& response) {
    EXPECT_EQ(response.status, 503);
  });
}

TEST_F(IssuedTokens, NameTheirSubjectInTheAuditLog) {
  const auto ann = bearer(token(keys_[2], claims()));
  api_.make_rule_as(ann, "By Ann");
  const auto log = api_.call_as(ann, http::Method::get,
                                "/api/v2/scorekeeper/audit?filter[resource_type]=rule", {});
  EXPECT_EQ(log.status, 200);
  EXPECT_TRUE(log.body.contains(R"("actor":{"id":"ann","type":"subject"})")) << log.body;
}

// RFC 7515 appendices A.2 and A.3.
TEST(AccessTokens, OfTheStandardAreVerified) {
  const std::string claims =
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ";
  const auto keys = wire::parse_jwks(
      R"({"keys":[{"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W2)"
      "6mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47s"
      "oMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQ"
      "Y4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9g"
      R"(b54h4FRWyuXpoQ"},{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")"
      R"(,"y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})");
  ASSERT_TRUE(keys);
  const auth::PublicKeys verifier(*keys);
  ASSERT_EQ(verifier.size(), 2U);
  for (const auto& [header, signature] :
       {std::pair("eyJhbGciOiJSUzI1NiJ9",
                  "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF"
                  "5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK"
                  "5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqt"
                  "FZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB"
                  "p0igcN_IoypGlUPQGe77Rw"),
        std::pair("eyJhbGciOiJFUzI1NiJ9",
                  "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-K"
                  "g6NU1Q")}) {
    const auto token = wire::parse_access_token(header + ("." + claims + ".") + signature);
    ASSERT_TRUE(token) << header;
    EXPECT_EQ(verifier.verify(*token), auth::Verdict::valid) << header;
  }
}

}  // namespace
}  // namespace scorekeeper::api
