#include "api/catalog_pages.h"

#include <algorithm>
#include <utility>

#include "wire/entity_id.h"

namespace scorekeeper::api {
namespace {

constexpr std::uint64_t piece_size = 100;

// Counts what is read for an answer.
class Budget {
 public:
  Result<void> take(const DefinedEntity& entity) {
    bytes_ += entity.definition.schema.size() + entity.definition.raw.size();
    if (bytes_ <= answer_definition_bytes_max) return {};
    return make_error(Code::too_large,
                      "the definitions of this page are too long for one answer: ask for less with "
                      "page[limit]");
  }

 private:
  std::size_t bytes_ = 0;
};

}  // namespace

std::string entity_id(const Services& services, OrgId org, EntityNumber number) {
  return wire::write_entity_id(org, number, services.request_key);
}

wire::EntityItem item_of(const Services& services, OrgId org, store::ListedEntity listed) {
  return {.id = entity_id(services, org, listed.entity.number),
          .entity = std::move(listed.entity),
          .defined = listed.defined,
          .relations = {}};
}

wire::RelationItem item_of(store::ListedRelation listed) {
  return {.relation = std::move(listed.relation),
          .defined_by = std::move(listed.defined_by),
          .created_at = listed.created_at,
          .modified_at = listed.modified_at};
}

// In pieces, so that the bound holds while it is read.
Result<std::vector<wire::EntityItem>> read_entities(const Context& context,
                                                    store::EntityListFilter filter) {
  const auto org = context.caller.org;
  const auto wanted = filter.size;
  std::vector<wire::EntityItem> items;
  Budget budget;
  while (items.size() < wanted) {
    filter.size = std::min(piece_size, wanted - items.size());
    auto page = TRY(context.services.catalog.list_entities(org, filter));
    const bool last = page.entities.size() < filter.size;
    for (auto& listed : page.entities) {
      TRY(budget.take(listed.entity));
      items.push_back(item_of(context.services, org, std::move(listed)));
    }
    if (last) break;
    filter.offset += filter.size;
  }
  return items;
}

Result<std::vector<wire::EntityItem>> find_entities(const Context& context,
                                                    std::span<const std::string> references,
                                                    bool include_discovered) {
  std::vector<std::string> each(references.begin(), references.end());
  std::ranges::sort(each);
  const auto repeats = std::ranges::unique(each);
  each.erase(repeats.begin(), repeats.end());
  const auto org = context.caller.org;
  std::vector<wire::EntityItem> items;
  Budget budget;
  for (const auto& reference : each) {
    auto page = TRY(context.services.catalog.list_entities(
        org, {.reference = reference, .include_discovered = include_discovered, .size = 1}));
    for (auto& listed : page.entities) {
      TRY(budget.take(listed.entity));
      items.push_back(item_of(context.services, org, std::move(listed)));
    }
  }
  return items;
}

wire::FindNamed find_named(const Context& context) {
  return [&context](std::string_view name_space,
                    std::string_view name) -> Result<std::vector<std::string>> {
    return context.org().find_named(name_space, name);
  };
}

void answer_on_worker(std::shared_ptr<Waiting> waiting, std::function<http::Response()> make) {
  const auto& services = waiting->services;
  const auto org = waiting->org;
  // A job is copied on its way, what it holds is not.
  const auto shared = std::make_shared<const std::function<http::Response()>>(std::move(make));
  const auto job = [waiting = std::move(waiting), shared] { waiting->answer((*shared)()); };
  if (!services.post_to_worker(org, job)) job();
}

http::Response respond_nothing() {
  http::Response response;
  response.status = 204;
  return response;
}

std::function<void(Result<void>)> answer_nothing(std::shared_ptr<Waiting> waiting) {
  return [waiting = std::move(waiting)](Result<void> done) {
    if (!done) return waiting->fail(done.error());
    waiting->answer(respond_nothing());
  };
}

}  // namespace scorekeeper::api
