"""Functions that the tests of cases share. cases/ holds one input for each: files and requests as
people really send them, with invented names."""

import base64
import json
import subprocess
from pathlib import Path

from support.client import Connection

INPUTS = Path(__file__).resolve().parent / "cases"
ENTITIES = "/api/v2/catalog/entity"
KINDS = "/api/v2/catalog/kind"
DEFINITIONS = "/api/v2/services/definitions"
RAW_DEFINITIONS = "/api/v2/services/raw_definitions"
OUTCOMES = "/api/v2/scorecard/outcomes"
BATCH = "/api/v2/scorecard/outcomes/batch"
RULES = "/api/v2/scorecard/rules"


def path_of(number):
    """The input of the case."""
    [path] = INPUTS.glob(f"{number}-*")
    return path


class Org:
    """An organisation of the test's own."""

    def __init__(self, server, name):
        self.server = server
        server.create_org(name)
        self.keys = server.create_keys(name, name)
        server.wait_for_keys(self.keys)

    def send(self, method, target, body=b"", content_type="application/json"):
        """The answer."""
        headers = [*self.keys.headers()]
        if body:
            headers.append(("Content-Type", content_type))
        with Connection(self.server.address) as connection:
            return connection.request(method, target, headers, body)

    def get(self, target, status=200):
        """The document."""
        answer = self.send("GET", target)
        assert answer.status == status, f"GET {target}: {answer}"
        return answer.json

    def post(self, target, number, status=200, replace=(), content_type="application/json"):
        """The document that answers the input of the case."""
        body = path_of(number).read_bytes()
        for old, new in replace:
            body = body.replace(old.encode(), new.encode())
        answer = self.send("POST", target, body, content_type)
        assert answer.status == status, f"POST of case {number}: {answer}"
        return answer.json

    def create_rule(self, name, **attributes):
        """Its id."""
        attributes = {"name": name, "scorecard_name": "Cases", **attributes}
        answer = self.send("POST", RULES, json.dumps({"data": {"attributes": attributes}}).encode())
        assert answer.status == 201, answer
        return answer.json["data"]["id"]

    def names(self):
        """kind:namespace/name of each entity that is defined."""
        entities = self.get(ENTITIES + "?page[limit]=1000")["data"]
        return sorted("{kind}:{namespace}/{name}".format(**e["attributes"]) for e in entities)

    def schemas(self, query=""):
        """The schemas that include=schema shows, by name, without the members that the server
        adds."""
        answer = self.get(f"{ENTITIES}?page[limit]=1000&include=schema{query}")
        schemas = {}
        for item in answer.get("included", []):
            schema = item["attributes"]["schema"]
            del schema["metadata"]["managed"]
            schemas[schema["metadata"]["name"]] = schema
        return schemas

    def definition(self, name, version=""):
        """A service definition as it is answered, in that version."""
        query = f"?schema_version={version}" if version else ""
        return self.get(f"{DEFINITIONS}/{name}{query}")["data"]["attributes"]["schema"]

    def raw_schema(self, reference):
        """The text that was sent."""
        answer = self.get(f"{ENTITIES}?include=raw_schema&filter[ref]={reference}")
        [item] = answer["included"]
        return base64.b64decode(item["attributes"]["rawSchema"]).decode()

    def environment(self):
        """For commands that call the server."""
        return {**self.server.environment, "DD_API_KEY": self.keys.api_key,
                "DD_APP_KEY": self.keys.application_key, "no_proxy": "127.0.0.1",
                "SCOREKEEPER_URL": "http://{}:{}".format(*self.server.address)}

    def run_import(self, number, *arguments):
        """The exit code and the report of an import of the input of the case."""
        done = subprocess.run([self.server.binary, "import", "backstage", "--format", "json",
                               *arguments, str(path_of(number))], env=self.environment(),
                              capture_output=True, timeout=60, check=False)
        assert done.stdout, done.stderr.decode()
        return done.returncode, json.loads(done.stdout)


def error_of(document):
    """The first error of a document: its detail and where it is."""
    error = document["errors"][0]
    return error["detail"], error.get("source", {}).get("pointer")


def statuses(report):
    """How each document of an import ended."""
    return [document["status"] for document in report["documents"]]


def imports(server, number, status="imported"):
    """Imports the input of a case that holds one document; what is reported about it."""
    org = Org(server, f"case-{number}")
    code, report = org.run_import(number)
    [document] = report["documents"]
    assert document["status"] == status, document
    assert code == (1 if status == "failed" else 0), code
    return org, document
