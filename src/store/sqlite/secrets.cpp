#include "store/sqlite/secrets.h"

#include <array>
#include <cstring>
#include <string>

#include "base/random.h"

namespace scorekeeper::store::sqlite {
namespace {

SipKey sip_key_of(std::span<const std::byte> blob) {
  std::array<std::uint64_t, 2> words{};
  std::memcpy(words.data(), blob.data(), sizeof(words));
  return SipKey{.k0 = words[0], .k1 = words[1]};
}

Result<SipKey> read_secret(SqliteConnection& connection, std::string_view name) {
  Statement row = TRY(connection.prepare("SELECT value FROM meta WHERE key = ?1"));
  row.bind_text(1, name);
  const bool found = TRY(row.step());
  if (!found || row.blob(0).size() != sizeof(SipKey)) {
    return make_error(Code::internal, "the store has no secret " + std::string(name));
  }
  return sip_key_of(row.blob(0));
}

}  // namespace

Result<void> make_secrets(SqliteConnection& connection) {
  Statement insert = TRY(connection.prepare("INSERT OR IGNORE INTO meta VALUES (?1, ?2)"));
  for (const char* const name : {"change_key", "request_key"}) {
    std::array<std::byte, sizeof(SipKey)> secret{};
    fill_random(secret);
    insert.bind_text(1, name);
    insert.bind_blob(2, secret);
    TRY(insert.run());
  }
  return {};
}

Result<Secrets> read_secrets(SqliteConnection& connection) {
  const SipKey change_key = TRY(read_secret(connection, "change_key"));
  const SipKey request_key = TRY(read_secret(connection, "request_key"));
  return Secrets{.change_key = change_key, .request_key = request_key};
}

}  // namespace scorekeeper::store::sqlite
