"""The load generator with --orgs: whose requests it sends, whom it asks about them. Run by ctest.

    bench/load_test.py LOAD
"""

import json
import subprocess
import sys
import tempfile
import threading
import unittest
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ORGS = 20
ENTITIES = 50


def keys(number):
    return f"api-{number}", f"application-{number}"


class Answers(BaseHTTPRequestHandler):
    """A server that takes all outcomes, and tells of a request only to whom it is of."""

    protocol_version = "HTTP/1.1"

    def caller(self):
        return self.headers["DD-API-KEY"], self.headers["DD-APPLICATION-KEY"]

    def do_POST(self):  # noqa: N802
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        results = body["data"]["attributes"]["results"]
        with self.server.lock:
            number = len(self.server.requests)
            self.server.requests.append((self.caller(), results))
        self.answer(202, f"/requests/{number}")

    def do_GET(self):  # noqa: N802
        caller, results = self.server.requests[int(self.path.rpartition("/")[2])]
        if caller != self.caller():
            return self.answer(404)
        with self.server.lock:
            self.server.told += 1
        return self.answer(200, text=f'{{"total_received":{len(results)},"total_changed":1}}')

    def answer(self, status, location=None, text=""):
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


class Orgs(unittest.TestCase):
    def setUp(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.server.daemon_threads = True
        self.server.lock = threading.Lock()
        self.server.requests = []
        self.server.told = 0
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(self.server.shutdown)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "orgs"

    def load(self, lines, *arguments):
        self.file.write_text("".join(line + "\n" for line in lines))
        address = "{}:{}".format(*self.server.server_address)
        return subprocess.run([LOAD, "--address", address, "--orgs", self.file, "--entities",
                               str(ENTITIES), "--connections", "4", *arguments],
                              capture_output=True, text=True, timeout=60, check=False)

    def load_orgs(self, *arguments):
        done = self.load((" ".join([*keys(n), f"rule-{n}"]) for n in range(ORGS)), *arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for caller, results in self.server.requests:
            rules = {result["rule_id"] for result in results}
            self.assertEqual({keys(int(rule.partition("-")[2])) for rule in rules}, {caller})
        return json.loads(done.stdout)

    def test_fill_reports_every_cell_of_each_once(self):
        told = self.load_orgs("--mode", "fill", "--results", "20")
        cells = Counter((caller, result["entity_reference"])
                        for caller, results in self.server.requests for result in results)
        self.assertEqual((len(cells), set(cells.values())), (ORGS * ENTITIES, {1}))
        self.assertEqual(told["accepted"], ORGS * ENTITIES)

    def test_changed_goes_to_several_and_asks_each_with_its_own_keys(self):
        told = self.load_orgs("--mode", "changed", "--results", "5", "--milliseconds", "500",
                              "--warm-up-milliseconds", "0")
        self.assertGreater(len({caller for caller, _ in self.server.requests}), 1)
        self.assertGreater(told["samples"], 0)
        self.assertEqual((told["samples"], told["changed_share"]), (self.server.told, 0.2))

    def test_a_wrong_line_is_named(self):
        for line in ("api application", "api application rule more"):
            done = self.load(["api application rule", line], "--mode", "fill")
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"line 2 of {self.file} is not: api_key application_key rule_id",
                          done.stderr)
        self.assertEqual(self.server.requests, [])


if __name__ == "__main__":
    LOAD = sys.argv.pop(1)
    unittest.main()
