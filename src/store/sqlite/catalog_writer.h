// The catalog's state tables, as a change of the catalog leaves them: each row with the position of
// its change in the org's log; and the places of the changes, by what they are of. One
// connection's, and its thread's; inside a transaction of the caller's.
#pragma once

#include <span>
#include <tuple>

#include "store/catalog_rows.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/entity_writer.h"
#include "store/sqlite/row_statement.h"

namespace scorekeeper::store::sqlite {

class CatalogWriter {
 public:
  Result<void> prepare(SqliteConnection& connection);

  // `records`: those of the append. The changes stand in its records of the catalog, in this order.
  Result<void> put(const CatalogChange& change, std::span<const LogRecord> records);

 private:
  template <class T>
  using WriterOf = RowWriter<StateRow<const T>>;

  Result<void> remove(OrgId org, const CatalogRows& rows);

  EntityWriter entities_;
  RowWriter<PlaceRow, 20> places_;
  std::tuple<WriterOf<Org>, WriterOf<Key>, WriterOf<Scorecard>, WriterOf<Rule>, WriterOf<Kind>,
             WriterOf<Campaign>>
      things_;
  RowWriter<CampaignRuleRow, 20> campaign_rules_;
  Statement remove_kind_;
  Statement remove_campaign_rules_;
};

}  // namespace scorekeeper::store::sqlite
