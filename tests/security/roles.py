"""Roles: what the key of the README may do, what each role may do, and roles in the tokens of an
issuer. Each function is a part of the test, with a server of its own."""

import json
import re
from pathlib import Path

from credentials import Prober, bearer, keys
from support.client import Keys, wait_until
from support.server import Server

ROOT = Path(__file__).resolve().parents[2]
RULES = "/api/v2/scorecard/rules"
OUTCOMES = "/api/v2/scorecard/outcomes"
READ = {"apm_service_catalog_read", "cases_read"}
WRITE = {"apm_service_catalog_write", "cases_write", "scorekeeper_outcomes_write"}
ROLES = {"viewer": READ,
         "reporter": READ | {"scorekeeper_outcomes_write"},
         "editor": READ | WRITE,
         "approver": READ | {"scorekeeper_exemptions_approve"},
         "admin": READ | WRITE | {"scorekeeper_exemptions_approve", "scorekeeper_admin"}}


def key_of_the_readme(binary):
    """The command that the README gives for a pipeline, run as it stands there: the key reads the
    rules, reports, reads what became of its request, and changes nothing else."""
    (command,) = re.findall(r"^ +\S+/scorekeeper (key create .*)$",
                            (ROOT / "README.md").read_text(), re.M)
    words = command.split()
    assert "--role reporter" in command, command
    with Server(binary) as server:
        server.start()
        words[words.index("--store") + 1] = str(server.store)
        keys_of_pipeline = Keys(json.loads(server.run(*words, "--format", "json").stdout))
        server.wait_for_keys(keys_of_pipeline)
        with server.client() as owner, server.client(keys_of_pipeline) as pipeline:
            rule = owner.create_rule("of the pipeline")
            found = pipeline.call("GET", f"{RULES}?filter%5Brule%5D%5Bname%5D=of+the+pipeline").json
            assert [each["id"] for each in found["data"]] == [rule], found
            accepted = pipeline.push([{"rule_id": rule, "entity_reference": "service:shop",
                                       "state": "pass"}])
            assert accepted.status == 202, accepted
            done = pipeline.call("GET", accepted.header("location"))
            assert done.json["data"]["attributes"]["total_changed"] == 1, done
            for method, path, scope in (
                    ("DELETE", f"{RULES}/{rule}", "apm_service_catalog_write"),
                    ("PUT", f"{RULES}/{rule}", "apm_service_catalog_write"),
                    ("POST", RULES, "apm_service_catalog_write"),
                    ("DELETE", "/api/v2/catalog/entity/service:shop", "apm_service_catalog_write"),
                    ("POST", "/api/v2/scorecard/campaigns",
                     "apm_service_catalog_write, cases_write"),
                    ("GET", "/api/v2/scorekeeper/audit", "scorekeeper_admin")):
                refused = pipeline.call(method, path)
                assert refused.status == 403, (method, path, refused)
                detail = refused.json["errors"][0]["detail"]
                assert detail.endswith(f" {scope}"), (method, path, detail)
            assert owner.call("GET", RULES).json["data"], "the rule is gone"
        server.stop()
        lines = [line for line in server.log_lines() if line.get("event") == "refused"]
        told = [line for line in lines if line.get("scope") == "scorekeeper_admin"]
        assert told and told[0]["reason"] == "scope", lines
        assert str(told[0]["key"]) == keys_of_pipeline.application_key_id, told
        text = server.log.read_text()
        assert keys_of_pipeline.application_key not in text
        assert keys_of_pipeline.api_key not in text


def own_requests(binary):
    """A key that may only report reads the results of its own requests, and learns nothing of
    others."""
    with Server(binary) as server:
        server.start()
        pairs = [server.create_keys(name, scopes="scorekeeper_outcomes_write")
                 for name in ("one", "other")]
        with server.client() as owner:
            rule = owner.create_rule("R")
            results = [{"rule_id": rule, "entity_reference": "service:a", "state": "pass"}]
            for pair in pairs:
                with server.client(pair) as client:
                    wait_until(lambda c=client: c.push(results).status == 202, 5.0, "a new key")
            with server.client(pairs[0]) as one, server.client(pairs[1]) as other:
                location = one.push(results).header("location")
                assert one.call("GET", location).status == 200
                assert owner.call("GET", location).status == 200
                refused = other.call("GET", location)
                unknown = other.call("GET", location[:-1] + "x")
                assert refused.status == unknown.status == 403, (refused, unknown)
                assert refused.body == unknown.body, "it tells which requests there are"
                assert "apm_service_catalog_read" in refused.text, refused
        server.stop()


def roles_of_keys_and_tokens(binary):
    """On every route each role is let in where its scopes reach, else told which is missing."""
    with Server(binary) as server:
        server.start()
        probe = Prober(server.address)
        for role, scopes in ROLES.items():
            made = server.create_keys(role, role=role)
            token = server.create_token(role, more=("--role", role))["token"]
            for headers in (keys(made.api_key, made.application_key), bearer(token)):
                probe.wait_until_let_in(headers, f"a new {role}")
                probe.scoped(role, headers, scopes)
        server.stop()


def roles_of_an_issuer(binary, issuer, audience):
    """The roles of a token bound what it may do; scopes that it names narrow them; whoever made a
    request is told from others by the subject."""
    arguments = ["--oidc-issuer", issuer.url, "--oidc-audience", audience, "--oidc-role-claim",
                 "/realm_access/roles", "--oidc-role-map", "ci=reporter,leads=editor"]
    with Server(binary, arguments) as server:
        server.start()
        probe = Prober(server.address)

        def token(roles, scope="openid", sub="ann@example.test"):
            return bearer(issuer.sign(realm_access={"roles": roles}, scope=scope, sub=sub))

        probe.wait_until_let_in(token(["ci"]), "a token with a role")
        probe.scoped("ci", token(["ci", "unknown"]), ROLES["reporter"])
        probe.scoped("leads", token(["leads"]), ROLES["editor"])
        probe.scoped("narrowed", token(["leads"], "cases_read scorekeeper_admin"), ["cases_read"])
        probe.scoped("no role", token([], "apm_service_catalog_read"), [])
        probe.scoped("the name of a role", token(["admin"]), [])
        id_token = bearer(issuer.sign(realm_access={"roles": ["ci"]}, nonce="n"))
        probe.refused("an ID token", id_token, probe.guarded[::7])
        with server.client() as owner:
            rule = owner.create_rule("R")
        body = json.dumps({"data": {"attributes": {"results": [
            {"rule_id": rule, "entity_reference": "service:a", "state": "pass"}]}}}).encode()
        writes = "scorekeeper_outcomes_write"
        accepted = probe.send("POST", OUTCOMES, token(["ci"], writes), body)
        assert accepted.status == 202, accepted
        location = accepted.header("location")
        for sub, status in (("ann@example.test", 200), ("bob@example.test", 403)):
            answer = probe.send("GET", location, token(["ci"], writes, sub))
            assert answer.status == status, (sub, answer)
        server.stop()
