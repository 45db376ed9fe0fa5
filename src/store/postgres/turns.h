// Writing: turns of one org, each one transaction that holds the lock on the org's head (decisions
// 15-17, docs/decisions/0006). Committer thread only; the connection is its own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "store/catalog.h"
#include "store/ledger.h"
#include "store/postgres/last_reports.h"
#include "store/postgres/link.h"
#include "store/shared.h"

namespace scorekeeper::store::postgres {

class Turns {
 public:
  explicit Turns(const ConnectOptions& options) : link_(options) {}

  std::uint64_t generation() const { return generation_; }
  Result<std::vector<Head>> heads();
  Result<Head> read_tail(OrgId org, std::optional<RowId> since, const TailReader& reader);
  Result<Head> begin(OrgId org);
  void end();
  bool in_doubt() const { return doubt_.has_value(); }
  Result<bool> find_out();
  Result<RequestNumber> reserve_requests(std::uint64_t count);
  void forget_reports_seen() { reports_seen_ = {}; }
  Result<bool> load_new_reports(const std::function<void(const ReportedBlock&)>& block);

  // Of Ledger and Catalog: in the turn that is open, or in one of its own, which may then be of
  // several orgs.
  Result<void> append(const Group& group);
  Result<void> write(const CatalogRows& change);
  Result<void> save_reported(std::span<const ReportedBlock> blocks);
  Result<std::uint64_t> forget_requests(Time before, std::uint64_t limit);

 private:
  struct LockedHead {
    Head head;
    std::uint64_t last_event = 0;
  };
  // What may be stored though its COMMIT was not answered.
  struct Doubt {
    OrgId org;
    AcceptedRequest request;  // of an append; else it has no number,
    RowId position;           // and this is of a change of the catalog, with its token
    std::int64_t token = 0;
  };

  Result<Connection*> connection();
  // An Error after the history may have changed, until heads() has told.
  Result<Connection*> connection_of_same_history();
  void note_history(std::int64_t epoch, std::uint32_t timeline);
  Result<void> lock(Connection& connection, std::span<const OrgId> orgs);
  Result<void> begin(std::span<const OrgId> orgs);
  Result<void> append_in_turn(const Group& group);
  Result<void> commit(Connection& connection, const Doubt& doubt);
  Result<bool> look_for(const Doubt& doubt);

  Link link_;
  std::uint64_t generation_ = 0;
  std::uint32_t timeline_ = 0;
  bool other_history_ = false;
  std::uint64_t generation_of_ = 0;  // which connection told it, as Link::opened()
  std::vector<LockedHead> turn_;     // ascending org; empty: no turn is open
  std::optional<Doubt> doubt_;
  std::uint64_t requests_reserved_ = 0;  // at least this is stored
  ReportsSeen reports_seen_;
};

}  // namespace scorekeeper::store::postgres
