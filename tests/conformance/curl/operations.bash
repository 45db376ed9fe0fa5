# Every other operation of the API, as curl users call it. To be sourced after support.bash.

# ask STATUS METHOD TARGET [BODY]: the request must be answered so; the body goes to $FOLDER/body.
ask() {
  local status=$1 method=$2 target=$3 got
  shift 3
  got=$(send "$FOLDER/body" -g -X "$method" "${KEYS[@]}" ${1+"${JSON[@]}" -d "$1"} \
    "$SERVER$target")
  [[ $got == "$status" ]] ||
    fail "$method $target: wanted $status, got $got: $(head -c 500 "$FOLDER/body")"
}

# expect_members PATH=VALUE…: of the last body; a value is compared as text, # is a list's length.
expect_members() {
  python3 - "$FOLDER/body" "$@" <<'PROGRAM'
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    document = json.load(file)
for wanted in sys.argv[2:]:
    path, _, text = wanted.partition("=")
    value = document
    for name in path.split("."):
        if name == "#":
            value = len(value)
        elif isinstance(value, list):
            value = value[int(name)] if int(name) < len(value) else "(absent)"
        else:
            value = value.get(name, "(absent)")
    if str(value) != text:
        sys.exit(f"{path}: wanted {text}, got {value}")
PROGRAM
}

last() { member "$1" <"$FOLDER/body"; }

SC=/api/v2/scorecard
CATALOG=/api/v2/catalog
DEFINITIONS=/api/v2/services/definitions

batch_by_names() {
  local rule
  rule=$(create_rule "Batch of curl")
  ask 200 POST $SC/outcomes/batch "{\"data\":{\"type\":\"batched-outcome\",\"attributes\":{
    \"results\":[{\"rule_id\":\"$rule\",\"service_name\":\"one\",\"state\":\"pass\"}]}}}"
  expect_members "data.0.id=$rule\\one" data.0.attributes.state=pass meta.total_received=1 \
    meta.total_updated=1
  ask 400 POST $SC/outcomes/batch "{\"data\":{\"type\":\"batched-outcome\",\"attributes\":{
    \"results\":[{\"rule_id\":\"$rule\",\"service_name\":\"\",\"state\":\"pass\"}]}}}"
  expect_equal "$(<"$FOLDER/body")" '{"errors":[{"status":"400","title":"Bad Request",'\
'"detail":"attribute \"service_name\" is required"}]}' "body"
}

# outcomes_by_links: 101 outcomes, followed through links.next until a page is empty.
outcomes_by_links() {
  local rule target seen=0 size
  rule=$(create_rule "Outcomes by links")
  python3 - "$rule" >"$FOLDER/large" <<'PROGRAM'
import json, sys
results = [{"rule_id": sys.argv[1], "entity_reference": f"service:s{i}", "state": "pass"}
           for i in range(101)]
print(json.dumps({"data": {"type": "batched-outcome", "attributes": {"results": results}}}))
PROGRAM
  ask 202 POST $SC/outcomes "@$FOLDER/large"
  target="$SC/outcomes?filter[rule][id]=$rule&page[size]=40"
  while ask 200 GET "$target" && size=$(last data.#) && [[ $size != 0 ]]; do
    seen=$((seen + size))
    target=$(last links.next)
  done
  expect_equal "$seen" 101 "outcomes"
}

rule_is_made() {
  ask 201 POST $SC/rules '{"data":{"type":"rule","attributes":{"name":"Made by curl",
    "scorecard_name":"curl","description":"Describes it","level":2,"owner":"Platform"}}}'
  expect_members data.type=rule "data.attributes.name=Made by curl" data.attributes.level=2 \
    data.attributes.enabled=True data.attributes.owner=Platform
  ask 400 POST $SC/rules '{"data":{"type":"rule","attributes":{"scorecard_name":"curl"}}}'
  expect_members 'errors.0.detail=attribute "name" is required'
}

rule_is_replaced() {
  local rule
  rule=$(create_rule "Before by curl")
  ask 200 PUT "$SC/rules/$rule" '{"data":{"type":"rule","attributes":{"name":"After by curl",
    "scorecard_name":"curl","enabled":false}}}'
  expect_members "data.id=$rule" "data.attributes.name=After by curl" \
    data.attributes.enabled=False data.attributes.description='(absent)'
  ask 404 PUT $SC/rules/REPLACE.ME '{"data":{"type":"rule","attributes":{"name":"N",
    "scorecard_name":"curl"}}}'
  expect_members "errors.0.detail=rule not found: REPLACE.ME"
}

rule_is_deleted() {
  local rule
  rule=$(create_rule "Deleted by curl")
  ask 204 DELETE "$SC/rules/$rule"
  expect_equal "$(<"$FOLDER/body")" "" "body"
  ask 404 DELETE "$SC/rules/$rule"
  ask 200 GET "$SC/rules?filter[rule][id]=$rule"
  expect_members data.#=0
}

scorecards_are_listed() {
  create_rule "In a listed scorecard" >/dev/null
  ask 200 GET "$SC/scorecards?filter[scorecard][name]=curl%20conf&page[size]=100"
  expect_members data.#=1 data.0.type=scorecard "data.0.attributes.name=curl conformance"
}

scores_are_listed() {
  local rule aggregation
  rule=$(create_rule "Scored by curl")
  ask 202 POST $SC/outcomes "$(batch "$rule" service:curl-scored)"
  ask 200 GET "$SC/scores/by-rule?filter[rule][id]=$rule&page[limit]=1"
  expect_members "data.0.id=$rule" data.0.type=score data.0.attributes.aggregation=by-rule \
    data.0.attributes.numerator=1 data.0.attributes.total_pass=1 meta.total=1
  for aggregation in by-entity by-scorecard by-team by-kind; do
    ask 200 GET "$SC/scores/$aggregation?filter[rule][id]=$rule&sort=-score"
  done
  ask 400 GET $SC/scores/by-colour
}

# campaign KEY RULE [MEMBERS]
campaign() {
  printf '{"data":{"type":"campaign","attributes":{"key":"%s","name":"Campaign %s",' "$1" "$1"
  printf '"owner_id":"550e8400-e29b-41d4-a716-446655440000","rule_ids":["%s"],' "$2"
  printf '"start_date":"2024-01-01T00:00:00Z"%s}}}' "${3:-}"
}

campaign_is_made() {
  local rule
  rule=$(create_rule "Of a campaign of curl")
  ask 201 POST $SC/campaigns "$(campaign curl-made "$rule" ',"guidance":"Go on"')"
  expect_members data.type=campaign data.attributes.key=curl-made data.attributes.guidance="Go on" \
    data.attributes.status=in_progress data.attributes.owner=550e8400-e29b-41d4-a716-446655440000
  ask 400 POST $SC/campaigns "$(campaign curl-made "$rule")"
}

campaign_is_read() {
  ask 201 POST $SC/campaigns "$(campaign curl-read "$(create_rule "Of a read campaign of curl")")"
  ask 200 GET "$SC/campaigns/$(last data.id)"
  ask 200 GET "$SC/campaigns/curl-read?include=scores&include_meta=true"
  expect_members data.attributes.key=curl-read data.meta.rule_count=1 included.0.type=score
  ask 404 GET $SC/campaigns/nothing
}

campaign_is_replaced() {
  local rule
  rule=$(create_rule "Of a replaced campaign of curl")
  ask 201 POST $SC/campaigns "$(campaign curl-replaced "$rule" ',"guidance":"Go on"')"
  ask 200 PUT $SC/campaigns/curl-replaced \
    "$(campaign curl-replaced "$rule" ',"status":"completed"')"
  expect_members data.attributes.status=completed data.attributes.guidance='(absent)'
}

campaign_is_deleted() {
  ask 201 POST $SC/campaigns "$(campaign curl-gone "$(create_rule "Of a gone campaign")")"
  ask 204 DELETE $SC/campaigns/curl-gone
  ask 404 DELETE $SC/campaigns/curl-gone
}

campaigns_are_listed() {
  ask 201 POST $SC/campaigns "$(campaign curl-listed "$(create_rule "Of a listed campaign")")"
  local filters="filter[campaign][name]=curl-listed&filter[campaign][status]=in_progress"
  ask 200 GET "$SC/campaigns?$filters"
  expect_members data.#=1 data.0.attributes.key=curl-listed meta.count=1 meta.limit=10 \
    meta.offset=0 meta.total=1
}

# entity NAME [MEMBERS]: an upsert.
entity() {
  ask 202 POST $CATALOG/entity "{\"apiVersion\":\"v3\",\"kind\":\"service\",\"metadata\":{
    \"name\":\"$1\",\"owner\":\"curl-team\"}${2:-}}"
}

entity_is_made() {
  entity curl-made ',"spec":{"tier":"1"}'
  expect_members data.0.type=entity data.0.attributes.name=curl-made \
    data.0.attributes.namespace=default data.0.attributes.owner=curl-team \
    included.0.attributes.schema.spec.tier=1 meta.count=1
  ask 202 POST $CATALOG/entity $'apiVersion: v3\nkind: queue\nmetadata:\n  name: curl-queue\n'
  expect_members data.0.attributes.kind=queue
  ask 400 POST $CATALOG/entity '{"apiVersion":"v3","kind":"service","metadata":{}}'
  expect_members 'errors.0.detail=attribute "metadata.name" is required'
}

entities_are_listed() {
  entity curl-listed
  ask 200 GET "$CATALOG/entity?filter[ref]=service:curl-listed&include=schema"
  expect_members data.#=1 data.0.attributes.name=curl-listed meta.count=1 included.0.type=schema
  ask 200 GET "$CATALOG/entity?filter[owner]=curl-team&page[limit]=1&page[offset]=1"
  expect_members data.#=1
}

entity_is_previewed() {
  ask 202 POST $CATALOG/entity/preview \
    '{"apiVersion":"v3","kind":"service","metadata":{"name":"curl-preview"}}'
  expect_members data.0.attributes.name=curl-preview
  ask 200 GET "$CATALOG/entity?filter[ref]=service:curl-preview"
  expect_members data.#=0
  ask 202 POST $CATALOG/entity/preview
  expect_members data.#=0
}

entity_is_deleted() {
  entity curl-gone
  ask 204 DELETE $CATALOG/entity/service:default/curl-gone
  ask 404 DELETE $CATALOG/entity/service%3Acurl-gone
}

kind_is_made() {
  ask 202 POST $CATALOG/kind '{"kind":"curl-job","displayName":"Job"}'
  expect_members data.0.attributes.name=curl-job data.0.attributes.displayName=Job
  ask 400 POST $CATALOG/kind '{"kind":"Not Kebab"}'
}

kinds_are_listed() {
  ask 202 POST $CATALOG/kind '{"kind":"curl-listed"}'
  ask 200 GET "$CATALOG/kind?filter[name]=curl-listed&page[limit]=1"
  expect_members data.#=1 data.0.attributes.name=curl-listed meta.count=1
}

kind_is_deleted() {
  ask 202 POST $CATALOG/kind '{"kind":"curl-gone"}'
  ask 204 DELETE "$CATALOG/kind/$(last data.0.id)"
  ask 404 DELETE $CATALOG/kind/curl-gone
}

relations_are_listed() {
  entity curl-user ',"spec":{"dependsOn":["service:curl-used"]}'
  local filters="filter[from_ref]=service:curl-user&filter[type]=RelationTypeDependsOn"
  ask 200 GET "$CATALOG/relation?$filters"
  expect_members data.#=1 data.0.attributes.to.name=curl-used data.0.attributes.from.name=curl-user
}

# definition NAME: an upsert.
definition() {
  ask 200 POST $DEFINITIONS "{\"schema-version\":\"v2.2\",\"dd-service\":\"$1\",\"team\":\"curl\"}"
}

definition_is_made() {
  definition curl-definition
  expect_members data.0.type=service-definition data.0.attributes.schema.team=curl \
    data.0.attributes.schema.dd-service=curl-definition
  ask 400 POST $DEFINITIONS '{"schema-version":"v2.2"}'
}

definition_is_read() {
  definition curl-read
  ask 200 GET "$DEFINITIONS/curl-read?schema_version=v2.1"
  expect_members data.attributes.schema.schema-version=v2.1 data.attributes.schema.team=curl
  ask 404 GET $DEFINITIONS/curl-nothing
  expect_members "errors.0=Not Found"
}

definitions_are_listed() {
  local number
  definition curl-listed-a
  definition curl-listed-b
  for number in 0 1; do
    ask 200 GET "$DEFINITIONS?page[size]=1&page[number]=$number"
    expect_members data.#=1
  done
}

definition_is_deleted() {
  definition curl-gone
  ask 204 DELETE $DEFINITIONS/curl-gone
  ask 404 DELETE $DEFINITIONS/curl-gone
}

check CreateScorecardOutcomesBatch "a batch is stored, and an empty name refused" batch_by_names
check ListScorecardOutcomes "101 items come once each by links.next" outcomes_by_links
check CreateScorecardRule "a rule comes back, and one without a name is refused" rule_is_made
check UpdateScorecardRule "a rule is replaced as a whole" rule_is_replaced
check DeleteScorecardRule "a deleted rule is gone" rule_is_deleted
check ListScorecards "a scorecard is found by a part of its name" scorecards_are_listed
check ListScorecardScores "every aggregation is answered" scores_are_listed
check CreateScorecardCampaign "a campaign comes back, and its key is used once" campaign_is_made
check GetScorecardCampaign "a campaign is found by id and by key" campaign_is_read
check UpdateScorecardCampaign "a campaign is replaced as a whole" campaign_is_replaced
check DeleteScorecardCampaign "a deleted campaign is gone" campaign_is_deleted
check ListScorecardCampaigns "campaigns are filtered" campaigns_are_listed
check UpsertCatalogEntity "entities in JSON and YAML come back" entity_is_made
check ListCatalogEntity "entities are filtered and paged" entities_are_listed
check PreviewCatalogEntities "a preview stores nothing" entity_is_previewed
check DeleteCatalogEntity "an entity is deleted by its reference" entity_is_deleted
check UpsertCatalogKind "a kind comes back, and one that is not kebab-case is refused" kind_is_made
check ListCatalogKind "kinds are filtered" kinds_are_listed
check DeleteCatalogKind "a deleted kind is gone" kind_is_deleted
check ListCatalogRelation "relations are filtered" relations_are_listed
check CreateOrUpdateServiceDefinitions "a definition comes back" definition_is_made
check GetServiceDefinition "a definition is read in the version asked for" definition_is_read
check ListServiceDefinitions "pages are numbered from 0" definitions_are_listed
check DeleteServiceDefinition "a deleted definition is gone" definition_is_deleted
