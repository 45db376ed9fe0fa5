#include "auth/signatures.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <vector>

#include "auth/issuer_fixture.h"

namespace scorekeeper::auth {
namespace {

AccessToken signed_by(const TestKey& key, std::string text = "header.claims") {
  AccessToken token;
  token.algorithm = key.algorithm();
  token.key_id = key.id();
  token.signature = key.sign(text);
  token.signed_text = std::move(text);
  return token;
}

PublicKeys keys_of(const std::vector<SigningKey>& keys) { return PublicKeys(keys); }

TEST(Signatures, OfEachAlgorithmAreVerified) {
  for (const auto algorithm : all_signature_algorithms) {
    const TestKey key(algorithm, "k");
    const auto keys = keys_of({key.published()});
    ASSERT_EQ(keys.size(), 1U) << name_of(algorithm);
    for (const auto* const text : {"header.claims", "", "x"}) {
      EXPECT_EQ(keys.verify(signed_by(key, text)), Verdict::valid) << name_of(algorithm);
    }
  }
}

TEST(Signatures, OfOtherTextsOrChangedOnesAreRefused) {
  for (const auto algorithm : all_signature_algorithms) {
    SCOPED_TRACE(name_of(algorithm));
    const TestKey key(algorithm, "k");
    const TestKey other(algorithm, "k");
    const auto keys = keys_of({key.published()});
    EXPECT_EQ(keys.verify(signed_by(other)), Verdict::invalid);
    auto token = signed_by(key);
    token.signed_text += ' ';
    EXPECT_EQ(keys.verify(token), Verdict::invalid);
    for (std::size_t i = 0; i < token.signature.size(); ++i) {
      auto changed = signed_by(key);
      changed.signature[i] = static_cast<char>(changed.signature[i] ^ 0x10);
      EXPECT_EQ(keys.verify(changed), Verdict::invalid) << i;
    }
    for (const auto& signature :
         {std::string(), std::string(1, '\0'), std::string(64, '\0'), std::string(256, '\0'),
          signed_by(key).signature + '\0', signed_by(key).signature.substr(1)}) {
      auto changed = signed_by(key);
      changed.signature = signature;
      EXPECT_EQ(keys.verify(changed), Verdict::invalid) << signature.size();
    }
    EXPECT_EQ(ERR_peek_error(), 0U);
  }
}

TEST(Signatures, NeedAKeyOfTheirAlgorithmAndName) {
  const TestKey rsa(SignatureAlgorithm::rs256, "same");
  const TestKey ec(SignatureAlgorithm::es256, "same");
  const TestKey first(SignatureAlgorithm::eddsa, "first");
  const TestKey second(SignatureAlgorithm::eddsa, "second");
  const auto keys =
      keys_of({rsa.published(), ec.published(), first.published(), second.published()});
  EXPECT_EQ(keys.verify(signed_by(rsa)), Verdict::valid);
  EXPECT_EQ(keys.verify(signed_by(ec)), Verdict::valid);
  EXPECT_EQ(keys.verify(signed_by(second)), Verdict::valid);
  auto token = signed_by(second);
  token.key_id = "first";
  EXPECT_EQ(keys.verify(token), Verdict::invalid);
  token.key_id = "third";
  EXPECT_EQ(keys.verify(token), Verdict::unknown_key);
  token.key_id = "same";  // there are such keys, of other algorithms
  EXPECT_EQ(keys.verify(token), Verdict::unknown_key);
  token = signed_by(rsa);
  token.algorithm = SignatureAlgorithm::es256;
  EXPECT_EQ(keys.verify(token), Verdict::invalid);
  // Without a name there must be no choice.
  token = signed_by(rsa);
  token.key_id.clear();
  EXPECT_EQ(keys.verify(token), Verdict::valid);
  token = signed_by(first);
  token.key_id.clear();
  EXPECT_EQ(keys.verify(token), Verdict::unknown_key);
}

TEST(PublicKeys, LeaveOutWhatNobodyShouldTrust) {
  const auto left_out = [](const SigningKey& key) { return keys_of({key}).size() == 0; };
  EXPECT_TRUE(left_out(TestKey(SignatureAlgorithm::rs256, "", 1'024).published()));
  auto rsa = TestKey(SignatureAlgorithm::rs256).published();
  EXPECT_FALSE(left_out(rsa));
  for (const auto& exponent :
       {std::string(1, '\x01'), std::string(1, '\x02'), std::string(9, '\x03'), std::string()}) {
    auto changed = rsa;
    changed.exponent = exponent;
    EXPECT_TRUE(left_out(changed)) << exponent.size();
  }
  rsa.modulus.back() = static_cast<char>(rsa.modulus.back() ^ 1);  // even
  EXPECT_TRUE(left_out(rsa));
  rsa.modulus = std::string(2'000, '\xff');
  EXPECT_TRUE(left_out(rsa));
  auto ec = TestKey(SignatureAlgorithm::es256).published();
  EXPECT_FALSE(left_out(ec));
  auto off_the_curve = ec;
  off_the_curve.y.back() = static_cast<char>(off_the_curve.y.back() ^ 1);
  EXPECT_TRUE(left_out(off_the_curve));
  ec.x.erase(0, 1);
  EXPECT_TRUE(left_out(ec));
  auto ed = TestKey(SignatureAlgorithm::eddsa).published();
  ed.x += '\0';
  EXPECT_TRUE(left_out(ed));
  EXPECT_EQ(ERR_peek_error(), 0U);
}

std::string bytes(std::string_view hex) {
  std::string text;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    text += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return text;
}

// RFC 8037 appendix A.4.
TEST(Signatures, OfTheStandardAreVerified) {
  SigningKey key{.algorithm = SignatureAlgorithm::eddsa,
                 .id = {},
                 .modulus = {},
                 .exponent = {},
                 .x = bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
                 .y = {}};
  AccessToken token;
  token.algorithm = SignatureAlgorithm::eddsa;
  token.signed_text = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
  token.signature = bytes(
      "860c98d2297f3060a33f42739672d61b53cf3adefed3d3c672f320dc021b411e"
      "9d59b8628dc351e248b88b29468e0e41855b0fb7d83bb15be902bfccb8cd0a02");
  EXPECT_EQ(keys_of({key}).verify(token), Verdict::valid);
  token.signature[0] = '\0';
  EXPECT_EQ(keys_of({key}).verify(token), Verdict::invalid);
}

}  // namespace
}  // namespace scorekeeper::auth
