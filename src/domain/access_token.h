// Access tokens of an issuer (OAuth 2.0, OpenID Connect), which are JSON Web Tokens (RFC 7519), and
// the keys it publishes (JSON Web Keys, RFC 7517). wire/ reads them, auth/ judges them: nothing
// here has been verified. Values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scorekeeper {

// The signatures that are accepted, all of public keys: no `none`, nothing that a verifier could
// forge. A new one needs a line in: access_token.cpp (name), wire/access_token.cpp (keys of an
// issuer), auth/signatures.cpp.
enum class SignatureAlgorithm {
  rs256,  // RSASSA-PKCS1-v1_5 with SHA-256
  es256,  // ECDSA on P-256 with SHA-256
  eddsa,  // Ed25519
};
inline constexpr SignatureAlgorithm all_signature_algorithms[] = {
    SignatureAlgorithm::rs256, SignatureAlgorithm::es256, SignatureAlgorithm::eddsa};
std::string_view name_of(SignatureAlgorithm algorithm);  // "RS256", "ES256", "EdDSA": exactly
std::optional<SignatureAlgorithm> parse_signature_algorithm(std::string_view text);

struct AccessToken {
  // --- of the header
  SignatureAlgorithm algorithm = SignatureAlgorithm::rs256;
  std::string key_id;  // `kid`; empty: not told

  // --- claims; empty or none: not told
  std::string issuer;
  std::string subject;
  std::vector<std::string> audience;
  std::optional<std::int64_t> expires_at;  // seconds since 1970
  std::optional<std::int64_t> not_before;
  std::vector<std::string> scopes;  // of `scope` and `scp`
  std::vector<std::string> roles;   // of the claim that the operator names

  // --- what is signed, and the signature's bytes
  std::string signed_text;
  std::string signature;
};

// A public key for signatures as a JWK Set has it. Numbers are bytes, the highest first.
struct SigningKey {
  SignatureAlgorithm algorithm = SignatureAlgorithm::rs256;  // by its type and curve
  std::string id;                                            // `kid`; empty: not told
  std::string modulus;                                       // of RSA
  std::string exponent;
  std::string x;  // of P-256 and Ed25519
  std::string y;  // of P-256
};

// The members of an issuer's discovery document that the server needs.
struct IssuerMetadata {
  std::string issuer;
  std::string jwks_url;
};

}  // namespace scorekeeper
