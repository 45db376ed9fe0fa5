// The forms as tables: what the clients' models know.
#include <algorithm>
#include <array>

#include "base/assert.h"
#include "wire/typed_form.h"

namespace scorekeeper::wire {
namespace {

// --- what the forms share

constexpr Form text;
constexpr Form word{.characters_min = 1};
constexpr Form texts{.type = Form::Type::list, .element = &text};
// As recorded: these lists are left out when they are empty.
constexpr Form texts_if_any{.type = Form::Type::list, .element = &text, .empty_is_left_out = true};
constexpr Form free_object{.type = Form::Type::free_object};

constexpr Form list_of(const Form& element, bool empty_is_left_out = false) {
  return {.type = Form::Type::list, .element = &element, .empty_is_left_out = empty_is_left_out};
}
constexpr Form object_of(std::span<const FormMember> members) {
  return {.type = Form::Type::object, .members = members};
}

constexpr FormMember named{.name = "name", .form = &text, .required = true, .same_as = "url"};
constexpr FormMember located{.name = "url", .form = &text, .required = true};
constexpr FormMember contacted{.name = "contact", .form = &text, .required = true};

// --- entities, schema v3

constexpr FormMember owner_members[] = {{.name = "name", .form = &text, .required = true},
                                        {.name = "type", .form = &text}};
constexpr Form owner = object_of(owner_members);
constexpr Form owners = list_of(owner, true);

constexpr FormMember link_members[] = {named,
                                       located,
                                       {.name = "type", .form = &text, .otherwise = "other"},
                                       {.name = "provider", .form = &text}};
constexpr Form link = object_of(link_members);
constexpr Form links = list_of(link);

constexpr Form contact_name{.characters_min = 2};
constexpr FormMember contact_members[] = {contacted,
                                          {.name = "type", .form = &text, .required = true},
                                          {.name = "name", .form = &contact_name}};
constexpr Form contact = object_of(contact_members);
constexpr Form contacts = list_of(contact);

constexpr FormMember metadata_members[] = {{.name = "name", .form = &word, .required = true},
                                           {.name = "namespace", .form = &word},
                                           {.name = "displayName", .form = &text},
                                           {.name = "description", .form = &text},
                                           {.name = "owner", .form = &text},
                                           {.name = "additionalOwners", .form = &owners},
                                           {.name = "tags", .form = &texts},
                                           {.name = "links", .form = &links},
                                           {.name = "contacts", .form = &contacts},
                                           {.name = "inheritFrom", .form = &text}};
constexpr Form metadata = object_of(metadata_members);

constexpr FormMember pagerduty_members[] = {
    {.name = "serviceURL", .form = &word, .required = true}};
constexpr Form pagerduty = object_of(pagerduty_members);
constexpr FormMember opsgenie_members[] = {{.name = "serviceURL", .form = &word, .required = true},
                                           {.name = "region", .form = &word}};
constexpr Form opsgenie = object_of(opsgenie_members);
constexpr FormMember integration_members[] = {{.name = "pagerduty", .form = &pagerduty},
                                              {.name = "opsgenie", .form = &opsgenie}};
constexpr Form integrations = object_of(integration_members);

constexpr FormMember location_members[] = {{.name = "repositoryURL", .form = &text},
                                           {.name = "paths", .form = &texts_if_any}};
constexpr Form location = object_of(location_members);
constexpr Form locations = list_of(location);
// As recorded: a query without these members has them empty.
constexpr FormMember query_members[] = {{.name = "name", .form = &text, .otherwise = ""},
                                        {.name = "query", .form = &text, .otherwise = ""}};
constexpr Form query = object_of(query_members);
constexpr Form queries = list_of(query);
constexpr FormMember performance_members[] = {{.name = "tags", .form = &texts}};
constexpr Form performance = object_of(performance_members);
constexpr FormMember pipeline_members[] = {{.name = "fingerprints", .form = &texts}};
constexpr Form pipelines = object_of(pipeline_members);

constexpr FormMember events_member{.name = "events", .form = &queries};
constexpr FormMember logs_member{.name = "logs", .form = &queries};
constexpr FormMember performance_member{.name = "performanceData", .form = &performance};
constexpr FormMember pipelines_member{.name = "pipelines", .form = &pipelines};
constexpr FormMember code_telemetry_members[] = {{.name = "codeLocations", .form = &locations},
                                                 events_member,
                                                 logs_member,
                                                 performance_member,
                                                 pipelines_member};
constexpr Form code_telemetry = object_of(code_telemetry_members);  // of services and APIs
constexpr FormMember store_telemetry_members[] = {events_member, logs_member, performance_member};
constexpr Form store_telemetry = object_of(store_telemetry_members);  // of datastores and queues
constexpr FormMember system_telemetry_members[] = {events_member, logs_member, performance_member,
                                                   pipelines_member};
constexpr Form system_telemetry = object_of(system_telemetry_members);

constexpr FormMember lifecycle_member{.name = "lifecycle", .form = &word};
constexpr FormMember tier_member{.name = "tier", .form = &word};
constexpr FormMember type_member{.name = "type", .form = &text};
constexpr FormMember component_of_member{.name = "componentOf", .form = &texts_if_any};
constexpr FormMember service_spec_members[] = {lifecycle_member,
                                               tier_member,
                                               type_member,
                                               component_of_member,
                                               {.name = "languages", .form = &texts_if_any},
                                               {.name = "dependsOn", .form = &texts_if_any}};
constexpr Form service_spec = object_of(service_spec_members);
constexpr FormMember store_spec_members[] = {lifecycle_member, tier_member, type_member,
                                             component_of_member};
constexpr Form store_spec = object_of(store_spec_members);
constexpr FormMember system_spec_members[] = {
    lifecycle_member, tier_member, {.name = "components", .form = &texts_if_any}};
constexpr Form system_spec = object_of(system_spec_members);
constexpr FormMember interface_members[] = {{.name = "fileRef", .form = &text},
                                            {.name = "definition", .form = &free_object}};
constexpr Form interface{
    .type = Form::Type::object, .members = interface_members, .exactly_one = true};
constexpr FormMember api_spec_members[] = {lifecycle_member,
                                           tier_member,
                                           type_member,
                                           {.name = "interface", .form = &interface},
                                           {.name = "implementedBy", .form = &texts_if_any}};
constexpr Form api_spec = object_of(api_spec_members);

using EntityMembers = std::array<FormMember, 7>;
constexpr EntityMembers entity_members(const Form& spec, const Form& telemetry) {
  return {{{.name = "apiVersion", .form = &word, .required = true},
           {.name = "kind", .form = &word, .required = true},
           {.name = "metadata", .form = &metadata, .required = true},
           {.name = "spec", .form = &spec},
           {.name = "integrations", .form = &integrations},
           {.name = "datadog", .form = &telemetry},
           {.name = "extensions", .form = &free_object}}};
}
constexpr EntityMembers service_members = entity_members(service_spec, code_telemetry);
constexpr EntityMembers store_members = entity_members(store_spec, store_telemetry);
constexpr EntityMembers system_members = entity_members(system_spec, system_telemetry);
constexpr EntityMembers api_members = entity_members(api_spec, code_telemetry);
constexpr EntityMembers other_members = entity_members(free_object, code_telemetry);
constexpr Form service = object_of(service_members);
constexpr Form datastore_or_queue = object_of(store_members);
constexpr Form system_ = object_of(system_members);
constexpr Form api = object_of(api_members);
constexpr Form other_kind = object_of(other_members);

// --- service definitions

constexpr FormMember version_member{.name = "schema-version", .form = &word, .required = true};
constexpr FormMember service_member{.name = "dd-service", .form = &word, .required = true};
constexpr FormMember team_member{.name = "team", .form = &text};
constexpr FormMember tags_member{.name = "tags", .form = &texts};
constexpr FormMember extensions_member{.name = "extensions", .form = &free_object};
constexpr FormMember application_member{.name = "application", .form = &text};
constexpr FormMember description_member{.name = "description", .form = &text};
constexpr FormMember any_lifecycle_member{.name = "lifecycle", .form = &text};
constexpr FormMember any_tier_member{.name = "tier", .form = &text};
constexpr FormMember service_url_member{.name = "service-url", .form = &text, .required = true};

// The types of links in v1 and v2, then in v2.1; v2.2 takes any.
constexpr FormWord link_words_of_v2[] = {
    {"doc", "doc"},   {"wiki", "wiki"},     {"runbook", "runbook"},
    {"url", "url"},   {"repo", "repo"},     {"dashboard", "dashboard"},
    {"code", "code"}, {"oncall", "oncall"}, {"link", "link"}};
constexpr FormWord link_words_of_v2_1[] = {
    {"doc", "doc"},     {"wiki", "doc"},        {"repo", "repo"},          {"code", "repo"},
    {"other", "other"}, {"runbook", "runbook"}, {"dashboard", "dashboard"}};
constexpr Form link_type_of_v2{.words = link_words_of_v2, .otherwise = "url"};
constexpr Form link_type_of_v2_1{.words = link_words_of_v2_1, .otherwise = "other"};
constexpr FormWord contact_words[] = {
    {"email", "email"}, {"slack", "slack"}, {"microsoft-teams", "microsoft-teams"}};
constexpr Form closed_contact_type{.words = contact_words};
constexpr FormWord region_words[] = {{"EU", "EU"}, {"eu", "EU"}, {"US", "US"}, {"us", "US"}};
constexpr Form region{.words = region_words};

constexpr FormMember closed_contact_members[] = {
    contacted,
    {.name = "type", .form = &closed_contact_type, .required = true},
    {.name = "name", .form = &text}};
constexpr Form closed_contact = object_of(closed_contact_members);
constexpr Form closed_contacts = list_of(closed_contact);
constexpr FormMember any_contact_members[] = {
    contacted, {.name = "type", .form = &text, .required = true}, {.name = "name", .form = &text}};
constexpr Form any_contact = object_of(any_contact_members);
constexpr Form any_contacts = list_of(any_contact);

constexpr FormMember link_of_v2_members[] = {
    named, located, {.name = "type", .form = &link_type_of_v2, .otherwise = "url"}};
constexpr Form link_of_v2 = object_of(link_of_v2_members);
constexpr Form links_of_v2 = list_of(link_of_v2);
constexpr FormMember link_of_v2_1_members[] = {
    named,
    located,
    {.name = "type", .form = &link_type_of_v2_1, .otherwise = "other"},
    {.name = "provider", .form = &text}};
constexpr Form link_of_v2_1 = object_of(link_of_v2_1_members);
constexpr Form links_of_v2_1 = list_of(link_of_v2_1);
constexpr FormMember place_members[] = {named, located, {.name = "provider", .form = &text}};
constexpr Form place = object_of(place_members);
constexpr Form places = list_of(place);  // repos and docs

constexpr FormMember on_call_members[] = {service_url_member, {.name = "region", .form = &region}};
constexpr Form on_call = object_of(on_call_members);
constexpr FormMember pager_members[] = {service_url_member};
constexpr Form pager = object_of(pager_members);
constexpr FormMember integration_of_v1_members[] = {{.name = "pagerduty", .form = &text}};
constexpr Form integrations_of_v1 = object_of(integration_of_v1_members);
constexpr FormMember integration_of_v2_members[] = {{.name = "pagerduty", .form = &text},
                                                    {.name = "opsgenie", .form = &on_call}};
constexpr Form integrations_of_v2 = object_of(integration_of_v2_members);
constexpr FormMember integration_of_v2_1_members[] = {{.name = "pagerduty", .form = &pager},
                                                      {.name = "opsgenie", .form = &on_call}};
constexpr Form integrations_of_v2_1 = object_of(integration_of_v2_1_members);

constexpr FormMember info_members[] = {service_member,
                                       {.name = "display-name", .form = &text},
                                       description_member,
                                       {.name = "service-tier", .form = &text}};
constexpr Form info = object_of(info_members);
constexpr FormMember org_members[] = {team_member, application_member};
constexpr Form org = object_of(org_members);
constexpr FormMember v1_contact_members[] = {{.name = "email", .form = &text},
                                             {.name = "slack", .form = &text}};
constexpr Form v1_contact = object_of(v1_contact_members);
constexpr FormMember v1_members[] = {version_member,
                                     {.name = "info", .form = &info, .required = true},
                                     {.name = "org", .form = &org},
                                     {.name = "contact", .form = &v1_contact},
                                     {.name = "external-resources", .form = &links_of_v2},
                                     tags_member,
                                     {.name = "integrations", .form = &integrations_of_v1},
                                     extensions_member};
constexpr Form v1 = object_of(v1_members);

constexpr FormMember v2_members[] = {version_member,
                                     service_member,
                                     team_member,
                                     {.name = "dd-team", .form = &text},
                                     {.name = "contacts", .form = &closed_contacts},
                                     {.name = "links", .form = &links_of_v2},
                                     {.name = "repos", .form = &places},
                                     {.name = "docs", .form = &places},
                                     tags_member,
                                     {.name = "integrations", .form = &integrations_of_v2},
                                     extensions_member};
constexpr Form v2 = object_of(v2_members);

constexpr FormMember v2_1_members[] = {version_member,
                                       service_member,
                                       team_member,
                                       application_member,
                                       description_member,
                                       any_tier_member,
                                       any_lifecycle_member,
                                       {.name = "contacts", .form = &closed_contacts},
                                       {.name = "links", .form = &links_of_v2_1},
                                       tags_member,
                                       {.name = "integrations", .form = &integrations_of_v2_1},
                                       extensions_member};
constexpr Form v2_1 = object_of(v2_1_members);

constexpr FormMember v2_2_members[] = {version_member,
                                       service_member,
                                       team_member,
                                       application_member,
                                       description_member,
                                       any_tier_member,
                                       any_lifecycle_member,
                                       type_member,
                                       {.name = "service-type", .form = &text},  // as recorded
                                       {.name = "languages", .form = &texts},
                                       {.name = "ci-pipeline-fingerprints", .form = &texts},
                                       {.name = "contacts", .form = &any_contacts},
                                       {.name = "links", .form = &links},
                                       tags_member,
                                       {.name = "integrations", .form = &integrations_of_v2_1},
                                       extensions_member};
constexpr Form v2_2 = object_of(v2_2_members);

}  // namespace

const Form* form_of_kind(std::string_view kind) {
  if (kind == "service") return &service;
  if (kind == "datastore" || kind == "queue") return &datastore_or_queue;
  if (kind == "system") return &system_;
  if (kind == "api") return &api;
  return nullptr;
}

const Form& form_of_other_kinds() { return other_kind; }

const Form& form_of_version(std::string_view version) {
  if (version == "v1") return v1;
  if (version == "v2") return v2;
  if (version == "v2.1") return v2_1;
  ASSERT(version == "v2.2");
  return v2_2;
}

}  // namespace scorekeeper::wire
