#include "auth/signatures.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scorekeeper::auth {
namespace {

template <auto free>
struct Free {
  template <class T>
  void operator()(T* handle) const {
    free(handle);
  }
};
using PublicKey = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>>;
using ParameterBuilder = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>>;
using BigNumber = std::unique_ptr<BIGNUM, Free<BN_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;

constexpr int rsa_bits_min = 2'048;  // RFC 7518 §3.3
constexpr int rsa_bits_max = 8'192;  // a verification of 0.3 ms
constexpr int rsa_exponent_bits_max = 32;
constexpr std::size_t coordinate_bytes = 32;  // of P-256 and Ed25519

// OpenSSL's errors stay in the thread's queue, where TLS would take them for its own.
struct ErrorsCleared {
  ErrorsCleared() = default;
  ErrorsCleared(const ErrorsCleared&) = delete;
  ErrorsCleared& operator=(const ErrorsCleared&) = delete;
  ~ErrorsCleared() { ERR_clear_error(); }
};

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

BigNumber number_of(std::string_view bytes) {
  return BigNumber(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

PublicKey make_key(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return PublicKey(key);
}

PublicKey make_rsa_key(const SigningKey& from) {
  if (from.modulus.size() > rsa_bits_max / 8 + 1) return nullptr;
  const auto modulus = number_of(from.modulus);
  const auto exponent = number_of(from.exponent);
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  if (!modulus || !exponent || !builder) return nullptr;
  const int bits = BN_num_bits(modulus.get());
  if (bits < rsa_bits_min || bits > rsa_bits_max || BN_is_odd(modulus.get()) == 0) return nullptr;
  if (BN_num_bits(exponent.get()) > rsa_exponent_bits_max || BN_is_odd(exponent.get()) == 0 ||
      BN_is_one(exponent.get()) != 0) {
    return nullptr;
  }
  if (OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
    return nullptr;
  }
  return make_key("RSA", builder.get());
}

PublicKey make_p256_key(const SigningKey& from) {
  if (from.x.size() != coordinate_bytes || from.y.size() != coordinate_bytes) return nullptr;
  const std::string point = '\x04' + from.x + from.y;
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) !=
          1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    return nullptr;
  }
  PublicKey key = make_key("EC", builder.get());
  const KeyContext context(key ? EVP_PKEY_CTX_new(key.get(), nullptr) : nullptr);
  if (!context || EVP_PKEY_public_check(context.get()) != 1) return nullptr;
  return key;
}

PublicKey make_ed25519_key(const SigningKey& from) {
  if (from.x.size() != coordinate_bytes) return nullptr;
  return PublicKey(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(from.x), from.x.size()));
}

PublicKey make_public_key(const SigningKey& from) {
  switch (from.algorithm) {
    case SignatureAlgorithm::rs256:
      return make_rsa_key(from);
    case SignatureAlgorithm::es256:
      return make_p256_key(from);
    case SignatureAlgorithm::eddsa:
      return make_ed25519_key(from);
  }
  return nullptr;
}

// Two numbers of 32 bytes (RFC 7518 §3.4) as the DER sequence that OpenSSL wants; empty: not that.
std::string der_of(std::string_view signature) {
  if (signature.size() != 2 * coordinate_bytes) return {};
  const EcdsaSignature pair(ECDSA_SIG_new());
  BIGNUM* const r = number_of(signature.substr(0, coordinate_bytes)).release();
  BIGNUM* const s = number_of(signature.substr(coordinate_bytes)).release();
  if (!pair || ECDSA_SIG_set0(pair.get(), r, s) != 1) {  // which else owns them
    BN_free(r);
    BN_free(s);
    return {};
  }
  const int size = i2d_ECDSA_SIG(pair.get(), nullptr);
  if (size <= 0) return {};
  std::string der(static_cast<std::size_t>(size), '\0');
  auto* end = reinterpret_cast<unsigned char*>(der.data());
  i2d_ECDSA_SIG(pair.get(), &end);
  return der;
}

bool verifies(EVP_PKEY* key, const AccessToken& token) {
  const bool is_ed25519 = token.algorithm == SignatureAlgorithm::eddsa;
  std::string der;
  std::string_view signature = token.signature;
  if (token.algorithm == SignatureAlgorithm::es256) {
    der = der_of(signature);
    signature = der;
  }
  if (signature.empty()) return false;
  const DigestContext context(EVP_MD_CTX_new());
  return context &&
         EVP_DigestVerifyInit(context.get(), nullptr, is_ed25519 ? nullptr : EVP_sha256(), nullptr,
                              key) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                          bytes_of(token.signed_text), token.signed_text.size()) == 1;
}

}  // namespace

struct PublicKeys::Keys {
  struct Entry {
    SignatureAlgorithm algorithm = SignatureAlgorithm::rs256;
    std::string id;
    PublicKey key;
  };
  std::vector<Entry> entries;

  const Entry* find(const AccessToken& token) const {
    const Entry* found = nullptr;
    for (const auto& entry : entries) {
      if (entry.algorithm != token.algorithm) continue;
      if (!token.key_id.empty()) {
        if (entry.id == token.key_id) return &entry;
      } else if (found != nullptr) {
        return nullptr;
      } else {
        found = &entry;
      }
    }
    return found;
  }
};

PublicKeys::PublicKeys(std::span<const SigningKey> keys) : keys_(std::make_unique<Keys>()) {
  const ErrorsCleared cleared;
  for (const auto& from : keys) {
    auto key = make_public_key(from);
    if (!key) continue;
    keys_->entries.push_back({.algorithm = from.algorithm, .id = from.id, .key = std::move(key)});
  }
}

PublicKeys::~PublicKeys() = default;
PublicKeys::PublicKeys(PublicKeys&&) noexcept = default;
PublicKeys& PublicKeys::operator=(PublicKeys&&) noexcept = default;

Verdict PublicKeys::verify(const AccessToken& token) const {
  const ErrorsCleared cleared;
  const auto* const entry = keys_->find(token);
  if (entry == nullptr) return Verdict::unknown_key;
  return verifies(entry->key.get(), token) ? Verdict::valid : Verdict::invalid;
}

std::size_t PublicKeys::size() const { return keys_->entries.size(); }

}  // namespace scorekeeper::auth
