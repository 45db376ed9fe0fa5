#include "store/command_line.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/utf8.h"
#include "store/catalog_body.h"

namespace scorekeeper::store {
namespace {

Error no_such(const char* thing, std::uint32_t id) {
  return make_error(Code::not_found, std::string("no such ") + thing + ": " + std::to_string(id));
}

}  // namespace

AuditActor command_line_actor() {
  AuditActor actor{.type = AuditActorType::command_line, .id = std::to_string(::getuid())};
  std::array<char, 4'096> memory{};
  passwd entry{};
  passwd* found = nullptr;
  const int code = ::getpwuid_r(::getuid(), &entry, memory.data(), memory.size(), &found);
  if (code == 0 && found != nullptr && is_utf8(found->pw_name)) actor.id = found->pw_name;
  return actor;
}

CatalogChange creation_of(const Org& org) {
  return {.org = org.id, .changes = {Changed<Org>{.before = {}, .after = org}}};
}

CatalogChange creation_of(const Key& key) {
  return {.org = key.org, .changes = {Changed<Key>{.before = {}, .after = key}}};
}

CatalogChange revocation_of(const Key& key, Time now) {
  Key revoked = key;
  revoked.revoked_at = now;
  return {.org = key.org, .changes = {Changed<Key>{.before = key, .after = std::move(revoked)}}};
}

LogRecord command_record(const CatalogChange& change, Time now, const Head& head) {
  std::vector<CatalogBody> bodies = write_catalog_bodies(change.changes);
  ASSERT(bodies.size() == 1 && change.org == head.org);
  return {.org = head.org,
          .position = {head.last.number + 1},
          .count = bodies.front().count,
          .at = std::max(now, head.last_at + std::chrono::microseconds(1)),
          .kind = RecordKind::catalog,
          .actor = command_line_actor(),
          .request = {},
          .request_id = {},
          .group_end = true,
          .chain = {},
          .body = std::move(bodies.front().json)};
}

Error org_exists(const std::string& name) {
  return make_error(Code::conflict, "the org exists already: " + name);
}
Error org_not_found(OrgId org) { return no_such("org", org.number); }
Error key_not_found(KeyId key) { return no_such("key", key.number); }
Error no_store(const std::string& place) {
  return make_error(Code::not_found, "there is no store in " + place +
                                         "; `scorekeeper serve` makes one. Check --store");
}

}  // namespace scorekeeper::store
