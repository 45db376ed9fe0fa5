#include "store/log_record.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string_view>

#include "base/assert.h"

namespace scorekeeper::store {
namespace {

struct FreeDigest {
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// SHA-256 of bytes that come piece by piece. Fetching the algorithm and making a context cost more
// than hashing a small record: the first is done once, the second once for each thread.
class Sha256 {
 public:
  Sha256() {
    static const std::unique_ptr<EVP_MD, FreeDigest> digest(
        EVP_MD_fetch(nullptr, "SHA256", nullptr));
    ASSERT(digest != nullptr && EVP_DigestInit_ex(context(), digest.get(), nullptr) == 1);
  }

  void add(std::span<const std::byte> bytes) {
    ASSERT(EVP_DigestUpdate(context(), bytes.data(), bytes.size()) == 1);
  }

  std::array<std::byte, 32> finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    ASSERT(EVP_DigestFinal_ex(context(), digest.data(), &length) == 1 && length == 32);
    std::array<std::byte, 32> bytes{};
    std::ranges::transform(std::span(digest).first<32>(), bytes.begin(),
                           [](unsigned char byte) { return std::byte{byte}; });
    return bytes;
  }

 private:
  static EVP_MD_CTX* context() {
    thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
    ASSERT(context != nullptr);
    return context.get();
  }
};

template <class Number>
void append_number(std::string& bytes, Number number) {  // the lowest byte first
  for (std::size_t i = 0; i < sizeof(number); ++i) {
    bytes.push_back(static_cast<char>(number >> (8 * i) & 0xff));
  }
}

// So many bytes follow, and the bytes: no two different records have the same encoding.
void append_length(std::string& bytes, std::string_view text) {
  append_number(bytes, static_cast<std::uint32_t>(text.size()));
}
void append_text(std::string& bytes, std::string_view text) {
  append_length(bytes, text);
  bytes += text;
}

}  // namespace

// The encoding stands in docs/formats/log.md: others compute it again. Never change it.
Chain chain_after(const Chain& before, const LogRecord& record) {
  std::string head;
  append_number(head, record.org.number);
  append_number(head, record.position.number);
  append_number(head, record.count);
  append_number(head, static_cast<std::uint64_t>(microseconds_of(record.at)));
  append_number(head, static_cast<std::uint8_t>(record.kind));
  append_text(head, name_of(record.actor.type));
  append_text(head, record.actor.id);
  append_number(head, record.request.number);
  append_text(head, record.request_id);
  append_number(head, static_cast<std::uint8_t>(record.group_end ? 1 : 0));
  append_length(head, record.body);

  Sha256 hash;
  hash.add(before);
  hash.add(std::as_bytes(std::span(head)));
  hash.add(std::as_bytes(std::span(record.body)));
  Chain chain;
  std::ranges::copy_n(hash.finish().begin(), chain.size(), chain.begin());
  return chain;
}

}  // namespace scorekeeper::store
