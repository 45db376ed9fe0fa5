# What a Ruby program does when its rate is spent: without and with waiting as the client does.
#
# Environment: SCOREKEEPER_ADDRESS (HOST:PORT), DD_API_KEY, DD_APP_KEY, RATE_LIMIT_REQUESTS. Prints
# one line for each check, in the form that tests/conformance/run reads.
# frozen_string_literal: true

require_relative "support"

CALLS_MAX = 2 * Integer(ENV.fetch("RATE_LIMIT_REQUESTS")) + 2
ATTEMPTS_MAX = 3
RETRYING = Api.new(retries: 3)

# Calls without retry until it is refused; the exception.
def spend_rate
  CALLS_MAX.times do
    API.call(:get, "#{SCORECARD}/rules")
  rescue Refused => e
    raise unless e.status == 429

    return e
  end
  raise "#{CALLS_MAX} calls were not refused"
end

# The call ends only when the period that the refusal before it named is over. A period that ends
# within a second says nothing: the call then begins another one.
def expect_waited_out
  told = ""
  ATTEMPTS_MAX.times do
    reset = Integer(spend_rate.headers["x-ratelimit-reset"])
    began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    yield
    took = Process.clock_gettime(Process::CLOCK_MONOTONIC) - began
    return if reset >= 2 && took >= reset - 1

    told = "took #{took.round(1)} s where #{reset} s were to be waited"
  end
  raise told
end

check("ListScorecardRules", "without retry a 429 is an error that carries the body") do
  expect_equal(spend_rate.document, { "errors" => ["Too many requests"] }, "body")
end

check("UpdateScorecardOutcomes", "with retry on a 429 is waited out, then accepted") do
  rule = create_rule("Retried", by: RETRYING)["id"]
  expect_waited_out { push([outcome(rule, "service:retried")], by: RETRYING) }
end

check("ListScorecardRules", "with retry on a list is waited out too") do
  expect_waited_out do
    listed = RETRYING.call(:get, "#{SCORECARD}/rules")["data"]
    expect(listed.any? { |rule| rule["attributes"]["name"] == "Retried" }, "the rule is listed")
  end
end

run_checks
