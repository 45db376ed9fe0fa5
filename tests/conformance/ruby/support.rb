# What the checks share: registering, running, and expectations.
# frozen_string_literal: true

require "time"
require_relative "api"

API = Api.new
SCORECARD = "/api/v2/scorecard"
CATALOG = "/api/v2/catalog"
DEFINITIONS = "/api/v2/services/definitions"
LIST_SIZES = [0, 1, 10, 11, 100, 101].freeze
CHECKS = []

# Registers a check; it passes when the block returns.
def check(operation, sentence, &block) = CHECKS << [operation, sentence, block]

def expect(condition, wanted)
  raise wanted unless condition
end

def expect_equal(got, wanted, what)
  expect(got == wanted, "#{what}: wanted #{wanted.inspect}, got #{got.inspect}")
end

def expect_all_once(items, wanted, what) = expect_equal(items.sort, wanted.sort, what)

# The members of a hash, in their order.
def pick(hash, *names) = names.map { |name| hash[name] }

def expect_recent(text, what)
  age = Time.now - Time.iso8601(text)
  expect(text.end_with?("Z") && age > -60 && age < 600, "#{what} is #{text}")
end

# The block is refused with an error document; returns the exception.
def expect_refused(status, title: nil, detail: nil)
  begin
    yield
  rescue Refused => e
    expect_equal(e.status, status, "status")
    first = e.document["errors"][0]
    expect_equal(first["status"], status.to_s, "errors[0].status")
    expect_equal(first["title"], title, "errors[0].title") if title
    expect_equal(first["detail"], detail, "errors[0].detail") if detail
    return e
  end
  raise "wanted the status #{status}, got an answer"
end

def rule_body(name, others)
  attributes = { name: name, scorecard_name: "Ruby conformance" }.merge(others)
  { data: { type: "rule", attributes: attributes } }
end

def create_rule(name, by: API, **others)
  by.call(:post, "#{SCORECARD}/rules", body: rule_body(name, others))["data"]
end

def outcome(rule_id, entity, state = "pass", **others)
  { rule_id: rule_id, entity_reference: entity, state: state }.merge(others)
end

def push(results, by: API, **options)
  body = { data: { type: "batched-outcome", attributes: { results: results } } }
  by.call(:post, "#{SCORECARD}/outcomes", body: body, **options)
end

def outcomes_of(rule_id, **query)
  filter = { "filter[rule][id]" => rule_id, "page[size]" => 100 }
  API.call(:get, "#{SCORECARD}/outcomes", query: filter.merge(query.transform_keys(&:to_s)))
end

# The one entity of the answer.
def upsert_service(name, spec: nil, **metadata)
  body = { apiVersion: "v3", kind: "service", metadata: { name: name }.merge(metadata) }
  body[:spec] = spec if spec
  API.call(:post, "#{CATALOG}/entity", body: body)["data"].fetch(0)
end

# Runs all checks and prints a line for each.
def run_checks
  $stdout.sync = true
  CHECKS.each do |operation, sentence, block|
    block.call
    puts ["PASS", operation, sentence].join("\t")
  rescue StandardError => e # one failed check must not hide the others
    reason = "#{e.class}: #{e.message}".split.join(" ")[0, 1000]
    puts ["FAIL", operation, sentence, reason].join("\t")
  end
  puts "END\t#{CHECKS.size}"
end
