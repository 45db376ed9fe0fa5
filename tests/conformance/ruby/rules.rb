# Rules and scorecards.
# frozen_string_literal: true

def rules_by(query) = API.call(:get, "#{SCORECARD}/rules", query: query)["data"]

def update_rule(id, name, **others)
  API.call(:put, "#{SCORECARD}/rules/#{id}", body: rule_body(name, others))["data"]
end

check("CreateScorecardRule", "every attribute comes back") do
  sent = { description: "Describes <it>", enabled: true, level: 2, owner: "Platform",
           scope_query: "kind:service" }
  rule = create_rule("All attributes", **sent)
  got = rule["attributes"]
  expect_equal(pick(got, *sent.keys.map(&:to_s)), sent.values, "attributes")
  expect_equal(pick(got, "name", "scorecard_name", "category", "custom"),
               ["All attributes", "Ruby conformance", "Ruby conformance", true], "names")
  expect_recent(got["created_at"], "created_at")
  expect_equal(rule["relationships"]["scorecard"]["data"]["type"], "scorecard", "relationships")
end

check("CreateScorecardRule", "level is 3 and enabled true when not sent") do
  got = create_rule("Defaults")["attributes"]
  expect_equal(pick(got, "level", "enabled"), [3, true], "defaults")
end

check("UpdateScorecardRule", "a rule is replaced as a whole") do
  created = create_rule("Before", description: "gone", owner: "gone", level: 1)
  got = update_rule(created["id"], "After", enabled: false)["attributes"]
  expect_equal(pick(got, "name", "enabled", "level"), ["After", false, 3], "attributes")
  expect(!got.key?("description") && !got.key?("owner"), "texts are cleared")
  expect(Time.iso8601(got["modified_at"]) > Time.iso8601(got["created_at"]), "modified_at moves on")
end

check("UpdateScorecardRule", "an unknown id is refused with 404") do
  expect_refused(404, title: "Not Found", detail: "rule not found: REPLACE.ME") do
    update_rule("REPLACE.ME", "X")
  end
end

check("DeleteScorecardRule", "a deleted rule and its outcomes are gone") do
  rule = create_rule("Deleted")["id"]
  push([outcome(rule, "service:a")])
  expect_equal(API.call(:delete, "#{SCORECARD}/rules/#{rule}"), nil, "answer")
  expect_equal(API.last.code, "204", "status")
  expect_equal([rules_by("filter[rule][id]" => rule), outcomes_of(rule)["data"]], [[], []], "lists")
  expect_refused(404, detail: "rule not found: #{rule}") do
    API.call(:delete, "#{SCORECARD}/rules/#{rule}")
  end
end

check("ListScorecardRules", "filters, sparse fields and includes are understood") do
  name = "Filtered rule + more (Ruby)"
  rule = create_rule(name, description: "About Filters & such (Ruby)")["id"]
  by_id = { "filter[rule][id]" => rule }
  [by_id, { "filter[rule][name]" => name },
   { "filter[rule][description]" => "about filters & such (ruby" },
   by_id.merge("filter[rule][enabled]" => true, "filter[rule][custom]" => true),
   by_id.merge("include" => "scorecard", "fields[scorecard]" => "name")].each do |query|
    expect_equal(rules_by(query).map { |item| item["id"] }, [rule], "rules by #{query}")
  end
  sparse = rules_by(by_id.merge("fields[rule]" => "name"))[0]
  expect_equal(sparse["attributes"], { "name" => name }, "sparse attributes")
  expect_equal(rules_by(by_id.merge("filter[rule][enabled]" => false)), [], "disabled rules")
end

check("ListScorecardRules", "wrong and missing keys are refused with 403") do
  [{ api_key: "0" * 32 }, { app_key: "0" * 40 }, { api_key: "" }, { app_key: "" }].each do |keys|
    expect_refused(403, title: "Forbidden") { Api.new(**keys).call(:get, "#{SCORECARD}/rules") }
  end
end

check("ListScorecardRules", "a page size over the maximum is refused with 400") do
  expect_refused(400) { rules_by("page[size]" => 101) }
end

LIST_SIZES.each do |size|
  check("ListScorecardRules", "#{size} items come once each, page by page") do
    name = "Paging through #{size} rules (Ruby)"
    wanted = (0...size).map { create_rule(name)["id"] }
    [10, 100].each do |limit|
      items = API.all("#{SCORECARD}/rules", { "filter[rule][name]" => name }, limit: limit)
      expect_all_once(items.map { |item| item["id"] }, wanted, "rules by pages of #{limit}")
    end
  end
end

check("ListScorecards", "scorecards are listed and found") do
  rule = create_rule("In a scorecard", scorecard_name: "Ruby scorecard & more")
  wanted = rule["relationships"]["scorecard"]["data"]["id"]
  [{ "filter[scorecard][id]" => wanted }, { "filter[scorecard][name]" => "scorecard & more" },
   { "page[size]" => 100, "page[offset]" => 0 }].each do |query|
    listed = API.call(:get, "#{SCORECARD}/scorecards", query: query)["data"]
    found = listed.select { |item| item["id"] == wanted }
    names = found.map { |item| item["attributes"]["name"] }
    expect_equal(names, ["Ruby scorecard & more"], "scorecards by #{query}")
    expect_equal(found[0]["type"], "scorecard", "type")
    expect_recent(found[0]["attributes"]["created_at"], "created_at")
  end
end
