#include "api/catalog_pages.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "domain/entity.h"
#include "wire/entity_id.h"

namespace scorekeeper::api {
namespace {

constexpr std::size_t piece_size = 100;

// Counts what is read for an answer.
class ByteCount {
 public:
  Result<void> take(const DefinedEntity& entity) {
    bytes_ += entity.definition.schema.size() + entity.definition.raw.size();
    if (bytes_ <= answer_definition_bytes_max) return {};
    return too_long_page();
  }

 private:
  std::size_t bytes_ = 0;
};

}  // namespace

Error too_long_page() {
  return make_error(Code::too_large,
                    "the definitions of this page are too long for one answer: ask for less with "
                    "page[limit] (page[size] of service definitions)");
}

Result<void> check_budget(const WorkBudget& budget) {
  if (!budget.stopped()) return {};
  auto error = budget.error({});
  return error.code == Code::invalid ? too_long_page() : std::move(error);
}

std::string entity_id(const Services& services, OrgId org, EntityNumber number) {
  return wire::write_entity_id(org, number, services.request_key);
}

wire::EntityItem item_of(const Services& services, OrgId org, store::ListedEntity listed) {
  return {.id = entity_id(services, org, listed.entity.number),
          .entity = std::move(listed.entity),
          .defined = listed.defined};
}

void respell(const Context& context, Relation& relation) {
  const auto& org = context.org();
  for (std::string* const end : {&relation.from, &relation.to}) {
    const auto number = has_folded_name(*end) ? org.find_entity(*end) : EntityNumber{};
    if (number) *end = org.references_of(std::span(&number, 1)).front();
  }
}

// In pieces, so that the bound holds while it is read.
Result<std::vector<wire::EntityItem>> read_entities(const Context& context,
                                                    const store::EntitySelection& selection,
                                                    WorkBudget& budget) {
  const auto org = context.caller.org;
  std::vector<wire::EntityItem> items;
  items.reserve(selection.numbers.size());
  ByteCount bytes;
  for (auto left = selection.numbers; !left.empty();) {
    const auto piece = left.first(std::min(piece_size, left.size()));
    left = left.subspan(piece.size());
    auto read =
        TRY(context.services.catalog.read_entities(org, {.numbers = piece, .raw = selection.raw}));
    for (auto& listed : read) {
      TRY(bytes.take(listed.entity));
      budget.spend(listed.entity.definition.schema.size());
      TRY(check_budget(budget));
      items.push_back(item_of(context.services, org, std::move(listed)));
    }
  }
  return items;
}

Result<std::vector<wire::EntityItem>> list_entities(const Context& context,
                                                    const EntityListFilter& filter, bool raw,
                                                    WorkBudget& budget) {
  const auto numbers = TRY(context.services.catalog.find_entities(context.caller.org, filter));
  return read_entities(context, {.numbers = numbers, .raw = raw}, budget);
}

Result<std::vector<wire::EntityItem>> find_entities(const Context& context,
                                                    std::span<const std::string> references,
                                                    bool include_discovered, WorkBudget& budget) {
  const auto& org = context.org();
  const std::set<std::string_view> each(references.begin(), references.end());
  std::vector<EntityNumber> numbers;
  for (const auto reference : each) {
    const auto number = org.find_entity(reference);
    const bool wanted = include_discovered ? org.is_live(number) : org.is_defined(number);
    if (wanted) numbers.push_back(number);
  }
  return read_entities(context, {.numbers = numbers}, budget);
}

wire::FindNamed find_named(const Context& context) {
  return [&context](std::string_view name_space,
                    std::string_view name) -> Result<std::vector<std::string>> {
    TRY(check_wanted(context.cancelled));
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

}  // namespace scorekeeper::api
