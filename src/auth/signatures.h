// The public keys of an issuer, ready to verify signatures (RFC 7518 §3, RFC 8037) with OpenSSL.
// Immutable; any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "domain/access_token.h"

namespace scorekeeper::auth {

enum class Verdict { valid, invalid, unknown_key };

class PublicKeys {
 public:
  // Keys that nobody should trust are left out: RSA below 2,048 bits, points that are not on their
  // curve. So is what would cost too much: RSA above 8,192 bits or with a large exponent.
  explicit PublicKeys(std::span<const SigningKey> keys);
  ~PublicKeys();
  PublicKeys(PublicKeys&&) noexcept;
  PublicKeys& operator=(PublicKeys&&) noexcept;

  // The key is chosen by `kid` and must be one for the token's algorithm. A token that names no
  // key needs an issuer with one key for that algorithm.
  Verdict verify(const AccessToken& token) const;
  std::size_t size() const;

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
};

}  // namespace scorekeeper::auth
