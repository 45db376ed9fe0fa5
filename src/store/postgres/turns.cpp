#include "store/postgres/turns.h"

#include <algorithm>
#include <string_view>
#include <thread>
#include <utility>

#include "base/random.h"
#include "store/postgres/append.h"
#include "store/postgres/catalog.h"
#include "store/postgres/last_reports.h"
#include "store/postgres/schema.h"
#include "store/postgres/tail.h"

namespace scorekeeper::store::postgres {
namespace {

// How long a write that is in doubt is asked about before its callers are told `unavailable`.
constexpr std::chrono::seconds doubt_patience{5};
constexpr std::chrono::milliseconds doubt_interval{50};

// Whatever the database's default is: each statement of a turn sees what was committed before it.
constexpr Statement begin_statement{"begin_turn", "BEGIN ISOLATION LEVEL READ COMMITTED"};
constexpr Statement commit_statement{"commit_turn", "COMMIT"};
// A commit that waits for a standby is never cancelled (decisions 17).
constexpr Statement no_timeout{"no_timeout", "SET LOCAL statement_timeout = 0"};
constexpr Statement lock_head{
    "lock_head",
    "SELECT last_id, last_at, last_event FROM ledger_head WHERE org = $1::integer FOR UPDATE"};
constexpr Statement make_head{
    "make_head", "INSERT INTO ledger_head (org) VALUES ($1::integer) ON CONFLICT DO NOTHING"};
constexpr Statement move_head{"move_head",
                              "UPDATE ledger_head SET last_id = greatest(last_id, $2::bigint),"
                              " last_at = greatest(last_at, $3::bigint) WHERE org = $1::integer"};
constexpr Statement move_head_by_change{
    "move_head_by_change",
    "UPDATE ledger_head SET last_id = $2::bigint, last_event = last_event + $3::bigint"
    " WHERE org = $1::integer"};
constexpr Statement touch_head{"touch_head",
                               "UPDATE ledger_head SET last_at = last_at WHERE org = $1::integer"};
constexpr Statement insert_commit{
    "insert_commit",
    "INSERT INTO catalog_commit VALUES ($1::integer, $2::bigint, $3::bigint,"
    " (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)"};
constexpr Statement find_commit{
    "find_commit",
    "SELECT 1 FROM catalog_commit WHERE org = $1::integer AND position = $2::bigint"
    " AND token = $3::bigint"};
constexpr Statement find_request_row{
    "find_request_row",
    "SELECT 1 FROM request WHERE org = $1::integer AND id = $2::bigint AND key = $3::integer"
    " AND accepted_at = $4::bigint AND position = $5::bigint"};
constexpr Statement raise_reserved{
    "raise_reserved",
    "UPDATE meta SET value = greatest(value, $1::bigint) WHERE key = 'requests_reserved'"};
constexpr Statement reserve{
    "reserve_requests",
    "UPDATE meta SET value = greatest(value, 1) + $1::bigint WHERE key = 'requests_reserved'"
    " RETURNING value"};
constexpr Statement forget{"forget_requests",
                           "DELETE FROM request WHERE (org, id) IN (SELECT org, id FROM request"
                           " WHERE accepted_at < $1::bigint ORDER BY accepted_at LIMIT $2::bigint"
                           " FOR UPDATE SKIP LOCKED)"};
constexpr Statement forget_commits{"forget_commits",
                                   "DELETE FROM catalog_commit WHERE at < $1::bigint"};

std::vector<OrgId> orgs_of(const Group& group) {
  std::vector<OrgId> orgs;
  for (const auto& row : group.changes) {
    if (orgs.empty() || orgs.back() != row.org) orgs.push_back(row.org);
  }
  for (const auto& row : group.requests) orgs.push_back(row.org);
  for (const auto& row : group.entities) orgs.push_back(row.org);
  std::ranges::sort(orgs);
  const auto rest = std::ranges::unique(orgs);
  orgs.erase(rest.begin(), rest.end());
  return orgs;
}

Head head_of(OrgId org, const Rows& rows) {
  return {
      .org = org, .last = {rows.u64(0, 0)}, .last_at = time_of_microseconds(rows.integer(0, 1))};
}

}  // namespace

// A new connection may lead to another server, or to another history.
Result<Connection*> Turns::connection() {
  Connection* connection = TRY(link_.get());
  if (generation_of_ == link_.opened()) return connection;
  const auto epoch = TRY(read_epoch(*connection));
  const auto timeline = TRY(connection->timeline());
  note_history(epoch, timeline);
  generation_of_ = link_.opened();
  return connection;
}

void Turns::note_history(std::int64_t epoch, std::uint32_t timeline) {
  const bool first = generation_ == 0;
  timeline_ = timeline;
  const auto generation = static_cast<std::uint64_t>(epoch) ^ (std::uint64_t{timeline} << 32U);
  if (generation == generation_) return;
  generation_ = generation;
  if (first) return;
  // What was known of the one before does not hold for this one.
  other_history_ = true;
  requests_reserved_ = 0;
}

Result<Connection*> Turns::connection_of_same_history() {
  Connection* connection = TRY(this->connection());
  if (!other_history_) return connection;
  return make_error(Code::unavailable, "the database's history may be another one than before");
}

Result<std::vector<Head>> Turns::heads() {
  end();
  const auto read = [this](Connection& connection) -> Result<std::vector<Head>> {
    const Rows rows =
        TRY(connection.query("SELECT last_id, last_at, org, value FROM meta"
                             " LEFT JOIN ledger_head ON true WHERE key = 'epoch' ORDER BY org"));
    std::vector<Head> heads;
    if (!rows.empty()) note_history(rows.integer(0, 3), timeline_);
    if (rows.size() == 1 && rows.is_null(0, 2)) return heads;  // no org yet
    for (int row = 0; row < rows.size(); ++row) {
      heads.push_back({.org = {rows.u32(row, 2)},
                       .last = {rows.u64(row, 0)},
                       .last_at = time_of_microseconds(rows.integer(row, 1))});
    }
    return heads;
  };
  auto heads = read(*TRY(connection()));
  // Perhaps only the connection from before is gone, with a database that was started again.
  if (!heads && heads.error().code == Code::unavailable) heads = read(*TRY(connection()));
  if (heads) other_history_ = false;  // whoever asked compares the generation now
  return heads;
}

Result<void> Turns::lock(Connection& connection, std::span<const OrgId> orgs) {
  connection.begin_batch();
  connection.add(begin_statement);
  for (const OrgId org : orgs) {
    connection.add(lock_head, Parameters().add(std::int64_t{org.number}));
  }
  const auto answers = TRY(connection.finish_batch());
  for (std::size_t n = 0; n < orgs.size(); ++n) {
    const Rows* found = &answers[n + 1];
    Rows made;
    if (found->empty()) {
      const auto org = Parameters().add(std::int64_t{orgs[n].number});
      TRY(connection.run(make_head, org));
      made = TRY(connection.run(lock_head, org));
      found = &made;
    }
    turn_.push_back({.head = head_of(orgs[n], *found), .last_event = found->u64(0, 2)});
  }
  return {};
}

Result<void> Turns::begin(std::span<const OrgId> orgs) {
  end();
  doubt_.reset();
  for (bool again = link_.is_open();; again = false) {
    Connection* used = TRY(connection_of_same_history());
    auto locked = lock(*used, orgs);
    if (locked) return {};
    turn_.clear();
    const bool broken = used->is_broken();
    if (!broken) end();
    link_.drop_if_broken();
    if (!broken || !again) return locked;
  }
}

Result<Head> Turns::begin(OrgId org) {
  TRY(begin(std::span(&org, 1)));
  return turn_.front().head;
}

void Turns::end() {
  turn_.clear();
  const auto connection = link_.current();
  if (!connection || !(*connection)->in_transaction()) return;
  if (!(*connection)->execute("ROLLBACK")) link_.drop();
}

Result<void> Turns::commit(Connection& connection, const Doubt& doubt) {
  connection.add(no_timeout);
  connection.add(commit_statement);
  const auto done = connection.finish_commit();
  turn_.clear();
  if (done) return {};
  if (connection.in_doubt()) doubt_ = doubt;
  Error error = done.error();
  end();
  link_.drop_if_broken();
  return error;
}

Result<void> Turns::append(const Group& group) {
  const auto orgs = orgs_of(group);
  const bool open = turn_.size() == 1 && orgs.size() == 1 && turn_.front().head.org == orgs.front();
  if (!open) TRY(begin(orgs));
  auto appended = append_in_turn(group);
  if (!appended) end();
  return appended;
}

Result<void> Turns::append_in_turn(const Group& group) {
  std::vector<AppendedTo> appended;
  appended.reserve(turn_.size());
  for (const LockedHead& locked : turn_) {
    appended.push_back(TRY(check_append(locked.head.org, group, locked.head.last)));
  }
  Connection& connection = *TRY(link_.current());
  connection.begin_batch();
  if (group.requests_reserved.number > requests_reserved_) {
    connection.add(raise_reserved, Parameters().add_bits(group.requests_reserved.number));
  }
  for (std::size_t n = 0; n < turn_.size(); ++n) {
    const OrgId org = turn_[n].head.org;
    add_append(connection, org, group, appended[n].last);
    connection.add(move_head, Parameters()
                                  .add(std::int64_t{org.number})
                                  .add_bits(appended[n].last.number)
                                  .add(microseconds_of(appended[n].last_at)));
  }
  Doubt doubt;
  if (!group.requests.empty()) {
    doubt.org = group.requests.front().org;
    doubt.request = group.requests.front();
  }
  TRY(commit(connection, doubt));
  requests_reserved_ = std::max(requests_reserved_, group.requests_reserved.number);
  return {};
}

Result<void> Turns::write(const CatalogRows& change) {
  const bool open = turn_.size() == 1 && turn_.front().head.org == change.org;
  if (!open) TRY(begin(std::span(&change.org, 1)));
  const LockedHead& locked = turn_.front();
  const RowId position{locked.head.last.number + 1};
  const Doubt doubt{.org = change.org,
                    .request = {},
                    .position = position,
                    .token = static_cast<std::int64_t>(random_u64())};
  Connection& connection = *TRY(link_.current());
  connection.begin_batch();
  add_change(connection, change, position, locked.last_event);
  connection.add(
      insert_commit,
      Parameters().add(std::int64_t{change.org.number}).add_bits(position.number).add(doubt.token));
  connection.add(move_head_by_change, Parameters()
                                          .add(std::int64_t{change.org.number})
                                          .add_bits(position.number)
                                          .add(static_cast<std::int64_t>(change.events.size())));
  return commit(connection, doubt);
}

// The head's lock is taken by an UPDATE: its commit waits for a synchronous standby as the one in
// doubt did, and so tells of both.
Result<bool> Turns::look_for(const Doubt& doubt) {
  Connection& connection = *TRY(this->connection());
  const auto org = std::int64_t{doubt.org.number};
  connection.begin_batch();
  connection.add(begin_statement);
  // Of an org that had no head before, the turn in doubt may hold the first.
  connection.add(make_head, Parameters().add(org));
  connection.add(touch_head, Parameters().add(org));
  if (doubt.request.number) {
    // All of it: a standby that did not have the reservation may have given the number again.
    connection.add(find_request_row, Parameters()
                                         .add(org)
                                         .add_bits(doubt.request.number.number)
                                         .add(std::int64_t{doubt.request.key.number})
                                         .add(microseconds_of(doubt.request.accepted_at))
                                         .add_bits(doubt.request.position.number));
  } else {
    connection.add(find_commit,
                   Parameters().add(org).add_bits(doubt.position.number).add(doubt.token));
  }
  connection.add(no_timeout);
  connection.add(commit_statement);
  const auto answers = connection.finish_commit();
  if (!answers) {
    Error error = answers.error();
    end();
    link_.drop_if_broken();
    return error;
  }
  return !(*answers)[3].empty();
}

Result<bool> Turns::find_out() {
  const Doubt doubt = *std::exchange(doubt_, std::nullopt);
  const auto deadline = std::chrono::steady_clock::now() + doubt_patience;
  for (;;) {
    auto stored = look_for(doubt);
    const bool passing = !stored && stored.error().code == Code::unavailable;
    if (!passing || std::chrono::steady_clock::now() > deadline) return stored;
    std::this_thread::sleep_for(doubt_interval);
  }
}

Result<RequestNumber> Turns::reserve_requests(std::uint64_t count) {
  end();
  const auto parameters = Parameters().add_bits(count);
  Result<Rows> rows = (*TRY(connection())).run(reserve, parameters);
  // Numbers that a lost answer took are nobody's: asking again does no harm.
  if (!rows && rows.error().code == Code::unavailable) {
    rows = (*TRY(connection())).run(reserve, parameters);
  }
  if (!rows) return std::move(rows).error();
  return RequestNumber{rows->u64(0, 0) - count};
}

Result<Head> Turns::read_tail(OrgId org, std::optional<RowId> since, const TailReader& reader) {
  if (turn_.size() == 1 && turn_.front().head.org == org) {
    auto read = postgres::read_tail(*TRY(link_.current()), turn_.front().head, since, reader);
    if (!read) {
      end();
      return std::move(read).error();
    }
    return turn_.front().head;
  }
  end();
  Connection& connection = *TRY(connection_of_same_history());
  TRY(connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
  auto head = read_head(connection, org);
  if (head) {
    if (auto read = postgres::read_tail(connection, *head, since, reader); !read) {
      head = std::move(read).error();
    }
  }
  end();
  return head;
}

Result<bool> Turns::load_new_reports(const std::function<void(const ReportedBlock&)>& block) {
  end();
  auto more = load_new_reported(*TRY(connection()), reports_seen_, block);
  if (!more) reports_seen_.round.reset();
  return more;
}

Result<void> Turns::save_reported(std::span<const ReportedBlock> blocks) {
  end();
  Connection& connection = *TRY(this->connection());
  auto saved = postgres::save_reported(connection, blocks);
  end();
  return saved;
}

Result<std::uint64_t> Turns::forget_requests(Time before, std::uint64_t limit) {
  end();
  Connection& connection = *TRY(this->connection());
  TRY(connection.run(forget_commits, Parameters().add(microseconds_of(before))));
  const Rows rows = TRY(connection.run(
      forget, Parameters()
                  .add(microseconds_of(before))
                  .add(static_cast<std::int64_t>(std::min<std::uint64_t>(limit, INT64_MAX)))));
  return rows.changed();
}

}  // namespace scorekeeper::store::postgres
