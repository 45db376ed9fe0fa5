// Any bytes as an access token, as an issuer's keys and as its discovery document: bounded, and
// what is accepted has the shape that auth/ takes for granted.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "wire/access_token.h"
#include "wire/base64.h"

namespace {

void check_token(std::string_view text) {
  const auto token = scorekeeper::wire::parse_access_token(text, "/roles/of");
  if (!token) {
    ASSERT(token.error().code == scorekeeper::Code::unauthenticated);
    return;
  }
  ASSERT(text == token->signed_text + "." + scorekeeper::wire::write_base64url(token->signature));
  ASSERT(scorekeeper::is_utf8(token->subject) && scorekeeper::is_utf8(token->issuer));
  for (const auto& scope : token->scopes) ASSERT(scorekeeper::is_utf8(scope));
  for (const auto& role : token->roles) ASSERT(scorekeeper::is_utf8(role));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_token(text);
  // Header and claims as they are before base64url: else the fuzzer would only learn its alphabet.
  const auto line = text.find('\n');
  if (line != std::string_view::npos) {
    check_token(scorekeeper::wire::write_base64url(text.substr(0, line)) + "." +
                scorekeeper::wire::write_base64url(text.substr(line + 1)) + ".c2ln");
  }
  const auto bytes = scorekeeper::wire::parse_base64url(text);
  if (bytes) ASSERT(scorekeeper::wire::write_base64url(*bytes) == text);
  const auto keys = scorekeeper::wire::parse_jwks(std::string(text));
  if (keys) ASSERT(keys->size() <= scorekeeper::signing_keys_max);
  const auto metadata = scorekeeper::wire::parse_issuer_metadata(std::string(text));
  if (metadata) ASSERT(!metadata->issuer.empty() && !metadata->jwks_url.empty());
  return 0;
}
