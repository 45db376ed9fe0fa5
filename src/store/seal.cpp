#include "store/seal.h"

#include <algorithm>

#include "base/assert.h"

namespace scorekeeper::store {
namespace {

// Follows the records of one org, in their order.
class Follower {
 public:
  explicit Follower(Head& head) : head_(head) {}

  void take(LogRecord& record) {
    ASSERT(record.count > 0 && record.position.number == head_.last.number + 1);
    ASSERT(group_is_open_ ? record.at == head_.last_at : record.at > head_.last_at);
    head_.last = record.last();
    head_.last_at = record.at;
    head_.chain = record.chain = chain_after(head_.chain, record);
    group_is_open_ = !record.group_end;
  }
  bool group_is_open() const { return group_is_open_; }

 private:
  Head& head_;
  bool group_is_open_ = false;
};

}  // namespace

std::vector<ChangePlace> places_of(const CatalogChange& change,
                                   std::span<const LogRecord> records) {
  std::vector<ChangePlace> places;
  places.reserve(change.changes.size());
  for (const LogRecord& record : records) {
    if (record.org != change.org || record.kind != RecordKind::catalog) continue;
    for (std::uint64_t n = 0; n < record.count; ++n) {
      places.push_back({.position = {record.position.number + n}, .record = record.position});
    }
  }
  ASSERT(places.size() == change.changes.size());
  return places;
}

std::vector<Head> seal(std::span<const Head> heads, Append& append) {
  std::vector<Head> after(heads.begin(), heads.end());
  std::size_t taken = 0;
  for (Head& head : after) {
    Follower follower(head);
    for (LogRecord& record : append.records) {
      if (record.org != head.org) continue;
      follower.take(record);
      ++taken;
    }
    ASSERT(!follower.group_is_open());
  }
  ASSERT(taken == append.records.size());  // the others would be of an org that is not locked
  const auto is_locked = [&](OrgId org) {
    return std::ranges::find(heads, org, &Head::org) != heads.end();
  };
  for (const AcceptedRequest& request : append.requests) ASSERT(is_locked(request.org));
  for (const NewEntity& entity : append.entities) ASSERT(is_locked(entity.org));
  ASSERT(append.change == nullptr || is_locked(append.change->org));
  return after;
}

}  // namespace scorekeeper::store
