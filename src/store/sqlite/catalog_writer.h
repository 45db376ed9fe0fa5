// The catalog's state tables, as a change of the catalog leaves them: each row with the position of
// its change in the org's log; and the places of the changes, by what they are of. One
// connection's, and its thread's; inside a transaction of the caller's.
#pragma once

#include <span>
#include <string>

#include "store/catalog.h"
#include "store/log_record.h"
#include "store/seal.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/entity_writer.h"

namespace scorekeeper::store::sqlite {

class CatalogWriter {
 public:
  Result<void> prepare(Connection& connection);

  // `records`: those of the append. The changes stand in its records of the catalog, in this order.
  Result<void> put(const CatalogChange& change, std::span<const LogRecord> records);

 private:
  Result<void> put(OrgId org, const ResourceName& name, const ChangePlace& place);
  Result<void> remove(OrgId org, const Changed<CatalogEntity>& change, RowId position);
  Result<void> put(OrgId org, const Changed<Scorecard>& change, RowId position);
  Result<void> put(OrgId org, const Changed<CatalogRule>& change, RowId position);
  Result<void> put(OrgId org, const Changed<CatalogEntity>& change, RowId position);
  Result<void> put(OrgId org, const Changed<Kind>& change, RowId position);
  Result<void> put(OrgId org, const Changed<CatalogCampaign>& change, RowId position);
  Result<void> put(OrgId org, const Changed<Org>& change, RowId position);
  Result<void> put(OrgId org, const Changed<Key>& change, RowId position);
  Result<void> put(OrgId org, const Scorecard& scorecard, RowId position);
  Result<void> put(OrgId org, const Kind& kind, RowId position);
  Result<void> put(OrgId org, const Campaign& campaign, RowId position);

  EntityWriter entities_;
  Statement put_place_;
  Statement put_scorecard_;
  Statement put_rule_;
  Statement put_kind_;
  Statement remove_kind_;
  Statement put_campaign_;
  Statement remove_campaign_rules_;
  Statement put_campaign_rule_;
  Statement put_org_;
  Statement put_key_;
};

}  // namespace scorekeeper::store::sqlite
