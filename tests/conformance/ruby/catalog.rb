# Entities, kinds and relations of the software catalog.
# frozen_string_literal: true

def entities_by(query) = API.call(:get, "#{CATALOG}/entity", query: query)

def delete_entity(name)
  API.call(:delete, "#{CATALOG}/entity/#{URI.encode_www_form_component(name)}")
end

def upsert_kind(kind, **others)
  API.call(:post, "#{CATALOG}/kind", body: { kind: kind }.merge(others))["data"].fetch(0)
end

check("UpsertCatalogEntity", "an entity comes back with its schema, and is replaced as a whole") do
  sent = { description: "Keeps <what> is bought", displayName: "Cart", owner: "ruby-team",
           tags: ["env:prod", "lang:rb"] }
  item = upsert_service("ruby-cart", spec: { tier: "1", lifecycle: "production" }, **sent)
  expect_equal(API.last.code, "202", "status")
  expect_equal(pick(item["attributes"], *sent.keys.map(&:to_s)), sent.values, "attributes")
  expect_equal(pick(item["attributes"], "apiVersion", "kind", "name", "namespace"),
               %w[v3 service ruby-cart default], "identity")
  schema = JSON.parse(API.last.body)["included"][0]["attributes"]["schema"]
  expect_equal([schema["metadata"]["name"], schema["spec"]["tier"]], %w[ruby-cart 1], "schema")
  again = upsert_service("ruby-cart")
  expect_equal(again["id"], item["id"], "id")
  expect(!again["attributes"].key?("owner"), "owner is cleared")
end

check("UpsertCatalogEntity", "text in YAML is read, as it is and as a JSON string") do
  text = "apiVersion: v3\nkind: datastore\nmetadata:\n  name: ruby-db\n  namespace: prod\n"
  [text, text.to_json].each do |body|
    got = API.call(:post, "#{CATALOG}/entity", body: body)["data"][0]["attributes"]
    expect_equal(pick(got, "kind", "namespace"), %w[datastore prod], "entity")
  end
end

check("UpsertCatalogEntity", "unusable definitions and readers are refused") do
  expect_refused(400, detail: 'attribute "metadata.name" is required') do
    API.call(:post, "#{CATALOG}/entity", body: { apiVersion: "v3", kind: "service", metadata: {} })
  end
  reader = Api.new(app_key: ENV.fetch("READ_ONLY_APP_KEY"))
  expect_refused(403, title: "Forbidden") { reader.call(:post, "#{CATALOG}/entity", body: {}) }
end

check("ListCatalogEntity", "entities are found by every filter, with what is included") do
  upsert_service("ruby-user", spec: { dependsOn: ["queue:ruby-q"] }, owner: "ruby-filter")
  id = upsert_service("ruby-filtered", namespace: "ruby", owner: "ruby-filter")["id"]
  named = { "filter[name]" => "ruby-filtered" }
  [{ "filter[id]" => id }, { "filter[ref]" => "service:ruby/ruby-filtered" }, named,
   named.merge("filter[kind]" => "service", "filter[owner]" => "ruby-filter"),
   named.merge("includeDiscovered" => true)].each do |query|
    expect_equal(entities_by(query)["data"].map { |item| item["id"] }, [id], "entities by #{query}")
  end
  related = { "filter[owner]" => "ruby-filter",
              "filter[relation][type]" => "RelationTypeDependsOn" }
  names = entities_by(related)["data"].map { |item| item["attributes"]["name"] }
  expect_equal(names, ["ruby-user"], "entities by relation")
  { "schema" => "schema", "raw_schema" => "rawSchema",
    "relation" => "relatedEntity" }.each do |include, type|
    included = entities_by("filter[ref]" => "service:ruby-user", "include" => include)["included"]
    expect_equal(included.map { |item| item["type"] }.uniq, [type], "included #{include}")
  end
end

check("PreviewCatalogEntities", "a preview stores nothing") do
  body = { apiVersion: "v3", kind: "service", metadata: { name: "ruby-preview" } }
  shown = API.call(:post, "#{CATALOG}/entity/preview", body: body)["data"]
  expect_equal(shown.map { |item| item["attributes"]["name"] }, ["ruby-preview"], "shown")
  expect_equal(entities_by("filter[name]" => "ruby-preview")["data"], [], "stored")
  expect_equal(API.call(:post, "#{CATALOG}/entity/preview")["data"], [], "shown of nothing")
end

check("DeleteCatalogEntity", "an entity is deleted by reference and by id") do
  id = upsert_service("ruby-deleted")["id"]
  upsert_service("ruby-deleted-too", namespace: "ruby")
  [id, "service:ruby/ruby-deleted-too"].each do |name|
    expect_equal(delete_entity(name), nil, "answer")
    expect_refused(404, title: "Not Found") { delete_entity(name) }
  end
  expect_equal(entities_by("filter[ref]" => "service:ruby-deleted")["data"], [], "entities")
end

check("UpsertCatalogKind", "a kind comes back, and is replaced as a whole") do
  item = upsert_kind("ruby-job", displayName: "Job", description: "Runs at <night>")
  expect_equal(pick(item["attributes"], "name", "displayName", "description"),
               ["ruby-job", "Job", "Runs at <night>"], "attributes")
  expect(!upsert_kind("ruby-job")["attributes"].key?("description"), "description is cleared")
  expect_refused(400) { upsert_kind("Not Kebab") }
end

check("ListCatalogKind", "kinds are found, and come once each") do
  ids = %w[ruby-kind-a ruby-kind-b ruby-kind-c].map { |kind| upsert_kind(kind)["id"] }
  [{ "filter[id]" => ids[0] }, { "filter[name]" => "ruby-kind-a" }].each do |query|
    listed = API.call(:get, "#{CATALOG}/kind", query: query)
    expect_equal(listed["data"].map { |item| item["id"] }, ids.take(1), "kinds by #{query}")
    expect_equal(listed["meta"]["count"], 1, "count")
  end
  all = API.all("#{CATALOG}/kind", size: "page[limit]", limit: 1).map { |item| item["id"] }
  expect_equal(all & ids, ids, "all kinds")
  expect_equal(all.uniq, all, "once each")
end

check("DeleteCatalogKind", "a deleted kind is gone") do
  id = upsert_kind("ruby-gone")["id"]
  expect_equal(API.call(:delete, "#{CATALOG}/kind/#{id}"), nil, "answer")
  expect_refused(404, title: "Not Found") { API.call(:delete, "#{CATALOG}/kind/#{id}") }
end

check("ListCatalogRelation", "relations are found from both ends, with entities") do
  upsert_service("ruby-uses", spec: { dependsOn: ["service:ruby-used"] })
  upsert_service("ruby-used")
  { "RelationTypeDependsOn" => %w[ruby-uses ruby-used],
    "RelationTypeDependencyOf" => %w[ruby-used ruby-uses] }.each do |type, (from, to)|
    query = { "filter[type]" => type, "filter[from_ref]" => "service:#{from}",
              "filter[to_ref]" => "service:default/#{to}", "include" => "entity" }
    listed = API.call(:get, "#{CATALOG}/relation", query: query)
    wanted = ["service:default/#{from}:#{type}:service:default/#{to}"]
    expect_equal(listed["data"].map { |item| item["id"] }, wanted, "relations")
    names = listed["included"].map { |item| item["attributes"]["name"] }
    expect_all_once(names, [from, to], "included entities")
  end
end

LIST_SIZES.each do |size|
  check("ListCatalogEntity", "#{size} items come once each, page by page") do
    owner = "ruby-paging-#{size}"
    names = (0...size).map { |i| "#{owner}-#{i}" }
    spec = { dependsOn: ["service:#{owner}"] }
    names.each { |name| upsert_service(name, owner: owner, spec: spec) }
    items = API.all("#{CATALOG}/entity", { "filter[owner]" => owner },
                    size: "page[limit]", limit: 100)
    expect_all_once(items.map { |item| item["attributes"]["name"] }, names, "entities")
    relations = API.all("#{CATALOG}/relation", { "filter[to_ref]" => "service:#{owner}" },
                        size: "page[limit]")
    froms = relations.map { |item| item["attributes"]["from"]["name"] }
    expect_all_once(froms, names, "relations")
  end
end
