# Outcomes and their batches.
# frozen_string_literal: true

require "zlib"

REMARKS = 'See: <a href="https://app.datadoghq.com/services">Services</a>'

check("UpdateScorecardOutcomes", "the documented example runs and is read back") do
  rule = create_rule("Example of Ruby")["id"]
  answer = push([outcome(rule, "service:my-service", remarks: REMARKS)])
  expect_equal(API.last.code, "202", "status")
  expect_equal(API.last["content-type"], "application/vnd.api+json", "content type")
  expect_equal(answer["data"]["type"], "async-request", "type")
  expect_equal(answer["meta"], { "total_received" => 1 }, "meta")
  item, *others = outcomes_of(rule)["data"]
  expect_equal(others, [], "other outcomes")
  expect_equal(pick(item, "id", "type"), ["#{rule}\\my-service", "outcome"], "item")
  expect_equal(pick(item["attributes"], "service_name", "state", "remarks"),
               ["my-service", "pass", REMARKS], "attributes")
  expect_recent(item["attributes"]["created_at"], "created_at")
  expect_recent(item["attributes"]["modified_at"], "modified_at")
  expect_equal(item["relationships"]["rule"]["data"], { "id" => rule, "type" => "rule" }, "rule")
end

check("UpdateScorecardOutcomes", "a later outcome replaces state and remarks") do
  rule = create_rule("Replaced")["id"]
  push([outcome(rule, "service:a", "fail", remarks: "Für später ✓ <&>")])
  first = outcomes_of(rule)["data"][0]["attributes"]
  expect_equal(first["remarks"], "Für später ✓ <&>", "remarks")
  push([outcome(rule, "service:default/a", "skip")])
  items = outcomes_of(rule)["data"].map { |item| item["attributes"] }
  expect_equal(items.map { |item| item["state"] }, ["skip"], "states")
  expect(!items[0].key?("remarks"), "remarks that are not sent are cleared")
  expect_equal(items[0]["created_at"], first["created_at"], "created_at")
end

check("UpdateScorecardOutcomes", "an unknown state is refused with 400") do
  rule = create_rule("Unknown state")["id"]
  expect_refused(400, title: "Bad Request",
                      detail: 'attribute "state" must be one of "pass fail skip"') do
    push([outcome(rule, "service:a", "INVALID")])
  end
  expect_equal(outcomes_of(rule)["data"], [], "outcomes")
end

check("UpdateScorecardOutcomes", "an unknown rule is refused with 409") do
  error = expect_refused(409) { push([outcome("INVALID.RULE_ID", "service:a")]) }
  wanted = [{ "status" => "409", "title" => "Invalid rule_id" }]
  expect_equal(error.document, { "errors" => wanted }, "document")
end

check("UpdateScorecardOutcomes", "a key without the write scope is refused with 403") do
  rule = create_rule("Read only")["id"]
  reader = Api.new(app_key: ENV.fetch("READ_ONLY_APP_KEY"))
  expect_refused(403, title: "Forbidden") { push([outcome(rule, "service:a")], by: reader) }
  filter = { "filter[rule][id]" => rule }
  expect_equal(reader.call(:get, "#{SCORECARD}/outcomes", query: filter)["data"], [], "outcomes")
end

{ "gzip" => Zlib.method(:gzip), "deflate" => Zlib.method(:deflate) }.each do |encoding, encode|
  check("UpdateScorecardOutcomes", "a #{encoding} body is decoded") do
    rule = create_rule("Encoding #{encoding}")["id"]
    results = [outcome(rule, "service:encoded", remarks: "x" * 500)]
    text = { data: { type: "batched-outcome", attributes: { results: results } } }.to_json
    API.call(:post, "#{SCORECARD}/outcomes", body: encode.call(text),
                                             headers: { "Content-Encoding" => encoding })
    expect_equal(outcomes_of(rule)["data"][0]["attributes"]["remarks"], "x" * 500, "remarks")
  end
end

def batch(rule, *names)
  results = names.map { |name| { rule_id: rule, service_name: name, state: "pass" } }
  body = { data: { type: "batched-outcome", attributes: { results: results } } }
  API.call(:post, "#{SCORECARD}/outcomes/batch", body: body)
end

check("CreateScorecardOutcomesBatch", "a batch by service names is stored and answered") do
  rule = create_rule("Batch")["id"]
  answer = batch(rule, "one", "two")
  expect_equal(pick(answer["meta"], "total_received", "total_updated"), [2, 2], "meta")
  ids = answer["data"].map { |item| item["id"] }
  expect_equal(ids, ["#{rule}\\one", "#{rule}\\two"], "ids")
  expect_equal(outcomes_of(rule)["data"].map { |item| item["id"] }, ids, "stored outcomes")
end

check("CreateScorecardOutcomesBatch", "an empty service name is refused") do
  rule = create_rule("Refused batch")["id"]
  expect_refused(400, detail: 'attribute "service_name" is required') { batch(rule, "") }
end

check("ListScorecardOutcomes", "filters, sparse fields and includes are understood") do
  rule = create_rule("Filters of outcomes (Ruby)")["id"]
  push([outcome(rule, "service:first"), outcome(rule, "service:second", "fail"),
        outcome(rule, "queue:third", "skip")])
  [[{}, %w[first second third]],
   [{ "filter[outcome][state]": "fail" }, %w[second]],
   [{ "filter[outcome][service_name]": "third" }, %w[third]],
   [{ "filter[rule][enabled]": false }, []],
   [{ "filter[rule][name]": "Filters of outcomes (Ruby)" }, %w[first second third]],
   [{ "filter[rule][name]": "Filters of" }, []]].each do |query, names|
    listed = outcomes_of(rule, **query)["data"].map { |item| item["attributes"]["service_name"] }
    expect_equal(listed, names, "outcomes by #{query}")
  end
  sparse = outcomes_of(rule, include: "rule", "fields[outcome]": "state, service_name")
  second = sparse["data"][1]
  expect_equal(second["attributes"], { "service_name" => "second", "state" => "fail" }, "sparse")
  expect(!second.key?("relationships"), "sparse fields drop relationships")
  expect_equal(sparse["included"].map { |item| item["id"] }, [rule], "included rules")
end

LIST_SIZES.each do |size|
  check("ListScorecardOutcomes", "#{size} items come once each, page by page") do
    rule = create_rule("Paging through #{size} outcomes")["id"]
    names = (0...size).map { |i| "s#{i}" }
    push(names.map { |name| outcome(rule, "service:#{name}") })
    [10, 100].each do |limit|
      items = API.all("#{SCORECARD}/outcomes", { "filter[rule][id]" => rule }, limit: limit)
      listed = items.map { |item| item["attributes"]["service_name"] }
      expect_all_once(listed, names, "outcomes by pages of #{limit}")
    end
  end
end
