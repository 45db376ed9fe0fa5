# The wire requests of the API's Ruby client against a server of ours.
#
# Environment: SCOREKEEPER_ADDRESS (HOST:PORT), DD_API_KEY, DD_APP_KEY, READ_ONLY_APP_KEY. Prints
# one line for each check, in the form that tests/conformance/run reads.
# frozen_string_literal: true

require_relative "support"
# They register their checks, in this order.
require_relative "outcomes"
require_relative "rules"
require_relative "scores"
require_relative "campaigns"
require_relative "catalog"
require_relative "definitions"

run_checks
