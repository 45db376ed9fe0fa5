#include "api/entity_upserts.h"

#include <utility>

#include "base/assert.h"
#include "intake/entity_upsert.h"

namespace scorekeeper::api {
namespace {

// Others may change the definitions between the look at them and the committer's turn. After so
// many looks the committer reads them, so that an end comes.
constexpr int looks_max = 8;

struct Put {
  Context context;
  std::shared_ptr<Waiting> waiting;
  Precondition precondition;
  OnDefined on_defined;
  std::shared_ptr<intake::EntityUpsert> upsert;
  int looks = 0;
};

void prepare(const std::shared_ptr<Put>& put);

void answer(const std::shared_ptr<Put>& put, Result<std::vector<DefinedEntity>> defined) {
  if (!defined) return put->waiting->fail(defined.error());
  if (!defined->empty()) return put->on_defined(*std::move(defined));
  prepare(put);
}

// After a failover another definition may have the same version as the one that was read: then it
// is read again.
intake::Change<std::vector<DefinedEntity>> change_of(const std::shared_ptr<Put>& put,
                                                     std::uint64_t history) {
  auto change = intake::change_of(put->upsert).when(put->precondition);
  change.decide = [decide = std::move(change.decide), &looks = put->context.services.looks,
                   history](const intake::Decision& decision) -> Result<intake::DecidedEntities> {
    if (looks.history() == history) return decide(decision);
    intake::DecidedEntities again;
    again.change.org = decision.matrix.org();
    return again;
  };
  return change;
}

// On a worker.
void submit(const std::shared_ptr<Put>& put, std::uint64_t history) {
  const Services& services = put->context.services;
  intake::EntityUpsert& upsert = *put->upsert;
  const auto prepared = intake::prepare_upsert(put->context.org(), services.catalog, upsert);
  if (!prepared) return put->waiting->fail(prepared.error());
  upsert.committer_reads = ++put->looks >= looks_max;
  const auto submitted = services.intake->change(
      put->context.caller, change_of(put, history),
      [put](Result<std::vector<DefinedEntity>> defined) { answer(put, std::move(defined)); });
  if (!submitted) put->waiting->fail(submitted.error());
}

void prepare(const std::shared_ptr<Put>& put) {
  const bool posted = put->context.services.post_to_worker(
      put->context.caller.org,
      deferred_job(put->context, put->waiting,
                   [put](const Looks::Look& look) { submit(put, look.history()); }));
  if (posted) return;
  put->waiting->fail(make_error(
      Code::unavailable,
      "no worker is free to read the definitions that are replaced; repeat the request later"));
}

}  // namespace

void put_definitions(const Context& context, std::shared_ptr<Waiting> waiting,
                     std::vector<EntityDefinition> definitions, Precondition precondition,
                     OnDefined on_defined) {
  ASSERT(!definitions.empty());  // answer() takes an empty answer for "once more"
  auto upsert = std::make_shared<intake::EntityUpsert>();
  upsert->definitions = std::move(definitions);
  const auto put = std::make_shared<Put>(Put{.context = context,
                                             .waiting = std::move(waiting),
                                             .precondition = std::move(precondition),
                                             .on_defined = std::move(on_defined),
                                             .upsert = std::move(upsert)});
  prepare(put);
}

}  // namespace scorekeeper::api
