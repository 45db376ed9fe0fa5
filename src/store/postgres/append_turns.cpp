#include "store/postgres/append_turns.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <thread>
#include <utility>

#include "base/assert.h"
#include "base/log.h"
#include "store/postgres/heads.h"
#include "store/postgres/log_reader.h"
#include "store/postgres/log_writer.h"
#include "store/postgres/prune.h"
#include "store/postgres/schema.h"
#include "store/seal.h"

namespace scorekeeper::store::postgres {
namespace {

// A write that is in doubt is asked about for this long before its callers are told `unavailable`.
constexpr std::chrono::seconds doubt_patience{5};
constexpr std::chrono::milliseconds doubt_interval{50};

constexpr Statement find_record{
    "find_record",
    "SELECT 1 FROM log WHERE org = $1::integer AND position = $2::bigint AND chain = $3::bytea"};
// All of it: a standby that did not have the reservation may have given the number again.
constexpr Statement find_request_row{
    "find_request_row",
    "SELECT 1 FROM request WHERE org = $1::integer AND id = $2::bigint AND accepted_at = $3::bigint"
    " AND position = $4::bigint AND actor_type = $5::text AND actor = $6::text"};
constexpr Statement reserve{
    "reserve_requests",
    "UPDATE meta SET value = greatest(value, 1) + $1::bigint WHERE key = 'requests_reserved'"
    " RETURNING value"};
constexpr Statement forget{"forget_requests",
                           "DELETE FROM request WHERE (org, id) IN (SELECT org, id FROM request"
                           " WHERE accepted_at < $1::bigint ORDER BY accepted_at LIMIT $2::bigint"
                           " FOR UPDATE SKIP LOCKED)"};

}  // namespace

// The view that prepare gets, on the connection of the turn.
class AppendTurns::View final : public AppendView {
 public:
  View(Link& link, std::span<const OrgId> orgs, std::span<const Head> locked) : link_(link) {
    for (const OrgId org : orgs) {
      heads_.push_back(*std::ranges::find(locked, org, &Head::org));
    }
  }
  std::span<const Head> heads() const override { return heads_; }
  Result<LogPage> read(OrgId org, RowId after, std::size_t records_max) override {
    return read_log(*TRY(link_.current()), org, after, records_max);
  }

 private:
  Link& link_;
  std::vector<Head> heads_;  // as the caller gave the orgs
};

// A new connection may lead to another server, or to another history.
Result<PgConnection*> AppendTurns::connection() {
  PgConnection* connection = TRY(link_.get());
  if (generation_of_ == link_.opened()) return connection;
  const auto epoch = TRY(read_epoch(*connection));
  const auto timeline = TRY(connection->timeline());
  note_history(epoch, timeline);
  generation_of_ = link_.opened();
  return connection;
}

void AppendTurns::note_history(std::int64_t epoch, std::uint32_t timeline) {
  const bool first = generation_ == 0;
  timeline_ = timeline;
  const auto generation = static_cast<std::uint64_t>(epoch) ^ (std::uint64_t{timeline} << 32U);
  if (generation == generation_) return;
  generation_ = generation;
  other_history_ = !first;  // what was known of the one before does not hold for this one
}

Result<PgConnection*> AppendTurns::connection_of_same_history() {
  PgConnection* connection = TRY(this->connection());
  if (!other_history_) return connection;
  return make_error(Code::unavailable, "the database's history may be another one than before");
}

Result<Heads> AppendTurns::heads() {
  auto stored = read_heads(*TRY(connection()));
  // Perhaps only the connection from before is gone, with a database that was started again.
  if (!stored && stored.error().code == Code::unavailable) stored = read_heads(*TRY(connection()));
  if (!stored) return std::move(stored).error();
  note_history(stored->epoch, timeline_);
  other_history_ = false;  // whoever asked compares the generation now
  return Heads{.generation = generation_, .heads = std::move(stored->heads)};
}

// Nothing was sent on a connection that turns out to be broken here: the turn begins once more on a
// new one.
Result<std::vector<Head>> AppendTurns::begin(std::span<const OrgId> orgs) {
  for (bool again = link_.is_open();;) {
    PgConnection* used = TRY(connection_of_same_history());
    auto locked = lock_heads(*used, orgs);
    if (locked && *locked) return **std::move(locked);
    const bool broken = used->is_broken();
    end();
    if (locked) {  // an org has no head yet
      used = TRY(connection_of_same_history());
      TRY(make_heads(*used, orgs));
      continue;
    }
    if (!broken || !std::exchange(again, false)) return std::move(locked).error();
  }
}

void AppendTurns::end() {
  const auto connection = link_.current();
  if (!connection || !(*connection)->in_transaction()) return;
  if (!(*connection)->execute("ROLLBACK")) link_.drop();
}

Result<Append> AppendTurns::append(std::span<const OrgId> orgs, const PrepareAppend& prepare) {
  std::vector<OrgId> ascending(orgs.begin(), orgs.end());
  std::ranges::sort(ascending);
  ASSERT(!orgs.empty() && std::ranges::adjacent_find(ascending) == ascending.end());
  const std::vector<Head> locked = TRY(begin(ascending));
  View view(link_, orgs, locked);
  auto prepared = prepare(view);
  if (!prepared || prepared->empty()) {
    end();
    return prepared;
  }
  TRY(write(*prepared, locked));
  return prepared;
}

Result<void> AppendTurns::write(Append& append, std::span<const Head> heads) {
  const std::vector<Head> after = seal(heads, append);
  PgConnection& connection = *TRY(link_.current());
  connection.begin_batch();
  add_append(connection, append);
  std::vector<Head> moved;
  for (std::size_t n = 0; n < after.size(); ++n) {
    if (after[n] != heads[n]) moved.push_back(after[n]);
  }
  add_heads(connection, moved);
  add_commit(connection);
  const auto done = connection.finish_commit();
  if (done) return {};
  const bool in_doubt = connection.in_doubt();
  Error error = done.error();
  end();
  link_.drop_if_broken();
  if (!in_doubt) return error;
  Doubt doubt;
  if (!append.records.empty()) {
    doubt.record = append.records.back();
  } else {
    doubt.request = append.requests.back();
  }
  return find_out(doubt, error);
}

// The head's lock is taken by an UPDATE: its commit waits for a synchronous standby as the one in
// doubt did, and so tells of both. The session that had the lock before has ended by then. The
// chain covers all that was written before, too: if it is found, the history is the one that was
// compared with, whatever server this is.
Result<bool> AppendTurns::look_for(const Doubt& doubt) {
  PgConnection& connection = *TRY(this->connection());
  const std::int64_t org{doubt.org().number};
  connection.begin_batch();
  add_touch(connection, doubt.org());
  if (doubt.record) {
    connection.add(find_record, Parameters()
                                    .add(org)
                                    .add_bits(doubt.record->position.number)
                                    .add_bytes(doubt.record->chain));
  } else {
    const AcceptedRequest& request = doubt.request;
    connection.add(find_request_row, Parameters()
                                         .add(org)
                                         .add_bits(request.number.number)
                                         .add(microseconds_of(request.accepted_at))
                                         .add_bits(request.position.number)
                                         .add(name_of(request.actor.type))
                                         .add(request.actor.id));
  }
  add_commit(connection);
  const auto answers = connection.finish_commit();
  if (answers) return !(*answers)[2].empty();
  end();
  link_.drop_if_broken();
  return answers.error();
}

Result<void> AppendTurns::find_out(const Doubt& doubt, const Error& lost) {
  if (in_doubt_) in_doubt_();
  const auto deadline = std::chrono::steady_clock::now() + doubt_patience;
  for (;;) {
    const auto stored = look_for(doubt);
    const bool passing = !stored && stored.error().code == Code::unavailable;
    if (passing && std::chrono::steady_clock::now() <= deadline) {
      std::this_thread::sleep_for(doubt_interval);
      continue;
    }
    log::warning("commit_in_doubt", {{"stored", !stored   ? "unknown"
                                                : *stored ? "yes"
                                                          : "no"},
                                     {"error", stored ? std::string_view()
                                                      : std::string_view(stored.error().detail)}});
    if (stored && *stored) return {};
    return lost;
  }
}

Result<RequestNumber> AppendTurns::reserve_requests(std::uint64_t count) {
  const auto parameters = Parameters().add_bits(count);
  Result<Rows> rows = (*TRY(connection())).run(reserve, parameters);
  // Numbers that a lost answer took are nobody's: asking again does no harm.
  if (!rows && rows.error().code == Code::unavailable) {
    rows = (*TRY(connection())).run(reserve, parameters);
  }
  if (!rows) return std::move(rows).error();
  return RequestNumber{rows->u64(0, 0) - count};
}

// A commit in doubt is not looked for: whether it is stored or not, the next piece goes on from the
// floors that it finds.
Result<Pruned> AppendTurns::prune(const PruneWork& work) {
  const std::vector<Head> locked = TRY(begin(std::span(&work.org, 1)));
  PgConnection& connection = *TRY(link_.current());
  PostgresPruneTables tables(connection, locked.front());
  auto pruned = prune_piece(tables, work);
  if (pruned && tables.has_written()) {
    add_commit(connection);
    if (auto done = connection.finish_commit(); !done) pruned = std::move(done).error();
  }
  end();
  link_.drop_if_broken();
  return pruned;
}

Result<bool> AppendTurns::load_new_reports(const std::function<void(const ReportedBlock&)>& block) {
  auto more = load_new_reported(*TRY(connection()), reports_seen_, block);
  if (!more) reports_seen_.round.reset();
  return more;
}

Result<void> AppendTurns::save_reported(std::span<const ReportedBlock> blocks) {
  PgConnection& connection = *TRY(this->connection());
  auto saved = postgres::save_reported(connection, blocks);
  end();
  return saved;
}

Result<std::uint64_t> AppendTurns::forget_requests(Time before, std::uint64_t limit) {
  PgConnection& connection = *TRY(this->connection());
  const Rows rows = TRY(connection.run(
      forget, Parameters()
                  .add(microseconds_of(before))
                  .add(static_cast<std::int64_t>(std::min<std::uint64_t>(limit, INT64_MAX)))));
  return rows.changed();
}

}  // namespace scorekeeper::store::postgres
