#include "store/postgres/query.h"

#include <string>
#include <variant>

namespace scorekeeper::store::postgres {
namespace {

Result<Rows> run_text(PgConnection& connection, const std::string& sql, const Query& query) {
  struct Add {
    Parameters& parameters;
    void operator()(std::int64_t number) const { parameters.add(number); }
    void operator()(const std::string& text) const { parameters.add(text); }
    void operator()(const std::vector<std::int32_t>& numbers) const {
      parameters.add_array(numbers);
    }
  };
  Parameters parameters;
  for (const Query::Value& value : query.values()) std::visit(Add{parameters}, value);
  return connection.run(Statement{.name = "", .sql = sql.c_str()}, parameters);
}

}  // namespace

Result<Rows> run(PgConnection& connection, const Query& query) {
  return run_text(connection, query.sql(), query);
}

Result<Rows> explain(PgConnection& connection, const Query& query) {
  return run_text(connection, "EXPLAIN (COSTS OFF) " + query.sql(), query);
}

}  // namespace scorekeeper::store::postgres
