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
    " ORDER BY org, rule, block LIMIT 500"};
constexpr int blocks_per_page = 500;
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

Result<void> load_reported(Connection& connection, std::int64_t& saved_at,
                           const std::function<void(const ReportedBlock&)>& block) {
  const std::int64_t behind = std::max(saved_at - late_microseconds, std::int64_t{-1});
  ReportedBlock last{.org = {}, .rule = {}, .block = 0, .last_reported = {}};
  for (int read = blocks_per_page; read == blocks_per_page;) {
    Parameters from;
    from.add(behind)
        .add(std::int64_t{last.org.number})
        .add(std::int64_t{last.rule.number})
        .add(std::int64_t{last.block});
    const Rows rows = TRY(connection.run(select_blocks, from));
    read = rows.size();
    for (int n = 0; n < read; ++n) {
      last.org = {rows.u32(n, 0)};
      last.rule = {rows.u32(n, 1)};
      last.block = rows.u32(n, 2);
      last.last_reported = TRY(decode_last_reported(rows.bytes(n, 3)));
      saved_at = std::max(saved_at, rows.integer(n, 4));
      block(last);
    }
  }
  return {};
}

// One after the other, by the lock of a row: two servers neither wait for each other's rows
// crosswise nor overwrite what the other has just put.
Result<void> save_reported(Connection& connection, std::span<const ReportedBlock> blocks) {
  TRY(connection.execute("BEGIN"));
  TRY(connection.execute("SELECT 1 FROM meta WHERE key = 'reports' FOR UPDATE"));
  connection.begin_batch();
  for (const ReportedBlock& block : blocks) connection.add(select_block, place_of(block));
  const auto stored = TRY(connection.finish_batch());
  connection.begin_batch();
  std::vector<std::byte> blob;
  for (std::size_t n = 0; n < blocks.size(); ++n) {
    std::vector<std::uint32_t> times = blocks[n].last_reported;
    if (!stored[n].empty()) {
      const auto before = TRY(decode_last_reported(stored[n].bytes(0, 0)));
      for (std::size_t at = 0; at < times.size(); ++at) times[at] = std::max(times[at], before[at]);
    }
    encode_last_reported(times, blob);
    connection.add(put_block, place_of(blocks[n]).add_bytes(blob));
  }
  TRY(connection.finish_batch());
  return connection.execute("COMMIT");
}

}  // namespace scorekeeper::store::postgres
