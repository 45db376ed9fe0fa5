# The wire requests of the API's Ruby client, made with Ruby's own HTTP library.
#
# Environment: SCOREKEEPER_ADDRESS (HOST:PORT), DD_API_KEY, DD_APP_KEY.
# frozen_string_literal: true

require "json"
require "net/http"

# A status that is not 2xx.
class Refused < StandardError
  attr_reader :status, :body, :headers

  def initialize(response)
    @status = response.code.to_i
    @body = response.body
    @headers = response
    super("#{@status} #{@body}")
  end

  def document = JSON.parse(@body)
end

# One connection; `retries`: how often a 429 is waited out, by its x-ratelimit-reset.
class Api
  METHODS = {
    get: Net::HTTP::Get, post: Net::HTTP::Post, put: Net::HTTP::Put, delete: Net::HTTP::Delete
  }.freeze

  attr_reader :last # the response as it came

  def initialize(api_key: ENV.fetch("DD_API_KEY"), app_key: ENV.fetch("DD_APP_KEY"), retries: 0)
    host, port = ENV.fetch("SCOREKEEPER_ADDRESS").split(":")
    @http = Net::HTTP.start(host, port.to_i)
    @retries = retries
    # The client sends an empty bearer token along, whatever it authenticates with.
    @headers = {
      "DD-API-KEY" => api_key, "DD-APPLICATION-KEY" => app_key, "Authorization" => "Bearer ",
      "User-Agent" => "scorekeeper-conformance (ruby)"
    }
  end

  # The document of the answer; nil: it has no body. `body`: text, or what becomes JSON.
  def call(method, path, query: {}, body: nil, headers: {})
    target = query.empty? ? path : "#{path}?#{URI.encode_www_form(query)}"
    (@retries + 1).times do |attempt|
      request = METHODS.fetch(method).new(target, @headers.merge(accept(method, path), headers))
      if body
        request["Content-Type"] = "application/json"
        request.body = body.is_a?(String) ? body : body.to_json
      end
      @last = @http.request(request)
      break unless @last.code == "429" && attempt < @retries

      wait_for_next_period(@last)
    end
    raise Refused, @last unless @last.is_a?(Net::HTTPSuccess)

    @last.body.to_s.empty? ? nil : JSON.parse(@last.body)
  end

  # Every item of a list, as the client's auto-paging gets them: until a page is short. `size` and
  # `page` name the parameters; `page` counts items or, of "page[number]", pages.
  def all(path, query = {}, size: "page[size]", page: "page[offset]", limit: 10)
    items = []
    0.step do |number|
      offset = page == "page[number]" ? number : number * limit
      data = call(:get, path, query: query.merge(size => limit, page => offset))["data"]
      items.concat(data)
      return items if data.size < limit
    end
  end

  private

  # As the client: anything, where the answer has no documented schema.
  def accept(method, path)
    untyped = method == :delete || (method == :post && path == "#{SCORECARD}/outcomes")
    { "Accept" => untyped ? "*/*" : "application/json" }
  end

  def wait_for_next_period(response)
    sleep(Integer(response["x-ratelimit-reset"]))
  end
end
