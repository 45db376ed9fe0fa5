// A statement that is put together for one call, with its values: the lists, whose conditions vary.
// Lives as long as the call. The languages of the databases differ in the form of a parameter, and
// in what an index is of: PostgreSQL's indexes of long texts are of md5(text).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "store/catalog.h"
#include "store/table.h"

namespace scorekeeper::store {

class Query {
 public:
  using Value = std::variant<std::int64_t, std::string, std::vector<std::int32_t>>;

  Query(Dialect dialect, std::string_view sql) : dialect_(dialect), sql_(sql) {}

  Query& operator+=(std::string_view sql) {
    sql_ += sql;
    return *this;
  }
  // " AND condition value", as in where("at <", 7).
  void where(std::string_view condition, std::int64_t number);
  void where(std::string_view condition, std::string_view text);
  void where(std::string_view condition, const std::optional<std::string>& text) {
    if (text) where(condition, std::string_view(*text));
  }
  // " AND column = text" of a column that may be longer than an entry of an index.
  void where_hashed(std::string_view column, const std::optional<std::string>& text);
  void page(std::uint64_t offset, std::uint64_t size);
  // The place of the next parameter, which gets that value.
  std::string next(Value value);

  bool is(Dialect dialect) const { return dialect_ == dialect; }
  const std::string& sql() const { return sql_; }
  std::span<const Value> values() const { return values_; }

 private:
  std::string place() const;  // of the parameter that was added last

  Dialect dialect_;
  std::string sql_;
  std::vector<Value> values_;
};

// The numbers of a page of entities, in its order: read from indexes alone, so that what `offset`
// skips is cheap.
Query entity_page_query(Dialect dialect, OrgId org, const EntityListFilter& filter);
// A page of relations, with what their first definers say, in its order: type, from, to, the
// definer's kind, namespace and name, its times. The page is chosen from indexes alone.
Query relation_page_query(Dialect dialect, OrgId org, const RelationListFilter& filter);

}  // namespace scorekeeper::store
