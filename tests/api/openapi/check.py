"""Compares a recording of tests/api/run with the OpenAPI document in it; run by openapi/run."""

import json
import sys
import time
from pathlib import Path

import routes
from document import Document
from exchanges import REFUSALS, Exchanges

HERE = Path(__file__).resolve().parent
ROUTES = HERE.parents[2] / "src" / "api" / "routes.cpp"
UNEXERCISED = HERE / "unexercised.txt"
SHOWN = 40


def read_list(path):
    """The lines that are no comments."""
    lines = (line.strip() for line in path.read_text("utf-8").splitlines())
    return {line for line in lines if line and not line.startswith("#")}


def takes_input(operation):
    """Whether a request can be wrong by itself."""
    return bool(operation.parameters) or "requestBody" in operation.place


def promised(document):
    """The entries that some exchange must have shown, in the words of Exchanges.seen."""
    entries = {f"{operation} {status} {media_type}".rstrip()
               for operation in document.operations
               for status, media_type in operation.successes()}
    entries |= {f"{operation} {status}"
                for operation in document.operations if operation.path.startswith("/api/")
                for status in operation.place.at("responses").value
                if status in REFUSALS and (status != "400" or takes_input(operation))}
    schemes = document.root.at("components", "securitySchemes").value
    return entries | {f"security {scheme}" for scheme in schemes}


def coverage_problems(wanted, seen, listed):
    """The list may only shrink: what is shown, or not promised any more, must leave it."""
    for entry in sorted(wanted - seen - listed):
        yield f"no exchange shows: {entry}"
    for entry in sorted(listed & seen):
        yield f"{UNEXERCISED.name}: an exchange shows this now, take the line away: {entry}"
    for entry in sorted(listed - wanted):
        yield f"{UNEXERCISED.name}: not in the document: {entry}"


def read_recording(path):
    """The document's text and the exchanges."""
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    if not lines or "document" not in lines[0]:
        raise ValueError(f"{path} is no recording of tests/api/run")
    return lines[0]["document"], lines[1:]


def main(arguments):
    began = time.monotonic()
    text, recorded = read_recording(arguments[0])
    document = Document(text)
    rows = routes.read(ROUTES.read_text("utf-8"))
    listed = read_list(UNEXERCISED)
    found = [f"document: {problem}" for problem in document.problems()]
    found += routes.problems(rows, document, listed)
    exchanges = Exchanges(document, rows)
    for exchange in recorded:
        found += [f"{exchange['where']}: {problem}" for problem in exchanges.problems(exchange)]
    found += coverage_problems(promised(document), exchanges.seen, listed)
    for problem in found[:SHOWN]:
        print(f"FAILED {problem}")
    for entry in sorted(listed):
        print(f"not exercised: {entry}")
    print(f"{len(document.operations)} operations, {len(rows)} routes, {exchanges.count} exchanges,"
          f" {len(listed)} not exercised; {time.monotonic() - began:.1f} s")
    print(f"{len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
