"""The official Python client against a server of ours, pointed at it by server variables.

Environment: SCOREKEEPER_ADDRESS (HOST:PORT), DD_API_KEY, DD_APP_KEY, READ_ONLY_APP_KEY. Prints one
line for each check, in the form that tests/conformance/run reads.
"""

# Importing them registers their checks, in this order.
import outcomes  # noqa: F401
import rules  # noqa: F401
import scores  # noqa: F401
import campaigns  # noqa: F401
import catalog  # noqa: F401
import definitions  # noqa: F401
import forms  # noqa: F401
import paging  # noqa: F401
import typed_forms  # noqa: F401
from support import run_checks

run_checks()
