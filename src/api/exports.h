// Whole lists as CSV (`Accept: text/csv`), in chunks that are made as the client takes them. The
// page parameters of the request do not count. No state of the database is held between chunks:
// outcomes go on behind the last cell, so that each that stays is there once, whatever comes and
// goes meanwhile. Scores are those of one moment: by entity the numbers of all rows are kept, 48
// bytes each, their texts are looked up as they are written.
#pragma once

#include "api/context.h"
#include "http/message.h"
#include "matrix/matrix.h"
#include "store/catalog.h"
#include "wire/outcomes.h"
#include "wire/scores.h"

namespace scorekeeper::api {

// JSON is sent unless the client says that it prefers CSV. An Accept header that names neither gets
// JSON too, never 406: clients send odd ones.
bool wants_csv(const http::Request& request);

// The entities that the query means are found before the answer begins: an Error is the budget's.
Result<http::Response> export_outcomes(const Context& context, OutcomeFilter filter,
                                       WorkBudget& budget);
Result<http::Response> export_scores(const Context& context, const ScoreQuery& query,
                                     WorkBudget& budget);
// From the newest event of this moment down to the first; the filter's page does not count.
http::Response export_audit(const Context& context, AuditFilter filter);

// outcomes.cpp: a page of cells with what the log keeps of them, one for one. unavailable: the log
// cannot be read, or it says something else than the matrix, which then shows another history of
// the store; soon it shows this one.
Result<std::vector<wire::OutcomeItem>> outcome_items_of(const Context& context,
                                                        const matrix::OutcomePage& page);
// scores.cpp
// Puts the id of the row's entity, if it has one.
void identify(const Context& context, ScoreRow& row);

}  // namespace scorekeeper::api
