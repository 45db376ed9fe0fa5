# Scores of every aggregation: two services of one team, two rules of one scorecard.
# frozen_string_literal: true

SCORED = {} # first and second rule, scorecard; made by the first check that needs them

def scored
  return SCORED unless SCORED.empty?

  %w[ruby-first ruby-second].each { |name| upsert_service(name, owner: "ruby-scores") }
  rules = [1, 2].map { |i| create_rule("Scored #{i}", scorecard_name: "Ruby scores", level: i) }
  first, second = rules.map { |rule| rule["id"] }
  push([outcome(first, "service:ruby-first"), outcome(second, "service:ruby-first", "fail"),
        outcome(first, "service:ruby-second"), outcome(second, "service:ruby-second", "skip")])
  scorecard = rules[0]["relationships"]["scorecard"]["data"]["id"]
  SCORED.merge!(first: first, second: second, scorecard: scorecard)
end

def scores(aggregation, query = {})
  query = { "filter[rule][scorecard_id]" => scored[:scorecard] }.merge(query)
  answer = API.call(:get, "#{SCORECARD}/scores/#{aggregation}", query: query)
  answer["data"].each do |item|
    expect_equal([item["type"], item["attributes"]["aggregation"]], ["score", aggregation], "item")
  end
  answer
end

# Without those that have no data: other entities of the catalog are among them.
def counts(item)
  pick(item["attributes"], "numerator", "denominator", "total_pass", "total_fail", "total_skip")
end

check("ListScorecardScores", "rules are scored, with level and relationships") do
  listed = scores("by-rule", "sort" => "-score")["data"]
  expect_equal(listed.map { |item| item["id"] }, [scored[:first], scored[:second]], "rules")
  expect_equal(listed.map { |item| counts(item) }, [[2, 2, 2, 0, 0], [0, 1, 0, 1, 1]], "counts")
  rated = listed.map { |item| pick(item["attributes"], "score", "level") }
  expect_equal(rated, [[1, 1], [0, 2]], "scores and levels")
  expect_equal(listed[0]["relationships"]["rule"]["data"]["id"], scored[:first], "relationships")
end

check("ListScorecardScores", "scorecards, kinds and teams are scored") do
  { "by-scorecard" => scored[:scorecard], "by-team" => "ruby-scores",
    "by-kind" => "service" }.each do |aggregation, wanted|
    found = scores(aggregation)["data"].select { |item| item["id"] == wanted }
    expect_equal(found.map { |item| counts(item) }, [[2, 3, 2, 1, 1]], aggregation)
    expect((found[0]["attributes"]["score"] - 2.0 / 3).abs < 1e-9, "score #{aggregation}")
  end
end

check("ListScorecardScores", "entities are scored, and rules are chosen by every filter") do
  listed = scores("by-entity", "sort" => "-total_pass", "page[limit]" => 1000)["data"]
  by_name = listed.to_h do |item|
    [item["relationships"].dig("service", "data", "id"), counts(item)]
  end
  expect_equal(by_name["ruby-first"], [1, 2, 1, 1, 0], "the first")
  expect_equal(by_name["ruby-second"], [1, 1, 1, 0, 1], "the second")
  both = [scored[:first], scored[:second]]
  [[{ "filter[rule][id]" => both.join(",") }, both],
   [{ "filter[rule][name]" => "Scored 1" }, [scored[:first]]],
   [{ "filter[rule][level]" => "2,3" }, [scored[:second]]],
   [{ "filter[rule][is_custom]" => true, "filter[rule][is_enabled]" => true }, both],
   [{ "filter[rule][is_enabled]" => false }, []]].each do |query, wanted|
    expect_all_once(scores("by-rule", query)["data"].map { |item| item["id"] }, wanted, query.to_s)
  end
end

check("ListScorecardScores", "pages follow each other") do
  seen = [0, 1].flat_map do |offset|
    page = scores("by-rule", "page[limit]" => 1, "page[offset]" => offset)
    expect_equal(pick(page["meta"], "count", "limit", "offset", "total"), [1, 1, offset, 2], "meta")
    page["data"].map { |item| item["id"] }
  end
  expect_all_once(seen, [scored[:first], scored[:second]], "rules of both pages")
end

check("ListScorecardScores", "an unknown order or aggregation is refused with 400") do
  expect_refused(400) { scores("by-rule", "sort" => "name") }
  expect_refused(400) { scores("by-colour") }
end
