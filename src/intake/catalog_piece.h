// Turns a change of the catalog into parts of a piece that is published: typed changes, as the log
// has them. Pure.
#pragma once

#include <vector>

#include "base/id.h"
#include "domain/catalog_change.h"
#include "domain/rule.h"
#include "intake/org_fold.h"

namespace scorekeeper::intake {

void add_change(const ResourceChange& change, RowId position, Piece& piece);
// The rules that it puts.
std::vector<Rule> rules_of(const CatalogChange& change);
// Something is not there any more: a rule or an entity.
bool is_removal(const ResourceChange& change);
// It takes something out of the matrix, before whatever else a publish puts: an entity or a kind.
bool takes_out(const ResourceChange& change);

}  // namespace scorekeeper::intake
