// The rows of the tables, each with one description: `describe(columns, row)` calls `columns(name,
// value)` for each column in the order of its table. A writer of rows gets constant values, a
// reader (`Columns::reads`) sets them. Rows refer to what they were made of. Values.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "domain/catalog_change.h"
#include "domain/entity.h"
#include "store/catalog.h"
#include "store/items.h"
#include "store/log_record.h"
#include "store/rows.h"
#include "store/seal.h"
#include "store/table.h"

namespace scorekeeper::store {

// A thing of the catalog as its table has it. A deleted one stays where others refer to its number.
template <class T>
struct StateRow {
  using Thing = T;
  OrgId org;
  T& thing;
  bool removed = false;
  RowId position;  // of the last change of it in the log of its org
};

// A row of any thing, to be read.
template <class T>
struct ReadRow {
  T thing{};
  StateRow<T> row{.org = {}, .thing = thing, .removed = false, .position = {}};
};

struct RelationRow {
  OrgId org;
  EntityNumber defined_by;
  std::size_t row = 0;  // its place in the definition, from 1 on
  const Relation& relation;
};

struct CampaignRuleRow {
  OrgId org;
  CampaignNumber campaign;
  std::size_t place = 0;  // from 1 on
  RuleNumber rule;
};

// The place of a change of the catalog in the log.
struct PlaceRow {
  OrgId org;
  ChangePlace place;
  ResourceName name;
};

// --- the stored form of a value

inline std::int64_t stored(std::int64_t value) { return value; }
inline std::int64_t stored(std::size_t value) { return static_cast<std::int64_t>(value); }
inline std::int64_t stored(std::uint32_t value) { return value; }
inline std::int64_t stored(int value) { return value; }
inline std::int64_t stored(bool value) { return value ? 1 : 0; }
inline std::int64_t stored(Time value) { return microseconds_of(value); }
inline std::int64_t stored(CampaignStatus value) { return std::to_underlying(value); }
inline std::int64_t stored(RecordKind value) { return std::to_underlying(value); }
// Numbers of 64 bits are stored by their bits: the upper half is negative.
template <class Tag, class Number>
std::int64_t stored(Id<Tag, Number> id) {
  return static_cast<std::int64_t>(id.number);
}
inline std::optional<std::int64_t> stored(const std::optional<Time>& value) {
  return value ? std::optional(microseconds_of(*value)) : std::nullopt;
}
inline std::string_view stored(std::string_view value) { return value; }
inline std::string_view stored(const std::string& value) { return value; }
inline std::string stored(std::string&& value) { return std::move(value); }
inline std::string_view stored(KeyKind value) { return name_of(value); }
inline std::string_view stored(AuditActorType value) { return name_of(value); }
inline std::string_view stored(AuditResource value) { return name_of(value); }
inline std::string stored(ScopeSet value) { return write_scopes(value); }
inline std::string stored(const std::vector<std::string>& items) { return join_items(items); }
template <std::size_t size>
std::span<const std::byte> stored(const std::array<std::byte, size>& value) {
  return value;
}

// --- the descriptions

template <class Row>
inline constexpr TableShape shape_of{};

template <class Row, class T>
concept RowOf = std::same_as<std::remove_const_t<typename Row::Thing>, T>;

template <>
inline constexpr TableShape shape_of<StateRow<const Org>>{.name = "org", .key_columns = 1};
void describe(auto& columns, RowOf<Org> auto& row) {
  columns("id", row.thing.id);
  columns("name", row.thing.name);
  columns("created_at", row.thing.created_at);
  columns("position", row.position);
}

template <>
inline constexpr TableShape shape_of<StateRow<const Key>>{.name = "key", .key_columns = 1};
void describe(auto& columns, RowOf<Key> auto& row) {
  auto& key = row.thing;
  columns("id", key.id);
  columns("org", key.org);
  columns("kind", key.kind);
  columns("name", key.name);
  columns("owner", key.owner);
  columns("hash", key.hash);
  columns("scopes", key.scopes);
  columns("created_at", key.created_at);
  columns("expires_at", key.expires_at);
  columns("revoked_at", key.revoked_at);
  columns("position", row.position);
}

template <>
inline constexpr TableShape shape_of<StateRow<const Scorecard>>{.name = "scorecard",
                                                                .key_columns = 2};
void describe(auto& columns, RowOf<Scorecard> auto& row) {
  auto& scorecard = row.thing;
  columns("org", row.org);
  columns("number", scorecard.number);
  columns("id", scorecard.id);
  columns("name", scorecard.name);
  columns("description", scorecard.description);
  columns("created_at", scorecard.created_at);
  columns("modified_at", scorecard.modified_at);
  columns("removed", row.removed);
  columns("position", row.position);
}

template <>
inline constexpr TableShape shape_of<StateRow<const Rule>>{.name = "rule", .key_columns = 2};
void describe(auto& columns, RowOf<Rule> auto& row) {
  auto& rule = row.thing;
  columns("org", row.org);
  columns("number", rule.number);
  columns("id", rule.id);
  columns("scorecard", rule.scorecard);
  columns("name", rule.name);
  columns("description", rule.description);
  columns("owner", rule.owner);
  columns("scope_query", rule.scope_query);
  columns("enabled", rule.enabled);
  columns("level", rule.level);
  columns("created_at", rule.created_at);
  columns("modified_at", rule.modified_at);
  columns("removed", row.removed);
  columns("position", row.position);
}

// The three columns of an entity's reference.
template <class Columns>
void describe_reference(Columns& columns, auto& reference) {
  if constexpr (Columns::reads) {
    std::string kind;
    std::string name_space;
    std::string name;
    columns("kind", kind);
    columns("namespace", name_space);
    columns("name", name);
    reference = kind + ":" + name_space + "/" + name;
  } else {
    const EntityReference parts =
        reference.empty() ? EntityReference() : split_canonical(reference);
    columns("kind", parts.kind);
    columns("namespace", parts.name_space);
    columns("name", parts.name);
  }
}

template <>
inline constexpr TableShape shape_of<NewEntity>{.name = "entity", .key_columns = 2};
void describe(auto& columns, const NewEntity& row) {
  columns("org", row.org);
  columns("number", row.number);
  describe_reference(columns, row.reference);
  columns("discovered_at", row.discovered_at);
  columns("live", true);
  columns("position", row.position);
}

template <>
inline constexpr TableShape shape_of<StateRow<const DefinedEntity>>{.name = "entity_definition",
                                                                    .key_columns = 2};
void describe(auto& columns, RowOf<DefinedEntity> auto& row) {
  auto& defined = row.thing;
  auto& definition = defined.definition;
  columns("org", row.org);
  columns("number", defined.number);
  columns("owner", definition.attributes.owner);
  columns("tier", definition.attributes.tier);
  columns("lifecycle", definition.attributes.lifecycle);
  columns("type", definition.attributes.type);
  columns("languages", definition.attributes.languages);
  columns("tags", definition.attributes.tags);
  describe_reference(columns, definition.reference);
  columns("created_at", defined.created_at);
  columns("modified_at", defined.modified_at);
  columns("position", row.position);
  columns("api_version", definition.api_version);
  columns("ingestion_source", definition.ingestion_source);
  columns("display_name", definition.display_name);
  columns("description", definition.description);
  columns("schema", definition.schema);
  columns("raw", definition.raw);
}

template <>
inline constexpr TableShape shape_of<RelationRow>{.name = "relation", .key_columns = 3};
void describe(auto& columns, const RelationRow& row) {
  const Relation& relation = row.relation;
  columns("org", row.org);
  columns("defined_by", row.defined_by);
  columns("row", row.row);
  columns("id", relation.from + ":" + relation.type + ":" + relation.to);
  columns("type", relation.type);
  columns("from_entity", relation.from);
  columns("to_entity", relation.to);
}

// A row of relation_page_query().
void describe(auto& columns, ListedRelation& row) {
  columns("type", row.relation.type);
  columns("from_entity", row.relation.from);
  columns("to_entity", row.relation.to);
  describe_reference(columns, row.defined_by);
  columns("created_at", row.created_at);
  columns("modified_at", row.modified_at);
}

template <>
inline constexpr TableShape shape_of<StateRow<const Kind>>{.name = "kind", .key_columns = 2};
void describe(auto& columns, RowOf<Kind> auto& row) {
  columns("org", row.org);
  columns("name", row.thing.name);
  columns("display_name", row.thing.display_name);
  columns("description", row.thing.description);
  columns("created_at", row.thing.created_at);
  columns("modified_at", row.thing.modified_at);
  columns("position", row.position);
}

template <>
inline constexpr TableShape shape_of<StateRow<const Campaign>>{.name = "campaign",
                                                               .key_columns = 2};
void describe(auto& columns, RowOf<Campaign> auto& row) {
  auto& campaign = row.thing;
  columns("org", row.org);
  columns("number", campaign.number);
  columns("id", campaign.id);
  columns("key", campaign.key);
  columns("name", campaign.name);
  columns("description", campaign.description);
  columns("owner_id", campaign.owner_id);
  columns("entity_scope", campaign.entity_scope);
  columns("guidance", campaign.guidance);
  columns("status", campaign.status);
  columns("start_date", campaign.start_date);
  columns("due_date", campaign.due_date);
  columns("created_at", campaign.created_at);
  columns("modified_at", campaign.modified_at);
  columns("removed", row.removed);
  columns("position", row.position);
}

template <>
inline constexpr TableShape shape_of<CampaignRuleRow>{.name = "campaign_rule", .key_columns = 3};
void describe(auto& columns, const CampaignRuleRow& row) {
  columns("org", row.org);
  columns("campaign", row.campaign);
  columns("position", row.place);
  columns("rule", row.rule);
}

template <>
inline constexpr TableShape shape_of<AcceptedRequest>{
    .name = "request", .key_columns = 2, .unique_over_orgs = true};
void describe(auto& columns, const AcceptedRequest& row) {
  columns("org", row.org);
  columns("id", row.number);
  columns("actor_type", row.actor.type);
  columns("actor", row.actor.id);
  columns("accepted_at", row.accepted_at);
  columns("total_received", row.total_received);
  columns("total_changed", row.total_changed);
  columns("position", row.position);
}

template <>
inline constexpr TableShape shape_of<LogRecord>{.name = "log", .key_columns = 2};
void describe(auto& columns, const LogRecord& row) {
  columns("org", row.org);
  columns("position", row.position);
  columns("count", row.count);
  columns("at", row.at);
  columns("kind", row.kind);
  columns("actor_type", row.actor.type);
  columns("actor", row.actor.id);
  columns("request", row.request);
  columns("request_id", row.request_id);
  columns("group_end", row.group_end);
  columns("chain", row.chain);
  columns("body", row.body);
}

template <>
inline constexpr TableShape shape_of<PlaceRow>{.name = "log_catalog", .key_columns = 2};
void describe(auto& columns, const PlaceRow& row) {
  columns("org", row.org);
  columns("position", row.place.position);
  columns("record", row.place.record);
  columns("resource", row.name.resource);
  columns("id", row.name.id);
}

// --- what follows from them

class ColumnLister {
 public:
  static constexpr bool reads = false;
  explicit ColumnLister(std::vector<Column>& columns) : columns_(columns) {}

  void operator()(const char* name, auto&& value) {
    columns_.push_back({name, type_of(stored(std::forward<decltype(value)>(value)))});
  }

 private:
  std::vector<Column>& columns_;
};

template <class Row>
struct SampleRow {
  const Row row{};
};
template <class T>
struct SampleRow<StateRow<const T>> {
  const T thing{};
  const StateRow<const T> row{.org = {}, .thing = thing, .removed = false, .position = {}};
};
template <>
struct SampleRow<RelationRow> {
  const Relation relation{};
  const RelationRow row{.org = {}, .defined_by = {}, .row = 0, .relation = relation};
};

template <class Row>
const Table& table_of() {
  static const Table table = [] {
    Table made{shape_of<Row>, {}};
    const SampleRow<Row> sample{};
    ColumnLister lister(made.columns);
    describe(lister, sample.row);
    return made;
  }();
  return table;
}

// Loads the columns of a row, one after the other. A Cell tells the value of one column:
// is_null(), integer(), text(), bytes().
template <class Cell>
class RowLoader {
 public:
  static constexpr bool reads = true;
  explicit RowLoader(Cell first) : cell_(first) {}

  template <class T>
  void operator()(const char* /*name*/, T& value) {
    load(value);
    ++cell_.column;
  }
  // The error of the first value that no release has written.
  const Result<void>& result() const { return result_; }

 private:
  template <class Tag, class Number>
  void load(Id<Tag, Number>& value) {
    value.number = static_cast<Number>(cell_.integer());
  }
  void load(bool& value) { value = cell_.integer() != 0; }
  void load(int& value) { value = static_cast<int>(cell_.integer()); }
  void load(Time& value) { value = time_of_microseconds(cell_.integer()); }
  void load(CampaignStatus& value) { value = static_cast<CampaignStatus>(cell_.integer()); }
  void load(std::optional<Time>& value) { cell_.is_null() ? value.reset() : load(value.emplace()); }
  void load(std::string& value) { value = cell_.text(); }
  void load(std::vector<std::string>& items) { items = split_items(cell_.text()); }
  void load(KeyKind& value) {
    const auto kind = parse_key_kind(cell_.text());
    if (kind) {
      value = *kind;
    } else {
      result_ = make_error(Code::internal, "unknown kind of key: " + std::string(cell_.text()));
    }
  }
  void load(ScopeSet& value) {
    const auto scopes = parse_scopes(cell_.text());
    scopes ? void(value = *scopes) : void(result_ = scopes.error());
  }
  void load(SecretHash& value) {
    const auto& bytes = cell_.bytes();
    if (bytes.size() == value.size()) std::ranges::copy(bytes, value.begin());
  }

  Cell cell_;
  Result<void> result_;
};

}  // namespace scorekeeper::store
