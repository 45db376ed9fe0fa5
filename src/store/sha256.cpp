#include "store/sha256.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <span>

#include "base/assert.h"

namespace scorekeeper::store {
namespace {

struct FreeDigest {
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

// Fetching the algorithm and making a context cost more than hashing a small record: the first is
// done once, the second once for each thread.
std::array<std::byte, 32> sha256_of(std::initializer_list<std::string_view> pieces) {
  static const std::unique_ptr<EVP_MD, FreeDigest> algorithm(
      EVP_MD_fetch(nullptr, "SHA256", nullptr));
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  ASSERT(algorithm != nullptr && context != nullptr);
  ASSERT(EVP_DigestInit_ex(context.get(), algorithm.get(), nullptr) == 1);
  for (const auto piece : pieces) {
    ASSERT(EVP_DigestUpdate(context.get(), piece.data(), piece.size()) == 1);
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  ASSERT(EVP_DigestFinal_ex(context.get(), digest.data(), &length) == 1 && length == 32);
  std::array<std::byte, 32> bytes{};
  std::ranges::transform(std::span(digest).first<32>(), bytes.begin(),
                         [](unsigned char byte) { return std::byte{byte}; });
  return bytes;
}

}  // namespace scorekeeper::store
