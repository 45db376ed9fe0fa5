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

void submit(const std::shared_ptr<Put>& put) {
  const Services& services = put->context.services;
  intake::EntityUpsert& upsert = *put->upsert;
  const auto prepared = intake::prepare_upsert(put->context.org(), services.catalog, upsert);
  if (!prepared) return put->waiting->fail(prepared.error());
  upsert.committer_reads = ++put->looks >= looks_max;
  const auto submitted = services.intake->change(
      put->context.caller, intake::change_of(put->upsert).when(put->precondition),
      [put](Result<std::vector<DefinedEntity>> defined) { answer(put, std::move(defined)); });
  if (!submitted) put->waiting->fail(submitted.error());
}

void prepare(const std::shared_ptr<Put>& put) {
  const Services& services = put->context.services;
  const bool posted = services.post_query(put->context.caller.org, [put] {
    const Services& all = put->context.services;
    const Looks::Look look(all.looks);
    if (all.phase.load() == Phase::starting) {
      return put->waiting->fail(make_error(Code::unavailable, "the server is starting"));
    }
    submit(put);
  });
  if (posted) return;
  put->waiting->fail(make_error(
      Code::unavailable,
      "too many queries of this organization wait, and the definitions that are replaced "
      "have to be read (queries_waiting_max); repeat it later"));
}

}  // namespace

void put_definitions(const Context& context, std::shared_ptr<Waiting> waiting,
                     std::vector<EntityDefinition> definitions, Precondition precondition,
                     OnDefined on_defined) {
  ASSERT(!definitions.empty());  // answer() takes an empty answer for "once more"
  auto upsert = std::make_shared<intake::EntityUpsert>();
  upsert->definitions = std::move(definitions);
  const bool reads = intake::replaces_definitions(context.org(), *upsert);
  const auto put = std::make_shared<Put>(Put{.context = context,
                                             .waiting = std::move(waiting),
                                             .precondition = std::move(precondition),
                                             .on_defined = std::move(on_defined),
                                             .upsert = std::move(upsert)});
  reads ? prepare(put) : submit(put);
}

}  // namespace scorekeeper::api
