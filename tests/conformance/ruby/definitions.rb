# Service definitions.
# frozen_string_literal: true

def create_definition(name, **others)
  body = { "schema-version": "v2.2", "dd-service": name }.merge(others)
  API.call(:post, DEFINITIONS, body: body)["data"].fetch(0)["attributes"]
end

def definition_path(name) = "#{DEFINITIONS}/#{URI.encode_www_form_component(name)}"

check("CreateOrUpdateServiceDefinitions", "a definition comes back") do
  sent = { team: "ruby-team", description: "Keeps <it>", tier: "high", languages: ["ruby"],
           tags: ["env:prod"], contacts: [{ "type" => "email", "contact" => "team@example.com" }],
           links: [{ "name" => "R", "type" => "runbook", "url" => "https://example.com/r" }] }
  got = create_definition("ruby-definition", **sent)
  expect_equal(API.last["content-type"], "application/json", "content type")
  expect_equal(pick(got["schema"], *sent.keys.map(&:to_s)), sent.values, "schema")
  expect_equal(got["meta"]["ingestion-source"], "api", "ingestion-source")
end

check("CreateOrUpdateServiceDefinitions", "a definition without a name is refused with 400") do
  expect_refused(400, detail: 'attribute "dd-service" is required') { create_definition("") }
end

check("GetServiceDefinition", "a definition is read in the version asked for") do
  create_definition("ruby-read", team: "ruby-team")
  %w[v2.1 v2.2].each do |version|
    answer = API.call(:get, definition_path("ruby-read"), query: { schema_version: version })
    wanted = { "schema-version" => version, "dd-service" => "ruby-read", "team" => "ruby-team" }
    expect_equal(answer["data"]["attributes"]["schema"], wanted, "schema")
  end
end

check("DeleteServiceDefinition", "a deleted definition is gone") do
  path = definition_path("ruby-group/part")
  create_definition("ruby-group/part")
  expect_equal(API.call(:delete, path), nil, "answer")
  %i[get delete].each do |method|
    API.call(method, path)
    raise "wanted the status 404, got an answer"
  rescue Refused => e
    expect_equal(e.status, 404, "status")
    expect_equal(e.document, { "errors" => ["Not Found"], "error_details" => [{}] }, "document")
  end
end

check("ListServiceDefinitions", "all definitions come once each, page by page") do
  names = (0...21).map { |i| "ruby-paged-#{i}" }
  names.each { |name| create_definition(name) }
  [10, 100].each do |limit|
    items = API.all(DEFINITIONS, { schema_version: "v2.2" }, page: "page[number]", limit: limit)
    listed = items.map { |item| item["attributes"]["schema"]["dd-service"] }
    expect_equal(listed.uniq, listed, "once each by pages of #{limit}")
    expect_equal(names - listed, [], "missing from pages of #{limit}")
  end
end
