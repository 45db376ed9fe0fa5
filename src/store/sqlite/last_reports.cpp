#include "store/sqlite/last_reports.h"

#include <utility>

#include "store/last_reported.h"

namespace scorekeeper::store::sqlite {
namespace {

constexpr std::int64_t blocks_per_page = 1'000;

}  // namespace

Result<bool> LastReports::load(SqliteConnection& connection,
                               const std::function<void(const ReportedBlock&)>& block) {
  if (ended_) return false;
  Statement rows = TRY(connection.prepare(
      "SELECT org, rule, block, times FROM last_reported WHERE (org, rule, block) > (?1, ?2, ?3)"
      " ORDER BY org, rule, block LIMIT ?4"));
  rows.bind(1, org_);
  rows.bind(2, rule_);
  rows.bind(3, block_);
  rows.bind(4, blocks_per_page);
  std::int64_t read = 0;
  for (; TRY(rows.step()); ++read) {
    auto times = TRY(decode_last_reported(rows.blob(3)));
    org_ = rows.integer(0);
    rule_ = rows.integer(1);
    block_ = rows.integer(2);
    block(ReportedBlock{.org = {rows.u32(0)},
                        .rule = {rows.u32(1)},
                        .block = rows.u32(2),
                        .last_reported = std::move(times)});
  }
  ended_ = read < blocks_per_page;
  return !ended_;
}

}  // namespace scorekeeper::store::sqlite
