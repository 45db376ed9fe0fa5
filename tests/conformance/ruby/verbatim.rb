# Report outcomes of a rule: the documented example of the API for Ruby, with Ruby's own HTTP
# library in place of the client library.

require "json"
require "net/http"

CREATE_SCORECARD_RULE_DATA_ID = ENV["CREATE_SCORECARD_RULE_DATA_ID"]

body = {
  data: {
    attributes: {
      results: [
        {
          rule_id: CREATE_SCORECARD_RULE_DATA_ID,
          entity_reference: "service:my-service",
          remarks: 'See: <a href="https://app.datadoghq.com/services">Services</a>',
          state: "pass"
        }
      ]
    },
    type: "batched-outcome"
  }
}

response = Net::HTTP.post(
  URI("https://api.#{ENV["DD_SITE"]}/api/v2/scorecard/outcomes"),
  body.to_json,
  "Accept" => "application/json",
  "Content-Type" => "application/json",
  "DD-API-KEY" => ENV["DD_API_KEY"],
  "DD-APPLICATION-KEY" => ENV["DD_APP_KEY"]
)
p response.code
