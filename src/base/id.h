// Id<Tag>: a number that names one kind of thing, so that a rule's number never passes for an
// entity's. Numbers start at 1; 0 is "none". Never reused, because records of the log go on naming
// things that are gone.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace scorekeeper {

template <class Tag, class Number = std::uint32_t>
struct Id {
  Number number = 0;

  explicit operator bool() const { return number != 0; }
  auto operator<=>(const Id&) const = default;
};

using OrgId = Id<struct OrgTag>;
using ScorecardNumber = Id<struct ScorecardTag>;
using RuleNumber = Id<struct RuleTag>;           // counts from 1 in each org
using EntityNumber = Id<struct EntityTag>;       // counts from 1 in each org
using CampaignNumber = Id<struct CampaignTag>;   // counts from 1 in each org
using KeyId = Id<struct KeyTag>;                 // an application key; unique in the store
using RowId = Id<struct RowTag, std::uint64_t>;  // a position in the log of an org
using RequestNumber = Id<struct RequestTag, std::uint64_t>;  // an accepted request
using AuditNumber = Id<struct AuditTag, std::uint64_t>;      // counts from 1 in each org

}  // namespace scorekeeper

template <class Tag, class Number>
struct std::hash<scorekeeper::Id<Tag, Number>> {
  std::size_t operator()(scorekeeper::Id<Tag, Number> id) const noexcept {
    return std::hash<Number>{}(id.number);
  }
};
