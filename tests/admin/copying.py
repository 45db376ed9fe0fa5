"""Copies of a store that a real server filled: from its directory into a database and back, killed
and gone on with; each copy is served, and answers as the first server did.
"""

import json
import subprocess

from support.client import Client
from support.postgres import Postgres
from support.server import Server

OUTCOMES = "/api/v2/scorecard/outcomes"
RULES = "/api/v2/scorecard/rules"
CAMPAIGNS = "/api/v2/scorecard/campaigns"
ENTITIES = "/api/v2/catalog/entity"
KINDS = "/api/v2/catalog/kind"
SCORES = "/api/v2/scorecard/scores"
LISTS = (RULES, "/api/v2/scorecard/scorecards", CAMPAIGNS, KINDS, "/api/v2/catalog/relation",
         ENTITIES + "?include=schema,relation,raw_schema")
AUDIT = "/api/v2/scorekeeper/audit"
AGGREGATIONS = ("by-entity", "by-rule", "by-scorecard", "by-team", "by-kind")
BATCHES = 6
BATCH_ROWS = 9_000  # several pages of a copy in a batch
KILL_SECONDS = 60.0


class Filled:
    """A server of two organisations with something of everything, which has stopped."""

    def __init__(self, binary):
        self.server = Server(binary)
        self.promises = []
        self.orgs = []
        self.auditors = []
        self.answers = {}
        try:
            self._make()
        except BaseException:
            self.server.close()
            raise

    def _make(self):
        self.server.start()
        self.orgs.append(self.server.initial_keys())
        self.server.create_org("other")
        self.orgs.append(self.server.create_keys("other", org="other"))
        self.auditors = [self.server.create_keys("auditor", org=org, scopes="scorekeeper_admin")
                         for org in ("default", "other")]
        self.server.wait_for_keys(self.orgs[1])
        self.server.create_token("reader", scopes="apm_service_catalog_read")
        for keys in self.orgs:
            with self.server.client(keys) as client:
                self._fill(client)
        self.answers = tell(self.server, self)
        self.server.stop()

    def _fill(self, client):
        rules = [client.create_rule(f"rule {i}", "Copies") for i in range(4)]
        for name in ("one", "two", "three"):
            expect(client, 202, "POST", ENTITIES, {
                "apiVersion": "v3", "kind": "service",
                "metadata": {"name": name, "owner": "team “a”", "tags": ["env:prod"]},
                "spec": {"dependsOn": ["service:x", "service:y"], "tier": "1"}})
        for kind in ("robot", "rocket"):
            expect(client, 202, "POST", KINDS, {"kind": kind, "displayName": kind.title()})
        expect(client, 201, "POST", CAMPAIGNS, {"data": {"type": "campaign", "attributes": {
            "key": "q1", "name": "Q1", "owner_id": "550e8400-e29b-41d4-a716-446655440000",
            "rule_ids": rules[:2], "start_date": "2024-01-01T00:00:00Z"}}})
        for batch in range(BATCHES):
            self.push(client, rules[:3], batch)
        expect(client, 204, "DELETE", f"{RULES}/{rules[3]}")
        expect(client, 204, "DELETE", f"{KINDS}/rocket")
        expect(client, 204, "DELETE", f"{ENTITIES}/service:two")
        for _ in range(2):  # the second one changes nothing but the last reports
            self.push(client, rules[:1], 0, rows=10)

    def push(self, client, rules, batch, rows=BATCH_ROWS):
        states = ("pass", "fail", "skip")
        answer = client.push([{"rule_id": rules[i % len(rules)], "remarks": f"“{batch}” {i}",
                               "entity_reference": f"service:e{i // len(rules)}",
                               "state": states[(i + batch) % 3]} for i in range(rows)])
        assert answer.status == 202, answer
        self.promises.append((client.keys, answer.json["data"]["id"]))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.close()


def expect(client, status, method, target, document=None):
    answer = client.call(method, target, document)
    assert answer.status == status, (method, target, answer)


def tell(server, filled):
    """{question: answer} of a running server."""
    answers = {}
    for number, keys in enumerate(filled.orgs):
        with Client(server.address, keys, timeout=60.0) as client:
            for target in (OUTCOMES, *LISTS, *(f"{SCORES}/{name}" for name in AGGREGATIONS)):
                answers[number, target] = client.list_all(target)
                assert answers[number, target], target
        with Client(server.address, filled.auditors[number]) as client:
            answers[number, AUDIT] = client.list_all(AUDIT)
    for keys, request in filled.promises:
        with Client(server.address, keys) as client:
            answer = client.call("GET", f"/api/v2/scorecard/async-requests/{request}")
            assert answer.status == 200, (request, answer)
            # The only thing told that may be another: an embedded store counts the rows
            # of all organisations together.
            told = answer.json["data"]
            assert told["attributes"].pop("ledger_position") > 0, told
            answers[request, None] = told
    return answers


def compare(server, filled):
    answers = tell(server, filled)
    for question, expected in filled.answers.items():
        assert answers[question] == expected, (question, str(expected)[:2000],
                                               str(answers[question])[:2000])


def command_of(binary, source, target):
    return [str(binary), "copy", "--from", str(source), "--to", str(target)]


def copy(binary, source, target):
    """The report."""
    done = subprocess.run([*command_of(binary, source, target), "--format", "json"], text=True,
                          capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done
    return json.loads(done.stdout), done.stderr


def kill_when(binary, source, target, line):
    """kill -9 of a copy at its first line on stderr that starts so."""
    with subprocess.Popen(command_of(binary, source, target), text=True, stderr=subprocess.PIPE,
                          stdout=subprocess.DEVNULL) as process:
        for said in process.stderr:
            if said.startswith(line):
                break
        process.kill()
        assert process.wait(KILL_SECONDS) == -9, "it ended before it was killed"


def crash_database(binary, postgres, source, target, line):
    """kill -9 of PostgreSQL at that line: the copy ends with an error, and the database comes
    back."""
    with subprocess.Popen(command_of(binary, source, target), text=True, stderr=subprocess.PIPE,
                          stdout=subprocess.DEVNULL) as process:
        for said in process.stderr:
            if said.startswith(line):
                break
        postgres.kill()
        said = process.stderr.read()
        assert process.wait(KILL_SECONDS) == 1 and "PostgreSQL" in said, said
    postgres.start()


def refused(binary, text, *arguments):
    done = subprocess.run([str(binary), *arguments], text=True, capture_output=True, timeout=60,
                          check=False)
    assert done.returncode == 1 and text in done.stderr, (arguments, done)


def kill_and_go_on(binary, source, target):
    """A copy that was broken off is killed when it goes on and when it verifies; the report of the
    last one."""
    kill_when(binary, source, target, "resumes in table")
    for command in (["key", "list"], ["migrate"], ["serve", "--listen", "127.0.0.1:0"]):
        refused(binary, "a copy that is not finished", *command, "--store", str(target))
    kill_when(binary, source, target, "verified entity")
    report, said = copy(binary, source, target)
    assert "resumes in table" in said, said
    return report


def there_and_back(binary):
    with Filled(binary) as filled, Postgres() as postgres:
        postgres.start()
        server = filled.server
        address = postgres.create_database()
        crash_database(binary, postgres, server.store, address, "copied request")
        report = kill_and_go_on(binary, server.store, address)
        rows = {name: table["rows"] for name, table in report["tables"].items()}
        assert rows["log"] > BATCHES and all(rows.values()), rows
        refused(binary, "it has a store", *command_of(binary, server.store, address)[1:])
        with Server(binary, store=address) as shared:
            shared.start()
            compare(shared, filled)
            # Goes on from there: behind all that was copied.
            with shared.client(filled.orgs[1]) as client:
                rule = client.list_all(RULES)[0]["id"]
                filled.push(client, [rule], 1, rows=20)
            filled.answers = tell(shared, filled)
            shared.stop()
        back = server.folder / "back"
        crash_database(binary, postgres, address, back, "copied request")
        kill_and_go_on(binary, address, back)
        with Server(binary, store=back) as last:
            done = last.run("verify", "--store", str(back))
            assert "nothing is wrong" in done.stdout, done
            last.start()
            compare(last, filled)
            last.stop()
        return f"{rows['log']} records of the log"


def passwords_stay_secret(binary):
    """In no line of a copy, whatever fails."""
    with Server(binary) as server, Postgres(password=True) as postgres:
        postgres.start()
        server.start()
        server.stop()
        store, back = str(server.store), str(server.folder / "back")
        address = postgres.create_database()
        file = server.folder / "address"
        file.write_text(address + "\n")
        elsewhere = address.replace(f":{postgres.port}/", ":1/")
        for arguments, code in ((["--from", store, "--to-file", str(file)], 0),
                                (["--from", store, "--to", address], 1),
                                (["--from-file", str(file), "--to", back], 0),
                                (["--from", elsewhere, "--to", back], 1),
                                (["--from", address + "?x=y", "--to", back], 2),
                                (["--from", address, "--to", address], 2)):
            done = server.run("copy", *arguments, check=False)
            assert done.returncode == code, (arguments, done)
            assert postgres.password not in done.stdout + done.stderr, done
            assert ("verified" in done.stdout) == (code == 0), done
