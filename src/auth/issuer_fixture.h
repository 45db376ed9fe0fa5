// For tests: a key pair of an issuer, made anew. Included by test files only.
#pragma once

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "domain/access_token.h"

namespace scorekeeper::auth {

class TestKey {
 public:
  explicit TestKey(SignatureAlgorithm algorithm, std::string id = "", unsigned rsa_bits = 2'048)
      : algorithm_(algorithm), id_(std::move(id)), key_(make(algorithm, rsa_bits), EVP_PKEY_free) {
    ASSERT(key_ != nullptr);
  }

  // As the issuer publishes it.
  SigningKey published() const {
    SigningKey key{
        .algorithm = algorithm_, .id = id_, .modulus = {}, .exponent = {}, .x = {}, .y = {}};
    switch (algorithm_) {
      case SignatureAlgorithm::rs256:
        key.modulus = number(OSSL_PKEY_PARAM_RSA_N, 0);
        key.exponent = number(OSSL_PKEY_PARAM_RSA_E, 0);
        break;
      case SignatureAlgorithm::es256:
        key.x = number(OSSL_PKEY_PARAM_EC_PUB_X, 32);
        key.y = number(OSSL_PKEY_PARAM_EC_PUB_Y, 32);
        break;
      case SignatureAlgorithm::eddsa: {
        std::size_t size = 32;
        key.x.resize(size);
        ASSERT(EVP_PKEY_get_raw_public_key(
                   key_.get(), reinterpret_cast<unsigned char*>(key.x.data()), &size) == 1);
        break;
      }
    }
    return key;
  }

  // The signature's bytes as a token has them.
  std::string sign(std::string_view text) const {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                     EVP_MD_CTX_free);
    const bool is_ed25519 = algorithm_ == SignatureAlgorithm::eddsa;
    std::size_t size = 1'024;
    std::string signature(size, '\0');
    ASSERT(EVP_DigestSignInit(context.get(), nullptr, is_ed25519 ? nullptr : EVP_sha256(), nullptr,
                              key_.get()) == 1);
    ASSERT(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                          reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1);
    signature.resize(size);
    return algorithm_ == SignatureAlgorithm::es256 ? raw_of(signature) : signature;
  }

  const std::string& id() const { return id_; }
  SignatureAlgorithm algorithm() const { return algorithm_; }

 private:
  static EVP_PKEY* make(SignatureAlgorithm algorithm, unsigned rsa_bits) {
    switch (algorithm) {
      case SignatureAlgorithm::rs256:
        return EVP_RSA_gen(rsa_bits);
      case SignatureAlgorithm::es256:
        return EVP_EC_gen("P-256");
      case SignatureAlgorithm::eddsa:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    }
    return nullptr;
  }

  // `bytes` = 0: as few as there are.
  std::string number(const char* name, std::size_t bytes) const {
    BIGNUM* value = nullptr;
    ASSERT(EVP_PKEY_get_bn_param(key_.get(), name, &value) == 1);
    const std::unique_ptr<BIGNUM, void (*)(BIGNUM*)> owned(value, BN_free);
    std::string text(bytes == 0 ? static_cast<std::size_t>(BN_num_bytes(value)) : bytes, '\0');
    ASSERT(BN_bn2binpad(value, reinterpret_cast<unsigned char*>(text.data()),
                        static_cast<int>(text.size())) >= 0);
    return text;
  }

  static std::string raw_of(const std::string& der) {
    const auto* begin = reinterpret_cast<const unsigned char*>(der.data());
    const std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG*)> pair(
        d2i_ECDSA_SIG(nullptr, &begin, static_cast<long>(der.size())), ECDSA_SIG_free);
    ASSERT(pair != nullptr);
    std::array<unsigned char, 64> raw{};
    BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), raw.data(), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), raw.data() + 32, 32);
    return {reinterpret_cast<const char*>(raw.data()), raw.size()};
  }

  SignatureAlgorithm algorithm_;
  std::string id_;
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
};

}  // namespace scorekeeper::auth
