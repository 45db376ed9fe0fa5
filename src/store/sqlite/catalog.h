// The catalog's tables: written through the server's writing connection, read at start.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/catalog.h"
#include "store/sqlite/audit.h"
#include "store/sqlite/entity_writer.h"
#include "store/sqlite/writer.h"

namespace scorekeeper::store::sqlite {

// Committer thread only.
class CatalogWriter {
 public:
  // `writer` outlives this.
  static Result<std::unique_ptr<CatalogWriter>> open(Writer& writer);

  Result<void> write(const CatalogRows& change);

 private:
  explicit CatalogWriter(Writer& writer) : writer_(writer) {}
  Result<void> prepare();
  Result<void> put_all(const CatalogRows& change);
  Result<void> put(OrgId org, const Scorecard& scorecard);
  Result<void> put(OrgId org, const Rule& rule);
  Result<void> put(OrgId org, const Kind& kind);
  Result<void> put(OrgId org, const Campaign& campaign);
  Result<void> remove_kind(OrgId org, const std::string& name);

  Writer& writer_;
  EntityWriter entities_;
  AuditWriter audit_;
  Statement put_scorecard_;
  Statement put_rule_;
  Statement put_kind_;
  Statement remove_kind_;
  Statement put_campaign_;
  Statement remove_campaign_rules_;
  Statement put_campaign_rule_;
};

Result<std::vector<OrgCatalog>> load_catalog(Connection& connection);

}  // namespace scorekeeper::store::sqlite
