#include "store/query.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/utf8.h"

namespace scorekeeper::store {
namespace {

Query::Value bounded(std::uint64_t number) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(number, INT64_MAX));
}

std::string_view type_of(const Query::Value& value) {
  constexpr std::string_view types[] = {"::bigint", "::text", "::integer[]"};
  return types[value.index()];
}

std::vector<std::int32_t> sorted(std::span<const EntityNumber> entities) {
  std::vector<std::int32_t> numbers;
  numbers.reserve(entities.size());
  for (const EntityNumber entity : entities) {
    numbers.push_back(static_cast<std::int32_t>(entity.number));
  }
  std::ranges::sort(numbers);
  const auto twice = std::ranges::unique(numbers);
  numbers.erase(twice.begin(), twice.end());
  return numbers;
}

// Adds the conditions for the names in `e`, an entity or a definition.
void add_conditions(Query& query, const EntityListFilter& filter) {
  query.where("e.kind =", filter.kind);
  query.where("e.namespace =", filter.name_space);
  query.where_hashed("e.owner", filter.owner);
  if (!filter.relation_type) return;
  // In SQLite not e.reference: a generated column would have every row read.
  const std::string folded =
      "CASE WHEN e.kind = 'service' AND e.namespace = 'default'"
      " THEN 'service:default/' || lower(e.name)"
      " ELSE e.kind || ':' || e.namespace || '/' || e.name END";
  query += " AND EXISTS (SELECT 1 FROM relation AS r WHERE r.org = e.org AND r.from_entity = ";
  query += folded;
  // The plus keeps SQLite's planner from reading all relations of that type for each entity.
  if (query.is(Dialect::sqlite)) {
    query.where("+r.type =", filter.relation_type);
  } else {
    query += " AND md5(r.from_entity) = md5(" + folded + ")";
    query.where("r.type =", filter.relation_type);
  }
  query += ")";
}

}  // namespace

std::string Query::place() const {
  std::string place = placeholder(dialect_, values_.size());
  if (dialect_ == Dialect::postgres) place += type_of(values_.back());
  return place;
}

std::string Query::next(Value value) {
  values_.push_back(std::move(value));
  return place();
}

void Query::where(std::string_view condition, std::int64_t number) {
  sql_ += " AND ";
  sql_ += condition;
  sql_ += " " + next(number);
}

// PostgreSQL holds UTF-8 without U+0000: another text equals nothing that is stored.
void Query::where(std::string_view condition, std::string_view text) {
  const bool held = text.find('\0') == std::string_view::npos && is_utf8(text);
  if (!held) {
    sql_ += " AND false";
    return;
  }
  sql_ += " AND ";
  sql_ += condition;
  sql_ += " " + next(std::string(text));
}

void Query::where_hashed(std::string_view column, const std::optional<std::string>& text) {
  if (!text) return;
  const std::size_t before = values_.size();
  where(std::string(column) + " =", std::string_view(*text));
  if (dialect_ == Dialect::sqlite || values_.size() == before) return;
  sql_ += " AND md5(" + std::string(column) + ") = md5(" + place() + ")";
}

void Query::page(std::uint64_t offset, std::uint64_t size) {
  sql_ += " LIMIT " + next(bounded(size));
  sql_ += " OFFSET " + next(bounded(offset));
}

Query entity_page_query(Dialect dialect, OrgId org, const EntityListFilter& filter) {
  // Only a definition has an owner.
  const bool discovered = filter.include_discovered && !filter.owner;
  // SQLite joins a list to the entities of these numbers, each looked up by its key: CROSS keeps
  // the planner from reading all of an organisation for a few of them.
  const bool joins = filter.numbers && dialect == Dialect::sqlite;
  Query query(dialect, "SELECT e.number FROM");
  if (joins) {
    query += " json_each(" +
             query.next(fmt::format("[{}]", fmt::join(sorted(*filter.numbers), ","))) +
             ") AS n CROSS JOIN";
  }
  query += discovered ? " entity AS e WHERE e.live = 1" : " entity_definition AS e WHERE true";
  query.where("e.org =", org.number);
  if (joins) {
    query += " AND e.number = n.value";
  } else if (filter.numbers) {
    query += " AND e.number = ANY(" + query.next(sorted(*filter.numbers)) + ")";
  }
  add_conditions(query, filter);
  // Not in the order of an index where the numbers tell whom to look at: a few are found by them.
  query +=
      joins ? " ORDER BY +e.name, +e.kind, +e.namespace" : " ORDER BY e.name, e.kind, e.namespace";
  query.page(filter.page.offset, filter.page.size);
  return query;
}

Query relation_page_query(Dialect dialect, OrgId org, const RelationListFilter& filter) {
  const bool sqlite = dialect == Dialect::sqlite;
  Query query(dialect,
              "SELECT r.type, r.from_entity, r.to_entity, d.kind, d.namespace, d.name,"
              " d.created_at, d.modified_at"
              " FROM (SELECT org, id, min(defined_by) AS defined_by FROM relation WHERE true");
  query.where("org =", org.number);
  query.where("type =", filter.type);
  query.where_hashed("from_entity", filter.from);
  query.where_hashed("to_entity", filter.to);
  query += sqlite ? " GROUP BY id ORDER BY id"
                  : " GROUP BY org, left(id, 512), id ORDER BY left(id, 512), id";
  query.page(filter.page.offset, filter.page.size);
  // SQLite takes the tables of a CROSS JOIN in their order: those of the page first.
  const std::string join = sqlite ? " CROSS JOIN" : " JOIN";
  query += ") AS p" + join + " relation AS r ON r.org = p.org AND r.id = p.id" +
           " AND r.defined_by = p.defined_by" + join +
           " entity_definition AS d ON d.org = r.org AND d.number = r.defined_by ORDER BY p.id";
  return query;
}

}  // namespace scorekeeper::store
