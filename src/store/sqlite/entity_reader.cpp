#include "store/sqlite/entity_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "domain/entity.h"
#include "store/items.h"

namespace scorekeeper::store::sqlite {
namespace {

// Calls `body` so that it reads one moment: that of the caller's transaction where one is open.
template <class Body>
Result<void> read_at_once(Connection& connection, const Body& body) {
  if (connection.in_transaction()) return body();
  TRY(connection.execute("BEGIN"));
  Result<void> done = body();
  TRY(connection.execute("COMMIT"));
  return done;
}

Result<Statement> prepare(Connection& connection, const Query& query) {
  Statement statement = TRY(connection.prepare(query.sql));
  int at = 0;
  for (const Query::Value& value : query.values) {
    if (value.text || !value.list.empty()) {
      statement.bind_text(++at, value.text.value_or(value.list));
    } else {
      statement.bind(++at, value.number);
    }
  }
  return statement;
}

// Appends conditions, each with its parameter.
class Conditions {
 public:
  explicit Conditions(Query& query) : query_(query) {}

  void add(std::string_view column, std::int64_t number) {
    add(column, Query::Value{.number = number});
  }
  void add(std::string_view column, const std::optional<std::string>& text) {
    if (text) add(column, std::string_view(*text));
  }
  void add(std::string_view column, std::string_view text) {
    add(column, Query::Value{.text = text});
  }
  // Joins `e` to the entities of these numbers, each looked up by its key: CROSS keeps the planner
  // from reading all of an organisation for a few of them.
  void join(const std::vector<EntityNumber>& entities) {
    query_.sql += " json_each(" +
                  next({.list = fmt::format("[{}]", fmt::join(numbers_of(entities), ","))}) +
                  ") AS n CROSS JOIN";
  }
  // Of the names in `e`, an entity or a definition.
  void add(const EntityListFilter& filter) {
    add("e.kind", filter.kind);
    add("e.namespace", filter.name_space);
    add("e.owner", filter.owner);
    if (!filter.relation_type) return;
    // Not e.reference: a generated column would have every row read. The plus keeps the planner
    // from reading all relations of that type for each entity.
    query_.sql +=
        " AND EXISTS (SELECT 1 FROM relation AS r WHERE r.org = e.org"
        " AND r.from_entity = CASE WHEN e.kind = 'service' AND e.namespace = 'default'"
        " THEN 'service:default/' || lower(e.name)"
        " ELSE e.kind || ':' || e.namespace || '/' || e.name END";
    add("+r.type", filter.relation_type);
    query_.sql += ")";
  }
  void page(std::uint64_t offset, std::uint64_t size) {
    query_.sql += " LIMIT " + next(number_of(size)) + " OFFSET " + next(number_of(offset));
  }

 private:
  static Query::Value number_of(std::uint64_t number) {
    return {.number = static_cast<std::int64_t>(std::min<std::uint64_t>(number, INT64_MAX))};
  }
  static std::vector<std::uint32_t> numbers_of(std::span<const EntityNumber> entities) {
    std::vector<std::uint32_t> numbers;
    numbers.reserve(entities.size());
    for (const EntityNumber entity : entities) numbers.push_back(entity.number);
    std::ranges::sort(numbers);
    const auto twice = std::ranges::unique(numbers);
    numbers.erase(twice.begin(), twice.end());
    return numbers;
  }
  std::string next(Query::Value value) {
    query_.values.push_back(std::move(value));
    return "?" + std::to_string(query_.values.size());
  }
  void add(std::string_view column, Query::Value value) {
    query_.sql += " AND ";
    query_.sql += column;
    query_.sql += " = " + next(std::move(value));
  }

  Query& query_;
};

// The columns of an entity's definition, from the first of the row on; the text as it was sent only
// where ?3 says so.
constexpr std::string_view definition_sql =
    "SELECT reference, owner, tier, lifecycle, type, languages, tags, created_at, modified_at,"
    " api_version, ingestion_source, display_name, description, schema, iif(?3, raw, ''), number,"
    " position"
    " FROM entity_definition WHERE org = ?1 AND number = ?2";

DefinedEntity defined_entity_of(const Statement& row) {
  DefinedEntity defined{.number = {row.u32(15)},
                        .definition = {},
                        .created_at = time_of_microseconds(row.integer(7)),
                        .modified_at = time_of_microseconds(row.integer(8)),
                        .version = RowId{row.u64(16)}};
  EntityDefinition& definition = defined.definition;
  definition.reference = row.text(0);
  definition.attributes = {.owner = std::string(row.text(1)),
                           .tier = std::string(row.text(2)),
                           .lifecycle = std::string(row.text(3)),
                           .type = std::string(row.text(4)),
                           .languages = split_items(row.text(5)),
                           .tags = split_items(row.text(6))};
  definition.api_version = row.text(9);
  definition.ingestion_source = row.text(10);
  definition.display_name = row.text(11);
  definition.description = row.text(12);
  definition.schema = row.text(13);
  definition.raw = row.text(14);
  return defined;
}

// Reads definitions one by one. Lives as long as one call.
class DefinitionReader {
 public:
  Result<void> prepare(Connection& connection) {
    row_ = TRY(connection.prepare(definition_sql));
    relations_ =
        TRY(connection.prepare("SELECT type, from_entity, to_entity FROM relation"
                               " WHERE org = ?1 AND defined_by = ?2 ORDER BY row"));
    return {};
  }

  Result<std::optional<DefinedEntity>> find(OrgId org, EntityNumber number, bool raw) {
    row_.bind(1, org.number);
    row_.bind(2, number.number);
    row_.bind(3, raw ? 1 : 0);
    if (!TRY(row_.step())) {
      row_.reset();
      return std::optional<DefinedEntity>();
    }
    DefinedEntity defined = defined_entity_of(row_);
    row_.reset();
    relations_.bind(1, org.number);
    relations_.bind(2, defined.number.number);
    while (TRY(relations_.step())) {
      defined.definition.relations.push_back({.type = std::string(relations_.text(0)),
                                              .from = std::string(relations_.text(1)),
                                              .to = std::string(relations_.text(2))});
    }
    defined.definition.attributes.systems = systems_of(defined.definition);
    return std::optional(std::move(defined));
  }

 private:
  Statement row_;
  Statement relations_;
};

// An entity that has no definition; none when it does not live.
Result<std::optional<ListedEntity>> read_discovered(Statement& row, OrgId org,
                                                    EntityNumber number) {
  row.bind(1, org.number);
  row.bind(2, number.number);
  if (!TRY(row.step())) {
    row.reset();
    return std::optional<ListedEntity>();
  }
  ListedEntity listed{.entity = {.number = number,
                                 .definition = {},
                                 .created_at = time_of_microseconds(row.integer(1)),
                                 .modified_at = time_of_microseconds(row.integer(1))},
                      .defined = false};
  listed.entity.definition.reference = row.text(0);
  row.reset();
  return std::optional(std::move(listed));
}

Result<void> read(Connection& connection, OrgId org, const EntitySelection& selection,
                  std::vector<ListedEntity>& entities) {
  DefinitionReader definitions;
  TRY(definitions.prepare(connection));
  Statement discovered = TRY(connection.prepare(
      "SELECT reference, discovered_at FROM entity WHERE org = ?1 AND number = ?2 AND live = 1"));
  for (const EntityNumber number : selection.numbers) {
    if (auto defined = TRY(definitions.find(org, number, selection.raw))) {
      entities.push_back({.entity = *std::move(defined), .defined = true});
    } else if (auto listed = TRY(read_discovered(discovered, org, number))) {
      entities.push_back(*std::move(listed));
    }
  }
  return {};
}

struct RelationKey {
  std::string id;
  std::int64_t defined_by = 0;
};

Result<void> read_relations(Connection& connection, OrgId org, const RelationListFilter& filter,
                            RelationPage& page) {
  std::vector<RelationKey> keys;
  const Query query = relation_page_query(org, filter);
  Statement rows = TRY(prepare(connection, query));
  while (TRY(rows.step())) keys.push_back({std::string(rows.text(0)), rows.integer(1)});
  Statement row = TRY(connection.prepare(
      "SELECT r.type, r.from_entity, r.to_entity, d.reference, d.created_at, d.modified_at"
      " FROM relation AS r JOIN entity_definition AS d ON d.org = r.org AND d.number = r.defined_by"
      " WHERE r.org = ?1 AND r.id = ?2 AND r.defined_by = ?3"));
  page.relations.reserve(keys.size());
  for (const RelationKey& key : keys) {
    row.bind(1, org.number);
    row.bind_text(2, key.id);
    row.bind(3, key.defined_by);
    if (!TRY(row.step())) {
      return make_error(Code::internal, "the catalog has no definition of relation " + key.id);
    }
    page.relations.push_back({.relation = {.type = std::string(row.text(0)),
                                           .from = std::string(row.text(1)),
                                           .to = std::string(row.text(2))},
                              .defined_by = std::string(row.text(3)),
                              .created_at = time_of_microseconds(row.integer(4)),
                              .modified_at = time_of_microseconds(row.integer(5))});
    row.reset();
  }
  return {};
}

}  // namespace

Query entity_page_query(OrgId org, const EntityListFilter& filter) {
  // Only a definition has an owner.
  const bool discovered = filter.include_discovered && !filter.owner;
  Query query{.sql = "SELECT e.number FROM", .values = {}};
  Conditions conditions(query);
  if (filter.numbers) conditions.join(*filter.numbers);
  query.sql += discovered ? " entity AS e WHERE e.live = 1" : " entity_definition AS e WHERE true";
  if (filter.numbers) query.sql += " AND e.number = n.value";
  conditions.add("e.org", org.number);
  conditions.add(filter);
  // Not in the order of an index where the numbers tell whom to look at: a few are found by them.
  query.sql += filter.numbers ? " ORDER BY +e.name, +e.kind, +e.namespace"
                              : " ORDER BY e.name, e.kind, e.namespace";
  conditions.page(filter.offset, filter.size);
  return query;
}

Query relation_page_query(OrgId org, const RelationListFilter& filter) {
  Query query;
  Conditions conditions(query);
  query.sql = "SELECT id, min(defined_by) FROM relation WHERE true";
  conditions.add("org", org.number);
  conditions.add("type", filter.type);
  conditions.add("from_entity", filter.from);
  conditions.add("to_entity", filter.to);
  query.sql += " GROUP BY id ORDER BY id";
  conditions.page(filter.offset, filter.size);
  return query;
}

Result<std::vector<EntityNumber>> find_entities(Connection& connection, OrgId org,
                                                const EntityListFilter& filter) {
  std::vector<EntityNumber> numbers;
  const Query query = entity_page_query(org, filter);
  Statement rows = TRY(prepare(connection, query));
  while (TRY(rows.step())) numbers.push_back({rows.u32(0)});
  return numbers;
}

Result<std::vector<ListedEntity>> read_entities(Connection& connection, OrgId org,
                                                const EntitySelection& selection) {
  std::vector<ListedEntity> entities;
  entities.reserve(selection.numbers.size());
  TRY(read_at_once(connection, [&] { return read(connection, org, selection, entities); }));
  return entities;
}

Result<RelationPage> list_relations(Connection& connection, OrgId org,
                                    const RelationListFilter& filter) {
  RelationPage page;
  TRY(read_at_once(connection, [&] { return read_relations(connection, org, filter, page); }));
  return page;
}

}  // namespace scorekeeper::store::sqlite
