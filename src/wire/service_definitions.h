// The older definitions of services, schema versions v2, v2.1 and v2.2: read as entities of kind
// service in namespace default, written in whichever of these versions, or v1, is asked for. Any
// thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "base/work_budget.h"
#include "domain/entity_definition.h"
#include "wire/backstage_references.h"
#include "wire/definition_members.h"
#include "wire/definition_source.h"
#include "wire/entities.h"

namespace scorekeeper::wire {

// Whether a definition calls itself one of these: it has schema-version or dd-service.
bool is_service_definition(const json::Tree& definition);
// As schema v3; raw keeps what was sent, api_version says its version. team (or dd-team) becomes
// the owner, application the system that it is a component of; repos, docs and links become links,
// whose types wiki, code, url and oncall become doc, repo and other. With a problem the result is
// of no use.
EntityDefinition read_service_definition(DefinitionSource& source, DefinitionMembers& members);

// The body of POST /api/v2/services/definitions: one definition or several, JSON or YAML.
// Components of Backstage become services, too, whatever their type and namespace; other documents
// of Backstage are skipped. `skipped`, `find_named` and errors as those of
// parse_entity_definitions.
Result<std::vector<EntityDefinition>> parse_service_definitions(
    std::string& body, const Limits& limits, std::vector<std::string>* skipped = nullptr,
    FindNamed find_named = nullptr, const Cancelled& cancelled = nullptr);

// An empty id is left out. `version`: "v1", "v2", "v2.1" or "v2.2"; nullopt = the one in which it
// was sent, v2.1 for a document of Backstage, else v2.2. Has the members that the version knows and
// no others. With a line feed at the end, as recorded.
std::string write_service_definition(const EntityItem& item,
                                     std::optional<std::string_view> version);
// `skipped`: warnings about documents that are not among the items. `budget` as of
// write_entity_list.
std::string write_service_definitions(std::span<const EntityItem> items,
                                      std::optional<std::string_view> version,
                                      std::span<const std::string> skipped = {},
                                      WorkBudget* budget = nullptr);
// The text as it was sent, as a document of YAML, in base64.
std::string write_raw_service_definition(const EntityDefinition& definition);
// The body of 404, as recorded.
inline constexpr std::string_view no_service_definition =
    "{\"errors\":[\"Not Found\"],\"error_details\":[{}]}\n";

}  // namespace scorekeeper::wire
