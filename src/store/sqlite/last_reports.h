// The last reports as a server loads them at its start: all, page by page. Nobody else writes them
// while it runs. Committer thread only.
#pragma once

#include <cstdint>
#include <functional>

#include "store/rows.h"
#include "store/sqlite/connection.h"

namespace scorekeeper::store::sqlite {

class LastReports {
 public:
  // Log::load_new_reports().
  Result<bool> load(SqliteConnection& connection,
                    const std::function<void(const ReportedBlock&)>& block);

 private:
  // The last one that was read.
  std::int64_t org_ = 0;
  std::int64_t rule_ = 0;
  std::int64_t block_ = 0;
  bool ended_ = false;
};

}  // namespace scorekeeper::store::sqlite
