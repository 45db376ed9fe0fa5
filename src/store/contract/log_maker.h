// Groups of a log as tests say what is in them: the records that a committer would make of it.
// Included by test and benchmark files only.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "store/catalog_body.h"
#include "store/log.h"
#include "store/outcome_body.h"

namespace scorekeeper::store {

// One group of one org. Texts live as long as the group.
struct LogGroup {
  OrgId org;
  Time at{};  // no earlier than the head allows
  AuditActor actor{.type = AuditActorType::key, .id = "7"};
  RequestNumber request{};  // of the outcomes
  std::string request_id{};
  std::vector<SeenEntity> entities{};      // stand in the first record of outcomes
  std::vector<ChangedOutcome> outcomes{};  // behind the catalog's changes
  std::vector<ResourceChange> changes{};
};

// The records, with the entities that their outcomes name. `changes` lives as long as the append.
class LogMaker {
 public:
  explicit LogMaker(const Head& head) : head_(head) {}

  void add(const LogGroup& group) {
    ASSERT(group.org == head_.org);
    const std::size_t first = append_.records.size();
    at_ = std::max(group.at, head_.last_at + std::chrono::microseconds(1));
    for (CatalogBody& body : write_catalog_bodies(group.changes)) {
      add_record(group, RecordKind::catalog, body.count, std::move(body.json));
    }
    OutcomeBodyWriter writer(at_);
    for (const SeenEntity& entity : group.entities) {
      writer.add(entity);
      append_.entities.push_back({.org = group.org,
                                  .number = entity.number,
                                  .reference = entity.reference,
                                  .discovered_at = at_,
                                  .position = {last() + 1}});
    }
    for (const ChangedOutcome& outcome : group.outcomes) {
      if (writer.count() > 0 && writer.is_full()) cut(group, writer);
      writer.add(outcome);
    }
    if (writer.count() > 0) cut(group, writer);
    if (first == append_.records.size()) return;
    append_.records.back().group_end = true;
    head_.last_at = at_;
  }

  Append take() { return std::move(append_); }

 private:
  std::uint64_t last() const { return head_.last.number; }
  void cut(const LogGroup& group, OutcomeBodyWriter& writer) {
    const std::uint32_t count = writer.count();
    add_record(group, RecordKind::outcomes, count, writer.finish());
  }
  void add_record(const LogGroup& group, RecordKind kind, std::uint32_t count, std::string body) {
    append_.records.push_back(
        {.org = group.org,
         .position = {last() + 1},
         .count = count,
         .at = at_,
         .kind = kind,
         .actor = group.actor,
         .request = kind == RecordKind::outcomes ? group.request : RequestNumber(),
         .request_id = group.request_id,
         .body = std::move(body)});
    head_.last = append_.records.back().last();
  }

  Head head_;
  Time at_{};
  Append append_;
};

// Appends the groups of one org in one transaction, with the requests and the state rows.
inline Result<void> append_groups(Log& log, std::span<const LogGroup> groups,
                                  const std::vector<AcceptedRequest>& requests = {}) {
  const OrgId org = groups.front().org;
  CatalogChange change{.org = org, .changes = {}};
  for (const LogGroup& group : groups) {
    change.changes.insert(change.changes.end(), group.changes.begin(), group.changes.end());
  }
  TRY(log.append(std::span(&org, 1), [&](AppendView& view) -> Result<Append> {
    LogMaker maker(view.heads().front());
    for (const LogGroup& group : groups) maker.add(group);
    Append append = maker.take();
    append.requests = requests;
    if (!change.changes.empty()) append.change = &change;
    return append;
  }));
  return {};
}
inline Result<void> append_group(Log& log, const LogGroup& group,
                                 const std::vector<AcceptedRequest>& requests = {}) {
  return append_groups(log, std::span(&group, 1), requests);
}

// The first report of an outcome.
inline ChangedOutcome first_outcome(std::uint32_t rule, std::uint32_t entity,
                                    std::string_view remarks) {
  return ChangedOutcome{.rule = {rule},
                        .entity = {entity},
                        .state = State::pass,
                        .before = std::nullopt,
                        .previous = {},
                        .first_reported = 1'790'000'000,
                        .reported_before = 0,
                        .remarks = remarks};
}

// All records of an org, read in pages of that size.
inline Result<std::vector<LogRecord>> read_all(Log& log, OrgId org,
                                               std::size_t records_max = 1'000) {
  std::vector<LogRecord> records;
  for (RowId after;;) {
    LogPage page = TRY(log.read(org, after, records_max));
    for (LogRecord& record : page.records) records.push_back(std::move(record));
    if (page.end) return records;
    after = records.back().last();
  }
}

}  // namespace scorekeeper::store
