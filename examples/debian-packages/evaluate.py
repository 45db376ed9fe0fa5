#!/usr/bin/env python3
"""Scores the Debian packages installed on this machine. Python's standard library only.

Finds or makes the rules on a Scorekeeper server, evaluates them for each package from dpkg's
metadata and files, pushes the outcomes in batches, and prints the pass rate of each rule from what
the server answers. Running it again changes nothing on the server unless the packages did.
"""

import argparse
import http.client
import json
import os
import sys
import time
import urllib.parse
from pathlib import Path

import packages
import rules

PAGE_SIZE = 100
TRIES = 4


class Refused(Exception):
    """The server answered with an error."""


def wait_as_told(headers):
    """Until the next period of the rate limit that the server names; a second without one."""
    time.sleep(int(headers.get("x-ratelimit-reset", "1")))


class Api:
    """One keep-alive connection to the server."""

    def __init__(self, url, api_key, application_key):
        parts = urllib.parse.urlsplit(url)
        kind = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        self.connection = kind[parts.scheme](parts.netloc, timeout=60)
        self.headers = {"DD-API-KEY": api_key, "DD-APPLICATION-KEY": application_key,
                        "Content-Type": "application/json", "Accept": "application/json"}

    def call(self, method, path, query=None, document=None):
        """(headers, document) of the answer. Waits as told when the server is busy."""
        target = path + ("?" + urllib.parse.urlencode(query) if query else "")
        body = None if document is None else json.dumps(document)
        for last in [False] * (TRIES - 1) + [True]:
            self.connection.request(method, target, body, self.headers)
            answer = self.connection.getresponse()
            text = answer.read().decode("utf-8")
            if answer.status < 300:
                return answer.headers, json.loads(text) if text else None
            if last or answer.status not in (429, 503):
                raise Refused(f"{method} {target}: {answer.status} {text}")
            wait_as_told(answer.headers)

    def pages(self, path, query):
        """Every item of a list. A page shorter than asked for is the last one."""
        offset = 0
        while True:
            page = {**query, "page[size]": PAGE_SIZE, "page[offset]": offset}
            items = self.call("GET", path, page)[1]["data"]
            yield from items
            if len(items) < PAGE_SIZE:
                return
            offset += PAGE_SIZE


def find_or_create_rule(api, rule):
    """The id of the rule of that name in that scorecard."""
    for item in api.pages("/api/v2/scorecard/rules", {"filter[rule][name]": rule.name}):
        if item["attributes"]["scorecard_name"] == rule.scorecard:
            return item["id"]
    attributes = {"name": rule.name, "scorecard_name": rule.scorecard, "level": rule.level,
                  "description": rule.description, "enabled": True, "owner": "debian-packages"}
    answer = api.call("POST", "/api/v2/scorecard/rules", None,
                      {"data": {"type": "rule", "attributes": attributes}})
    return answer[1]["data"]["id"]


def evaluate(installed, rule_ids):
    """The results of every rule for every package."""
    files = packages.Files()
    results = []
    for package in installed:
        for rule in rules.RULES:
            state, sentence = rule.evaluate(package, files)
            results.append({"rule_id": rule_ids[rule.name],
                            "entity_reference": f"service:{package.name}", "state": state,
                            "remarks": rules.remarks(sentence, package)})
    return results


def push(api, results, batch_size):
    """Sends the results in batches; the number of outcomes that changed, as the server tells it."""
    changed = 0
    for i in range(0, len(results), batch_size):
        batch = results[i:i + batch_size]
        headers, accepted = api.call(
            "POST", "/api/v2/scorecard/outcomes", None,
            {"data": {"type": "batched-outcome", "attributes": {"results": batch}}})
        if accepted["meta"]["total_received"] != len(batch):
            raise Refused(f"{len(batch)} results sent, the server received {accepted['meta']}")
        request = api.call("GET", urllib.parse.urlsplit(headers["location"]).path)[1]
        changed += request["data"]["attributes"]["total_changed"]
    return changed


def print_pass_rates(api, rule_ids):
    """A table from the outcomes that the server has for our rules."""
    print(f"\n{'scorecard':<22} {'rule':<30} {'level':>5} {'pass':>5} {'fail':>5} {'skip':>5} "
          f"{'pass rate':>9}")
    for rule in rules.RULES:
        counts = {state: 0 for state in (rules.PASS, rules.FAIL, rules.SKIP)}
        for item in api.pages("/api/v2/scorecard/outcomes",
                              {"filter[rule][id]": rule_ids[rule.name]}):
            counts[item["attributes"]["state"]] += 1
        judged = counts[rules.PASS] + counts[rules.FAIL]
        rate = f"{100 * counts[rules.PASS] / judged:.1f} %" if judged else "-"
        print(f"{rule.scorecard:<22} {rule.name:<30} {rule.level:>5} {counts[rules.PASS]:>5} "
              f"{counts[rules.FAIL]:>5} {counts[rules.SKIP]:>5} {rate:>9}")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default=os.environ.get("SCOREKEEPER_URL", "http://127.0.0.1:8080"),
                        help="of the server [http://127.0.0.1:8080] (SCOREKEEPER_URL)")
    parser.add_argument("--keys", help="JSON file with api_key and application_key, such as the "
                        "store's initial-keys.json; without it DD_API_KEY and DD_APP_KEY are used")
    parser.add_argument("--limit", type=int, default=200, help="packages at most [200]")
    parser.add_argument("--batch-size", type=int, default=500, help="results in a request [500]")
    arguments = parser.parse_args()
    if arguments.limit < 1 or arguments.batch_size < 1:
        parser.error("--limit and --batch-size must be at least 1")
    if arguments.keys:
        keys = json.loads(Path(arguments.keys).read_text())
        arguments.api_key, arguments.application_key = keys["api_key"], keys["application_key"]
    else:
        arguments.api_key = os.environ.get("DD_API_KEY", "")
        arguments.application_key = os.environ.get("DD_APP_KEY", "")
        if not arguments.api_key or not arguments.application_key:
            parser.error("no keys: name a file with --keys, or set DD_API_KEY and DD_APP_KEY")
    return arguments


def main():
    arguments = parse_arguments()
    api = Api(arguments.url, arguments.api_key, arguments.application_key)
    installed = packages.installed_packages()
    chosen = packages.spread(installed, arguments.limit)
    try:
        rule_ids = {rule.name: find_or_create_rule(api, rule) for rule in rules.RULES}
        print(f"{len(chosen)} of {len(installed)} installed packages, {len(rules.RULES)} rules")
        results = evaluate(chosen, rule_ids)
        changed = push(api, results, arguments.batch_size)
        print(f"{len(results)} outcomes reported, {changed} changed (total_changed {changed})")
        print_pass_rates(api, rule_ids)
    except (Refused, OSError, http.client.HTTPException) as error:
        print(f"evaluate.py: {arguments.url}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
