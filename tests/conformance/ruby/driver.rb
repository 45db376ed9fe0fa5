# The requests of the API's Ruby client, made with Ruby's own HTTP library: a request a line, an
# answer a line.
#
# Environment: SCOREKEEPER_ADDRESS (HOST:PORT). README.md says what a request and an answer hold.
# frozen_string_literal: true

require "erb"
require "json"
require "net/http"
require "zlib"

# A status that is not 2xx.
class Refused < StandardError
  attr_reader :response

  def initialize(response)
    @response = response
    super(response.code)
  end
end

METHODS = {
  "GET" => Net::HTTP::Get, "POST" => Net::HTTP::Post, "PUT" => Net::HTTP::Put,
  "DELETE" => Net::HTTP::Delete
}.freeze
ENCODERS = { "gzip" => Zlib.method(:gzip), "deflate" => Zlib.method(:deflate) }.freeze
RETRIES = 3
HOST, PORT = ENV.fetch("SCOREKEEPER_ADDRESS").split(":")
CONNECTION = Net::HTTP.start(HOST, PORT.to_i)

# The client sends an empty bearer token along, whatever it authenticates with.
def headers_of(client, method, path)
  # As the client: anything, where the answer has no documented schema.
  untyped = method == "DELETE" || (method == "POST" && path == "/api/v2/scorecard/outcomes")
  keys = { "DD-API-KEY" => client["api_key"], "DD-APPLICATION-KEY" => client["app_key"] }.compact
  { "Accept" => untyped ? "*/*" : "application/json", "Authorization" => "Bearer ",
    "User-Agent" => "scorekeeper-conformance (ruby)" }.merge(keys, client["headers"])
end

# Waits out a 429 by its x-ratelimit-reset, as the client does when it is told to.
def exchange(method, target, headers, body, retries)
  request = METHODS.fetch(method).new(target, headers)
  if body
    request["Content-Type"] ||= "application/json"
    request.body = ENCODERS.fetch(headers["Content-Encoding"], :itself.to_proc).call(body)
  end
  response = CONNECTION.request(request)
  return response unless response.code == "429" && retries.positive?

  sleep(Integer(response["x-ratelimit-reset"]))
  exchange(method, target, headers, body, retries - 1)
end

def as_it_came(response)
  { status: response.code.to_i, headers: response.to_hash.transform_values(&:first),
    body: response.body.to_s.dup.force_encoding("UTF-8") }
end

# One call, with more of a query; the response.
def call(request, more = {})
  client = request["client"]
  path = request["path"].gsub(/{(\w+)}/) do
    ERB::Util.url_encode(request["arguments"].fetch(Regexp.last_match(1)))
  end
  query = request["query"].merge(more)
  target = query.empty? ? path : "#{path}?#{URI.encode_www_form(query)}"
  body = request["body"]
  body = body.to_json unless body.nil? || body.is_a?(String)
  response = exchange(request["method"], target, headers_of(client, request["method"], path), body,
                      client["retry"] ? RETRIES : 0)
  raise Refused, response unless response.is_a?(Net::HTTPSuccess)

  response
end

# Every item of a list, as the client's auto-paging gets them: until a page is short.
def items_of(request)
  pages = request["pages"]
  limit = request["query"].fetch(pages["size"], pages["default"])
  items = []
  0.step do |number|
    start = pages["start"] == "page[number]" ? number : number * limit
    page = JSON.parse(call(request, pages["size"] => limit, pages["start"] => start).body)["data"]
    items.concat(page)
    return items if page.size < limit
  end
end

# A request just as it is told.
def send_as_told(request)
  uri = URI(request["target"]) if request["target"].start_with?("http")
  target = uri ? uri.request_uri : request["target"]
  headers = headers_of(request["client"], request["method"], target).merge(request["headers"])
  as_it_came(exchange(request["method"], target, headers, request["body"], 0))
end

def answer_to(request)
  return send_as_told(request) if request["send"]
  return { answer: items_of(request) } if request["items"]

  response = call(request)
  text = response.body.to_s
  as_it_came(response).merge(answer: text.empty? ? nil : JSON.parse(text))
rescue Refused => e
  { error: as_it_came(e.response) }
rescue StandardError => e # a fault of ours is an answer too: the check fails
  { problem: "#{e.class}: #{e.message}" }
end

$stdout.sync = true
$stdin.each_line { |line| puts answer_to(JSON.parse(line)).to_json }
