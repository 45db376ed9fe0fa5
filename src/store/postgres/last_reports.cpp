#include "store/postgres/last_reports.h"

#include <algorithm>
#include <vector>

#include "store/last_reported.h"

namespace scorekeeper::store::postgres {
namespace {

// A transaction may become visible that much later than the time that it wrote.
constexpr std::int64_t late_microseconds = 30'000'000;

constexpr Statement select_blocks{
    "select_reported",
    "SELECT org, rule, block, times, saved_at FROM last_reported"
    " WHERE saved_at > $1::bigint AND (org, rule, block) > ($2::integer, $3::integer, $4::integer)"
    " ORDER BY org, rule, block LIMIT 200"};
constexpr int blocks_per_page = 200;  // some milliseconds
constexpr Statement select_block{
    "select_reported_block",
    "SELECT times FROM last_reported"
    " WHERE org = $1::integer AND rule = $2::integer AND block = $3::integer"};
constexpr Statement put_block{
    "put_reported_block",
    "INSERT INTO last_reported VALUES ($1::integer, $2::integer, $3::integer, $4,"
    " (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)"
    " ON CONFLICT (org, rule, block) DO UPDATE SET times = excluded.times,"
    " saved_at = excluded.saved_at"};

Parameters place_of(const ReportedBlock& block) {
  Parameters place;
  place.add(std::int64_t{block.org.number})
      .add(std::int64_t{block.rule.number})
      .add(std::int64_t{block.block});
  return place;
}

}  // namespace

Result<bool> load_new_reported(PgConnection& connection, ReportsSeen& seen,
                               const std::function<void(const ReportedBlock&)>& block) {
  if (!seen.round) {
    seen.round = ReportsSeen::Round{};
    seen.round->behind = std::max(seen.saved_at - late_microseconds, std::int64_t{-1});
    seen.round->latest = seen.saved_at;
  }
  ReportsSeen::Round& round = *seen.round;
  Parameters from;
  from.add(round.behind)
      .add(std::int64_t{round.org.number})
      .add(std::int64_t{round.rule.number})
      .add(std::int64_t{round.block});
  const Rows rows = TRY(connection.run(select_blocks, from));
  for (int n = 0; n < rows.size(); ++n) {
    const ReportedBlock found{.org = {rows.u32(n, 0)},
                              .rule = {rows.u32(n, 1)},
                              .block = rows.u32(n, 2),
                              .last_reported = TRY(decode_last_reported(rows.bytes(n, 3)))};
    round.org = found.org;
    round.rule = found.rule;
    round.block = found.block;
    round.latest = std::max(round.latest, rows.integer(n, 4));
    block(found);
  }
  if (rows.size() == blocks_per_page) return true;
  seen.saved_at = round.latest;
  seen.round.reset();
  return false;
}

// One after the other, by the lock of a row: two servers neither wait for each other's rows
// crosswise nor overwrite what the other has just put.
Result<void> save_reported(PgConnection& connection, std::span<const ReportedBlock> blocks) {
  TRY(connection.execute("BEGIN"));
  TRY(connection.execute("SELECT 1 FROM meta WHERE key = 'reports' FOR UPDATE"));
  connection.begin_batch();
  for (const ReportedBlock& block : blocks) connection.add(select_block, place_of(block));
  const auto stored = TRY(connection.finish_batch());
  std::vector<std::vector<std::byte>> blobs(blocks.size());
  for (std::size_t n = 0; n < blocks.size(); ++n) {
    std::vector<std::uint32_t> times = blocks[n].last_reported;
    if (!stored[n].empty()) {
      const auto before = TRY(decode_last_reported(stored[n].bytes(0, 0)));
      for (std::size_t at = 0; at < times.size(); ++at) times[at] = std::max(times[at], before[at]);
    }
    encode_last_reported(times, blobs[n]);
  }
  connection.begin_batch();
  for (std::size_t n = 0; n < blocks.size(); ++n) {
    connection.add(put_block, place_of(blocks[n]).add_bytes(blobs[n]));
  }
  TRY(connection.finish_batch());
  return connection.execute("COMMIT");
}

}  // namespace scorekeeper::store::postgres
