"""Functions that the hostile_*.py files share: a client that reports what is wrong with an answer,
and an organisation that has one of everything."""

import json
import time

from support.client import Closed

ANSWER_SECONDS = 10.0
REPORTED = 30  # problems in one message
SCOPES = ("apm_service_catalog_read,apm_service_catalog_write,cases_read,cases_write,"
          "scorekeeper_admin")
OWNER = "550e8400-e29b-41d4-a716-446655440000"
# Lists of everything that an organisation has.
LISTS = ("/api/v2/scorecard/rules", "/api/v2/scorecard/scorecards", "/api/v2/scorecard/outcomes",
         "/api/v2/scorecard/campaigns", "/api/v2/catalog/entity?includeDiscovered=true",
         "/api/v2/catalog/kind", "/api/v2/catalog/relation", "/api/v2/services/definitions")


class Hostile:
    """Asks, and collects what is wrong. `org` is made, with keys of its own."""

    def __init__(self, server, org):
        server.create_org(org)
        keys = server.create_keys(org, org=org, scopes=SCOPES)
        server.wait_for_keys(keys)
        self.client = server.client(keys, timeout=ANSWER_SECONDS)
        self.document = self.client.call("GET", "/openapi.json").json
        self.wrong = []
        self.count = 0

    def fill(self):
        """One of everything; {name of a path parameter: a good value}."""
        rule = self.client.create_rule("Rule", description="A description", owner="owner",
                                       scope_query="kind:service")
        assert self.client.push([{"rule_id": rule, "entity_reference": "service:filled",
                                  "state": "pass", "remarks": "Why"}]).status == 202
        entity = {"apiVersion": "v3", "kind": "service",
                  "metadata": {"name": "filled", "owner": "owner", "tags": ["env:prod"]},
                  "spec": {"dependsOn": ["service:other"]}}
        campaign = {"key": "campaign", "name": "Campaign", "owner_id": OWNER, "rule_ids": [rule],
                    "start_date": "2026-01-01T00:00:00Z"}
        for path, body, status in (
                ("/api/v2/catalog/entity", entity, 202),
                ("/api/v2/catalog/kind", {"kind": "filled"}, 202),
                ("/api/v2/scorecard/campaigns",
                 {"data": {"type": "campaign", "attributes": campaign}}, 201)):
            answer = self.client.call("POST", path, body)
            assert answer.status == status, f"{path}: {answer}"
        [scorecard] = self.client.call("GET", "/api/v2/scorecard/scorecards").json["data"]
        return {"rule_id": rule, "scorecard_id": scorecard["id"], "campaign_id": "campaign",
                "kind_id": "filled",
                "aggregation": "by-entity", "service_name": "filled",
                "entity_id": "service:filled"}

    def ask(self, what, method, target, body=b"", headers=()):
        """The answer, None when there is none; a 5xx and a slow answer are wrong whatever was
        asked."""
        self.count += 1
        began = time.monotonic()
        try:
            answer = self.client.call_with_bytes(method, target, body, headers)
        except (OSError, Closed) as error:
            self.client.close()
            self.fail(what, f"no answer: {error}")
            return None
        if answer.status >= 500:
            self.fail(what, answer)
        if time.monotonic() - began > ANSWER_SECONDS / 2:
            self.fail(what, f"answered after {time.monotonic() - began:.1f} s")
        return answer

    def expect_refused(self, what, answer, parameter=None):
        """A 4xx with an error document, which names the parameter."""
        if answer is None or answer.status >= 500:
            return
        if not 400 <= answer.status < 500:
            self.fail(what, answer)
            return
        try:
            errors = json.loads(answer.body)["errors"]
            assert errors and all(isinstance(error, (dict, str)) for error in errors)
        except (ValueError, KeyError, TypeError, AssertionError):
            self.fail(what, f"no error document: {answer}")
            return
        if parameter and errors[0].get("source") != {"parameter": parameter}:
            self.fail(what, f"does not name the parameter: {answer}")

    def snapshot(self):
        """The things that the organisation has, to see that nothing came or went."""
        return {path: self.client.call("GET", path).body for path in LISTS}

    def fail(self, what, why):
        self.wrong.append(f"{what}: {why}")

    def finish(self, least):
        """Fails with what was wrong, or when fewer than `least` cases were asked."""
        self.client.close()
        print(f"  {self.count} cases")
        shown = "\n".join(self.wrong[:REPORTED])
        assert not self.wrong, f"{len(self.wrong)} of {self.count}:\n{shown}"
        assert self.count >= least, f"{self.count} cases only"
