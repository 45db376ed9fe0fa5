#include "matrix/wanted_entities.h"

#include <utility>

namespace scorekeeper::matrix {

WantedEntities::WantedEntities(const EntityFilter& filter,
                               const std::optional<std::string>& name_or_reference) {
  if (filter.query) matches_.emplace(*filter.query);
  NameFilter names{
      .reference = filter.reference, .name = filter.name, .name_or_reference = name_or_reference};
  if (!names.empty()) named_.emplace(std::move(names));
}

bool WantedEntities::advance(const Entities& entities, const Names& names) {
  if (named_ && named_->advance(names, entities.serial())) return true;
  return matches_ && matches_->advance(entities, names);
}

bool WantedEntities::finish(const Entities& entities, const Names& names, std::uint64_t steps_max) {
  if (named_ && named_->advance(names, entities.serial(), steps_max)) return false;
  return !matches_ || matches_->finish(entities, names, steps_max);
}

std::uint64_t WantedEntities::take_steps() {
  return (named_ ? named_->take_steps() : 0) + (matches_ ? matches_->take_steps() : 0);
}

const Bitmap* WantedEntities::together() {
  if (!named_) return by_query();
  if (!matches_) return &named_->entities();
  both_ = named_->among(matches_->entities());
  return &both_;
}

}  // namespace scorekeeper::matrix
