// The catalog's tables: written through the server's writing connection, read at start.
#pragma once

#include <memory>
#include <vector>

#include "store/catalog.h"
#include "store/sqlite/writer.h"

namespace scorekeeper::store::sqlite {

// Committer thread only.
class CatalogWriter {
 public:
  // `writer` outlives this.
  static Result<std::unique_ptr<CatalogWriter>> open(Writer& writer);

  Result<void> write(const CatalogChange& change);

 private:
  explicit CatalogWriter(Writer& writer) : writer_(writer) {}
  Result<void> put(OrgId org, const Scorecard& scorecard);
  Result<void> put(OrgId org, const Rule& rule);

  Writer& writer_;
  Statement put_scorecard_;
  Statement put_rule_;
};

Result<std::vector<OrgRules>> load_rules(Connection& connection);
Result<void> load_entities(Connection& connection, const FoldEntity& entity);

}  // namespace scorekeeper::store::sqlite
