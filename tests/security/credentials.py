"""Requests with credentials, good and bad, to every route of /openapi.json."""

import json

from support.client import Connection, wait_until

FORBIDDEN = b'{"errors":[{"status":"403","title":"Forbidden"}]}'
VALIDATE = "/api/v1/validate"
METHODS = ("get", "put", "post", "delete", "patch")
SCORECARDS = "/api/v2/scorecard/scorecards"


def keys(api_key, application_key):
    return [("DD-API-KEY", api_key), ("DD-APPLICATION-KEY", application_key)]


def bearer(token):
    return [("Authorization", f"Bearer {token}")]


def in_key_header(token):
    return [("DD-APPLICATION-KEY", token)]


class Route:
    """An operation of the document: what to send, and what it asks for."""

    def __init__(self, method, path, operation):
        self.method = method
        # Each parameter is replaced by "x".
        self.target = "/".join("x" if part.startswith("{") else part for part in path.split("/"))
        self.is_open = operation["security"] == []
        self.scopes = {scope for each in operation["security"]
                       for scopes in each.values() for scope in scopes}

    def __str__(self):
        return f"{self.method} {self.target}"


def send(address, method, target, headers, body=b""):
    with Connection(address) as connection:
        return connection.request(method, target, headers, body)


class Prober:
    """Sends requests to a server and keeps what it answered, for the search for secrets."""

    def __init__(self, address):
        self.address = address
        self.answers = []
        self.checks = 0
        document = self.send("GET", "/openapi.json", []).json
        self.routes = [Route(method.upper(), path, operation)
                       for path, operations in document["paths"].items()
                       for method, operation in operations.items()
                       if method in METHODS]
        self.guarded = [route for route in self.routes if not route.is_open]
        assert len(self.guarded) >= 25, self.guarded

    def send(self, method, target, headers, body=b""):
        answer = send(self.address, method, target, headers, body)
        self.answers.append(answer)
        return answer

    def ask(self, route, headers):
        body = b"{" if route.method in ("POST", "PUT") else b""
        return self.send(route.method, route.target, headers, body)

    def status(self, headers):
        """The status of a harmless request."""
        return self.send("GET", SCORECARDS, headers).status

    # --- what must hold on every route

    def refused(self, what, headers, routes=None):
        """The recorded 403, which is the same whatever is wrong."""
        for route in self.guarded if routes is None else routes:
            answer = self.ask(route, headers)
            self.checks += 1
            assert answer.status == 403, f"{what}: {route}: {answer}"
            if route.target == VALIDATE:
                assert answer.json in ({"errors": ["Forbidden"]},
                                       {"errors": ["API key required"]}), f"{route}: {answer}"
                assert answer.header("content-type") == "application/json", f"{route}: {answer}"
            else:
                assert answer.body == FORBIDDEN, f"{what}: {route}: {answer}"
                assert answer.header("content-type") == "application/vnd.api+json", f"{route}"
            # Strangers learn nothing about the limits of those who are known.
            assert answer.header("x-ratelimit-limit") is None or routes is not None, f"{route}"

    def let_in(self, what, headers, routes=None):
        for route in self.guarded if routes is None else routes:
            answer = self.ask(route, headers)
            self.checks += 1
            assert answer.status not in (401, 403) and answer.status < 500, (
                f"{what}: {route}: {answer}")
            assert answer.header("x-ratelimit-limit"), f"{route}: {answer}"

    def scoped(self, what, headers, scopes):
        """In where all that is asked for is among `scopes`, else told what is missing."""
        scopes = set(scopes)
        if "apm_service_catalog_write" in scopes:
            scopes.add("scorekeeper_outcomes_write")
        routes = [route for route in self.guarded if route.target != VALIDATE]
        self.let_in(what, headers, [route for route in routes if route.scopes <= scopes])
        for route in routes:
            if not route.scopes <= scopes:
                self.lacks(what, headers, route, route.scopes - scopes)

    def lacks(self, what, headers, route, missing):
        """403 that names each scope that is missing, and no other."""
        answer = self.ask(route, headers)
        self.checks += 1
        assert answer.status == 403, f"{what}: {route}: {answer}"
        assert answer.header("content-type") == "application/vnd.api+json", f"{route}: {answer}"
        (error,) = answer.json["errors"]
        words = set(error["detail"].replace(",", "").split())
        assert (error["status"], error["title"]) == ("403", "Forbidden"), f"{route}: {answer}"
        assert words >= missing, f"{what}: {route}: {answer}"
        assert not {word for word in words if "_" in word} - missing, f"{what}: {route}: {answer}"
        assert answer.header("x-ratelimit-limit"), f"{route}: {answer}"

    def wait_until_refused(self, headers, what):
        wait_until(lambda: self.status(headers) == 403, 5.0, what)

    def wait_until_let_in(self, headers, what):
        wait_until(lambda: self.status(headers) == 200, 5.0, what)


def post_json(url, path, value):
    """The issuer's answer."""
    host, _, port = url.removeprefix("http://").partition(":")
    answer = send((host, int(port)), "POST", path, [], json.dumps(value).encode())
    assert answer.status == 200, answer
    return answer.json


def get_json(url, path):
    host, _, port = url.removeprefix("http://").partition(":")
    answer = send((host, int(port)), "GET", path, [])
    assert answer.status == 200, answer
    return answer.json
