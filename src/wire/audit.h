// Documents of the audit log (a Scorekeeper extension): reads its query, writes a page and rows of
// CSV.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "domain/audit.h"
#include "domain/catalog_filter.h"
#include "wire/csv.h"
#include "wire/query.h"

namespace scorekeeper::wire {

// Parses the query; page[size] is at most audit_page_size_max. Errors: unknown words, times that
// are not RFC 3339.
Result<AuditFilter> parse_audit_filter(Query query, const Limits& limits);
// The table of its parameters.
ParameterRows rows_of(AuditFilter& filter, const Limits& limits);

// data: {id,type,attributes{action,actor{id,type},after?,at,before?,request_id?,resource_id,
// resource_type}}, links{next?,previous?}. An empty link is left out.
std::string write_audit_list(std::span<const AuditEvent> events, const Links& links);

// number, at, actor_type, actor, action, resource_type, resource_id, request_id, before, after: the
// last two as JSON objects, empty if there are none.
void write_audit_columns(CsvWriter& csv);
void write_audit_row(CsvWriter& csv, const AuditEvent& event);

}  // namespace scorekeeper::wire
