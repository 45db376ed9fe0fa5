// Writing: turns of some orgs, each one transaction that holds the locks on their heads
// (docs/decisions/0006), and what else is written beside them. One thread at a time; the connection
// is its own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "store/log.h"
#include "store/postgres/last_reports.h"
#include "store/postgres/link.h"

namespace scorekeeper::store::postgres {

class AppendTurns {
 public:
  // `in_doubt` is called each time that the answer to a COMMIT was lost; it may be empty.
  explicit AppendTurns(const ConnectOptions& options, std::function<void()> in_doubt = {})
      : link_(options), in_doubt_(std::move(in_doubt)) {}

  // As store::Log says.
  Result<Heads> heads();
  Result<Append> append(std::span<const OrgId> orgs, const PrepareAppend& prepare);
  Result<RequestNumber> reserve_requests(std::uint64_t count);
  Result<std::uint64_t> forget_requests(Time before, std::uint64_t limit);
  Result<Pruned> prune(const PruneWork& work);
  Result<void> save_reported(std::span<const ReportedBlock> blocks);
  Result<bool> load_new_reports(const std::function<void(const ReportedBlock&)>& block);
  void forget_reports_seen() { reports_seen_ = {}; }

  // The connection of the turn that is open, for the function that prepares it.
  Result<PgConnection*> in_turn() { return link_.current(); }
  // Between turns.
  Result<PgConnection*> connection();

 private:
  class View;
  // A write that may be stored though its COMMIT was not answered: it is found by its last record,
  // or where there is none by a request.
  struct Doubt {
    std::optional<LogRecord> record;
    AcceptedRequest request;

    OrgId org() const { return record ? record->org : request.org; }
  };

  // An Error after the history may have changed, until heads() has told.
  Result<PgConnection*> connection_of_same_history();
  void note_history(std::int64_t epoch, std::uint32_t timeline);
  Result<std::vector<Head>> begin(std::span<const OrgId> orgs);
  void end();
  Result<void> write(Append& append, std::span<const Head> heads);
  Result<void> find_out(const Doubt& doubt, const Error& lost);
  Result<bool> look_for(const Doubt& doubt);

  Link link_;
  std::function<void()> in_doubt_;
  std::uint64_t generation_ = 0;
  std::uint32_t timeline_ = 0;
  bool other_history_ = false;
  std::uint64_t generation_of_ = 0;  // which connection told it, as Link::opened()
  ReportsSeen reports_seen_;
};

}  // namespace scorekeeper::store::postgres
