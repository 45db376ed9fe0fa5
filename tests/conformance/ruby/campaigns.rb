# Campaigns.
# frozen_string_literal: true

OWNER = "550e8400-e29b-41d4-a716-446655440000"
CAMPAIGNS = "#{SCORECARD}/campaigns"

def campaign_body(rule, others)
  attributes = { owner_id: OWNER, rule_ids: [rule], start_date: "2024-01-01T00:00:00Z" }
  { data: { type: "campaign", attributes: attributes.merge(others) } }
end

def create_campaign(key, rule, **others)
  named = { key: key, name: "Campaign #{key}" }.merge(others)
  API.call(:post, CAMPAIGNS, body: campaign_body(rule, named))["data"]
end

def update_campaign(id, rule, **others)
  API.call(:put, "#{CAMPAIGNS}/#{id}", body: campaign_body(rule, others))["data"]
end

check("CreateScorecardCampaign", "every attribute comes back") do
  sent = { description: "Makes <it> better", due_date: "2024-03-31T23:59:59Z",
           entity_scope: "kind:service", guidance: "Begin with & go on", status: "completed" }
  campaign = create_campaign("ruby-all", create_rule("Of a campaign")["id"], **sent)
  got = campaign["attributes"]
  expect_equal(campaign["type"], "campaign", "type")
  expect_equal(pick(got, *sent.keys.map(&:to_s)), sent.values, "attributes")
  expect_equal(pick(got, "key", "name", "owner", "start_date"),
               ["ruby-all", "Campaign ruby-all", OWNER, "2024-01-01T00:00:00Z"], "identity")
  expect_recent(got["created_at"], "created_at")
end

check("CreateScorecardCampaign", "unknown rules and used keys are refused with 400") do
  expect_refused(400) { create_campaign("ruby-unknown", "nothing") }
  rule = create_rule("Of two campaigns")["id"]
  expect_equal(create_campaign("ruby-twice", rule)["attributes"]["status"], "in_progress", "status")
  expect_refused(400) { create_campaign("ruby-twice", rule) }
end

check("GetScorecardCampaign", "a campaign is found by id and by key, with scores and counts") do
  rule = create_rule("Of a read campaign")["id"]
  id = create_campaign("ruby-read", rule)["id"]
  [id, "ruby-read"].each do |name|
    found = API.call(:get, "#{CAMPAIGNS}/#{name}", query: { include: "scores", include_meta: true })
    expect_equal(found["data"]["id"], id, "id by #{name}")
    expect_equal(found["data"]["meta"]["rule_count"], 1, "rule_count")
    expect_equal(found["included"].map { |item| item["type"] }.uniq, ["score"], "included")
  end
  expect_refused(404, title: "Not Found") { API.call(:get, "#{CAMPAIGNS}/nothing") }
end

check("UpdateScorecardCampaign", "a campaign is replaced as a whole, its key stays") do
  rule = create_rule("Of an updated campaign")["id"]
  id = create_campaign("ruby-update", rule, description: "gone")["id"]
  got = update_campaign(id, rule, name: "After", status: "completed")["attributes"]
  expect_equal(pick(got, "name", "key", "status"), %w[After ruby-update completed], "attributes")
  expect(!got.key?("description"), "description is cleared")
  expect_refused(404) { update_campaign("nothing", rule, name: "N", status: "completed") }
end

check("DeleteScorecardCampaign", "a deleted campaign is gone") do
  id = create_campaign("ruby-delete", create_rule("Of a deleted campaign")["id"])["id"]
  expect_equal(API.call(:delete, "#{CAMPAIGNS}/#{id}"), nil, "answer")
  %i[get delete].each { |m| expect_refused(404) { API.call(m, "#{CAMPAIGNS}/#{id}") } }
end

check("ListScorecardCampaigns", "campaigns are filtered and paged") do
  rule = create_rule("Of listed campaigns")["id"]
  keys = (0...12).map { |i| "ruby-listed-#{i}" }
  keys.each { |key| create_campaign(key, rule, status: "not_started") }
  query = { "filter[campaign][name]" => "ruby-listed", "filter[campaign][status]" => "not_started",
            "filter[campaign][owner]" => OWNER }
  items = API.all(CAMPAIGNS, query, size: "page[limit]")
  expect_all_once(items.map { |item| item["attributes"]["key"] }, keys, "keys")
  meta = API.call(:get, CAMPAIGNS, query: query.merge("page[offset]" => 10))["meta"]
  expect_equal(pick(meta, "count", "limit", "offset", "total"), [2, 10, 10, 12], "meta")
end

check("ListScorecardCampaigns", "a key without cases_read is refused with 403") do
  reader = Api.new(app_key: ENV.fetch("READ_ONLY_APP_KEY"))
  expect_refused(403, title: "Forbidden") { reader.call(:get, CAMPAIGNS) }
end
