#include "wire/access_token.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "wire/base64.h"

namespace scorekeeper::wire {
namespace {

constexpr std::string_view good_header = R"({"alg":"ES256","kid":"k1","typ":"at+jwt"})";
constexpr std::string_view good_claims =
    R"({"iss":"https://issuer.test","sub":"ann","aud":"scorekeeper","exp":1790000000})";

std::string token(std::string_view header, std::string_view claims,
                  std::string_view signature = "sig") {
  return write_base64url(header) + "." + write_base64url(claims) + "." + write_base64url(signature);
}

void check_refused(std::string_view text, std::string_view why) {
  const auto parsed = parse_access_token(text);
  ASSERT_FALSE(parsed) << text;
  EXPECT_EQ(parsed.error(), make_error(Code::unauthenticated, std::string(why))) << text;
}

AccessToken with_claims(std::string_view claims) {
  const auto parsed = parse_access_token(token(good_header, claims));
  EXPECT_TRUE(parsed) << claims;
  return parsed.value_or(AccessToken{});
}

TEST(AccessToken, IsReadWhole) {
  const auto text =
      token(good_header,
            R"({"iss":"https://issuer.test","sub":"\u00e4nn","aud":["a","b"],"exp":5,)"
            R"("nbf":-3,"iat":1,"scope":"x  y ","more":{"deep":[1.5,null]}})",
            std::string("\0\xff", 2));
  const auto parsed = parse_access_token(text);
  ASSERT_TRUE(parsed) << parsed.error().detail;
  EXPECT_EQ(parsed->algorithm, SignatureAlgorithm::es256);
  EXPECT_EQ(parsed->key_id, "k1");
  EXPECT_EQ(parsed->issuer, "https://issuer.test");
  EXPECT_EQ(parsed->subject, "\xc3\xa4nn");
  EXPECT_EQ(parsed->audience, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(parsed->expires_at, 5);
  EXPECT_EQ(parsed->not_before, -3);
  EXPECT_EQ(parsed->scopes, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(parsed->signed_text, text.substr(0, text.rfind('.')));
  EXPECT_EQ(parsed->signature, std::string("\0\xff", 2));
}

TEST(AccessToken, HasRolesInTheClaimThatIsNamed) {
  const auto roles_in = [](std::string_view claims, std::string_view claim) {
    const auto parsed = parse_access_token(token(good_header, claims), claim);
    EXPECT_TRUE(parsed) << claims;
    return parsed ? parsed->roles : std::vector<std::string>{"refused"};
  };
  using Roles = std::vector<std::string>;
  EXPECT_EQ(roles_in(R"({"roles":["a","b c"]})", "roles"), (Roles{"a", "b c"}));
  EXPECT_EQ(roles_in(R"({"roles":"a b"})", "roles"), Roles{"a b"});
  EXPECT_EQ(roles_in(R"({"https://x.test/roles":["a"]})", "https://x.test/roles"), Roles{"a"});
  EXPECT_EQ(roles_in(R"({"realm_access":{"roles":["a"]},"roles":["b"]})", "/realm_access/roles"),
            Roles{"a"});
  EXPECT_EQ(roles_in(R"({"a":{"b":{"c":"d"}}})", "/a/b/c"), Roles{"d"});
  EXPECT_EQ(roles_in(R"({"roles":["a"]})", "/roles"), Roles{"a"});
  EXPECT_EQ(roles_in(R"({"scope":"x y"})", "scope"), Roles{"x y"});
  EXPECT_EQ(roles_in(R"({"roles":["a"]})", ""), Roles{});
  EXPECT_EQ(roles_in(R"({"roles":["a"]})", "groups"), Roles{});
  EXPECT_EQ(roles_in(R"({"a":["b"],"c":1})", "/a/b"), Roles{});
  for (const auto* const other : {"7", "null", "true", R"({"a":"b"})"}) {
    const auto roles = roles_in(R"({"roles":)" + std::string(other) + "}", "roles");
    for (const auto& role : roles) EXPECT_EQ(role, "") << other;
  }
}

TEST(AccessToken, IsNotAnIdToken) {
  for (const auto* const claims : {R"({"nonce":"x"})", R"({"sub":"ann","at_hash":7})"}) {
    check_refused(token(good_header, claims), "it is an ID token, not an access token");
  }
}

TEST(AccessToken, NeedsNothingButAnAlgorithm) {
  const auto parsed = parse_access_token(token(R"({"alg":"EdDSA"})", "{}", ""));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->key_id, "");
  EXPECT_EQ(parsed->expires_at, std::nullopt);
  EXPECT_EQ(parsed->signature, "");
}

TEST(AccessToken, HasScopesInTheFormsThatIssuersUse) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(with_claims(R"({"scope":"a b"})").scopes, (Texts{"a", "b"}));
  EXPECT_EQ(with_claims(R"({"scp":["a","b c"]})").scopes, (Texts{"a", "b c"}));
  EXPECT_EQ(with_claims(R"({"scp":"a b"})").scopes, (Texts{"a", "b"}));
  EXPECT_EQ(with_claims(R"({"scope":["a"],"scp":"b"})").scopes, (Texts{"a", "b"}));
  EXPECT_EQ(with_claims(R"({"scope":"","scp":[]})").scopes, Texts());
  EXPECT_EQ(with_claims(R"({"aud":"a b"})").audience, Texts{"a b"});
}

TEST(AccessToken, OfAnotherAlgorithmIsRefused) {
  for (const auto* const algorithm :
       {"none", "None", "NONE", "", "HS256", "HS384", "HS512", "RS384", "RS512", "PS256", "ES384",
        "ES512", "ES256K", "rs256", "eddsa", "RS256 "}) {
    check_refused(token(std::string(R"({"alg":")") + algorithm + R"("})", good_claims),
                  "the algorithm is not one of RS256, ES256, EdDSA");
  }
  check_refused(token("{}", good_claims), "the algorithm is not one of RS256, ES256, EdDSA");
}

TEST(AccessToken, WithAHeaderOfAnotherKindIsRefused) {
  for (const auto* const header :
       {"", "[]", "1", "{", R"({"alg":"ES256"}x)", R"({"alg":1})", R"({"alg":null})",
        R"({"alg":"ES256","alg":"ES256"})", R"({"alg":"ES256","kid":7})", "\xff",
        R"({"alg":"ES256","x":1,"x":2})"}) {
    check_refused(token(header, good_claims), "the header is malformed");
  }
  for (const auto* const critical : {R"(["b64"])", "[]", "null"}) {
    check_refused(token(std::string(R"({"alg":"ES256","crit":)") + critical + "}", good_claims),
                  "the header has extensions that must be understood");
  }
  for (const auto* const type : {"JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"}) {
    EXPECT_TRUE(parse_access_token(
        token(std::string(R"({"alg":"ES256","typ":")") + type + R"("})", good_claims)))
        << type;
  }
  for (const auto* const type : {"", "dpop+jwt", "logout+jwt", "JWE", "at+jwt2", "w"}) {
    check_refused(token(std::string(R"({"alg":"ES256","typ":")") + type + R"("})", good_claims),
                  "the header's typ is of another token");
  }
}

TEST(AccessToken, WithClaimsOfTheWrongTypeIsRefused) {
  for (const auto* const claims : {"",
                                   "[]",
                                   R"("x")",
                                   "{",
                                   R"({"exp":"1"})",
                                   R"({"exp":1.5})",
                                   R"({"exp":1e9})",
                                   R"({"exp":true})",
                                   R"({"exp":null})",
                                   R"({"nbf":[]})",
                                   R"({"iss":1})",
                                   R"({"iss":null})",
                                   R"({"sub":{}})",
                                   R"({"aud":1})",
                                   R"({"aud":null})",
                                   R"({"aud":["a",1]})",
                                   R"({"aud":[["a"]]})",
                                   R"({"scope":1})",
                                   R"({"scp":[null]})",
                                   R"({"exp":1,"exp":2})",
                                   R"({"sub":"\u0000"})",
                                   R"({"sub":"\ud800"})",
                                   "{\"sub\":\"\xff\"}"}) {
    check_refused(token(good_header, claims), "the claims are malformed");
  }
}

TEST(AccessToken, HasThreePartsOfStrictBase64url) {
  const auto good = token(good_header, good_claims);
  EXPECT_TRUE(parse_access_token(good));
  check_refused("", "the token does not have three parts");
  check_refused("abc", "the token does not have three parts");
  check_refused("a.b", "the token does not have three parts");
  check_refused(good + ".e30", "the token does not have three parts");  // JWE has five
  check_refused(good + "=", "a part of the token is not base64url");
  check_refused(good + " ", "a part of the token is not base64url");
  check_refused("=" + good, "a part of the token is not base64url");
  check_refused(good.substr(0, good.size() - 3), "a part of the token is not base64url");
  check_refused("..", "the header is malformed");
  // Four letters are three bytes of the signature.
  const auto rest = access_token_bytes_max - token(good_header, good_claims, "").size();
  const auto longest = token(good_header, good_claims, std::string(rest * 3 / 4, 's'));
  ASSERT_EQ(longest.size(), access_token_bytes_max);
  EXPECT_TRUE(parse_access_token(longest));
  check_refused(longest + "s", "the token is too long");
}

std::vector<SigningKey> keys_in(std::string text) {
  const auto keys = parse_jwks(std::move(text));
  EXPECT_TRUE(keys) << keys.error().detail;
  return keys.value_or(std::vector<SigningKey>());
}

TEST(Jwks, HasTheKeysOfOurAlgorithms) {
  const auto keys =
      keys_in(R"({"keys":[{"kty":"RSA","kid":"r","n":"_w","e":"AQAB","x5c":["MIIC"],"use":"sig"},)"
              R"({"kty":"EC","crv":"P-256","x":"AQ","y":"Ag","kid":"e","alg":"ES256"},)"
              R"({"kty":"OKP","crv":"Ed25519","x":"Aw"}],"more":1})");
  ASSERT_EQ(keys.size(), 3U);
  EXPECT_EQ(keys[0].algorithm, SignatureAlgorithm::rs256);
  EXPECT_EQ(keys[0].id, "r");
  EXPECT_EQ(keys[0].modulus, "\xff");
  EXPECT_EQ(keys[0].exponent, std::string("\1\0\1", 3));
  EXPECT_EQ(keys[1].algorithm, SignatureAlgorithm::es256);
  EXPECT_EQ(keys[1].x + keys[1].y, "\1\2");
  EXPECT_EQ(keys[2].algorithm, SignatureAlgorithm::eddsa);
  EXPECT_EQ(keys[2].id, "");
  EXPECT_EQ(keys[2].x, "\3");
}

TEST(Jwks, PassesOverWhatIsForSomethingElseOrDamaged) {
  for (const auto* const key :
       {R"({"kty":"oct","k":"AQ"})", R"({"kty":"RSA","n":"_w","e":"AQAB","use":"enc"})",
        R"({"kty":"RSA","n":"_w","e":"AQAB","alg":"HS256"})",
        R"({"kty":"RSA","n":"_w","e":"AQAB","alg":"PS256"})", R"({"kty":"RSA","n":"_w"})",
        R"({"kty":"RSA","n":"_w","e":""})", R"({"kty":"RSA","n":"_w==","e":"AQAB"})",
        R"({"kty":"RSA","n":1,"e":"AQAB"})", R"({"kty":"EC","crv":"P-384","x":"AQ","y":"Ag"})",
        R"({"kty":"EC","crv":"P-256","x":"AQ"})", R"({"kty":"OKP","crv":"X25519","x":"AQ"})",
        R"({"kty":"OKP","crv":"Ed25519","x":"A"})", "{}", "1", "null", "[]"}) {
    EXPECT_TRUE(keys_in(std::string(R"({"keys":[)") + key + "]}").empty()) << key;
    EXPECT_EQ(
        keys_in(std::string(R"({"keys":[)") + key + R"(,{"kty":"OKP","crv":"Ed25519","x":"Aw"}]})")
            .size(),
        1U)
        << key;
  }
}

TEST(Jwks, IsBounded) {
  const auto set_of = [](std::size_t count) {
    std::string text = R"({"keys":[)";
    for (std::size_t i = 0; i < count; ++i) {
      text += std::string(i == 0 ? "" : ",") + R"({"kty":"OKP","crv":"Ed25519","x":"Aw"})";
    }
    return text + "]}";
  };
  EXPECT_EQ(keys_in(set_of(signing_keys_max)).size(), signing_keys_max);
  EXPECT_FALSE(parse_jwks(set_of(signing_keys_max + 1)));
  std::string padded = R"({"keys":[]})";
  padded.resize(jwks_bytes_max, ' ');
  EXPECT_TRUE(parse_jwks(padded));
  EXPECT_EQ(parse_jwks(padded + " ").error(), invalid("the issuer's keys are too long"));
  for (const auto* const text : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":null})",
                                 R"({"keys":[)", R"({"keys":[],"keys":[]})", "<html>"}) {
    EXPECT_FALSE(parse_jwks(text)) << text;
  }
}

TEST(IssuerMetadata, SaysWhereTheKeysAre) {
  const auto metadata = parse_issuer_metadata(
      R"({"issuer":"https://i.test","jwks_uri":"https://i.test/keys","other":[true]})");
  ASSERT_TRUE(metadata);
  EXPECT_EQ(metadata->issuer, "https://i.test");
  EXPECT_EQ(metadata->jwks_url, "https://i.test/keys");
  for (const auto* const text :
       {"", "[]", "{}", R"({"issuer":"i"})", R"({"issuer":1,"jwks_uri":"k"})",
        R"({"issuer":"i","jwks_uri":null})", R"({"issuer":"i","jwks_uri":"k","jwks_uri":"l"})"}) {
    EXPECT_FALSE(parse_issuer_metadata(text)) << text;
  }
  std::string padded = R"({"issuer":"i","jwks_uri":"k"})";
  padded.resize(jwks_bytes_max, ' ');
  EXPECT_TRUE(parse_issuer_metadata(padded));
  EXPECT_EQ(parse_issuer_metadata(padded + " ").error(),
            invalid("the issuer's discovery document is too long"));
}

}  // namespace
}  // namespace scorekeeper::wire
