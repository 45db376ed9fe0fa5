"""The peer in bench/peers/node: Node.js with Fastify and pg, installed by npm ci below build/ as
its package-lock.json says, and one process of it."""

import hashlib
import json
import os
import shutil
import subprocess
import urllib.request
from pathlib import Path

from support.client import wait_until

SOURCE = Path(__file__).resolve().parent / "peers" / "node"
FOLDER = Path(__file__).resolve().parents[1] / "build" / "bench-peers" / "node"
PACKAGES = ("package.json", "package-lock.json")
SCHEMA = SOURCE / "schema.sql"
API_KEY = "the-key-of-the-peer"


def install():
    """The program; its packages are installed again when their list changes."""
    stamp = FOLDER / "stamp"
    wanted = hashlib.sha256(b"".join((SOURCE / name).read_bytes() for name in PACKAGES)).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(parents=True)
        for name in PACKAGES:
            shutil.copy(SOURCE / name, FOLDER)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts",
                        "--loglevel=error"], cwd=FOLDER, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, timeout=300, check=True)
        stamp.write_text(wanted)
    shutil.copy(SOURCE / "server.js", FOLDER)
    return FOLDER / "server.js"


def version():
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, timeout=10,
                          check=True).stdout.strip()
    packages = json.loads((SOURCE / "package.json").read_text())["dependencies"]
    return f"Node.js {node}, " + ", ".join(f"{name} {packages[name]}" for name in packages)


class NodePeer:
    """One process on a free port, over a database that has the schema and the rules."""

    def __init__(self, database, log):
        self._log = log
        self._output = log.with_suffix(".out")
        environment = {**os.environ, "NODE_ENV": "production", "DATABASE_URL": database,
                       "API_KEY": API_KEY}
        with open(self._log, "ab") as errors, open(self._output, "wb") as output:
            self.process = subprocess.Popen(["node", install()], stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=errors, env=environment)
        try:
            port = wait_until(self._port, 20, "the peer listens")
        except BaseException:
            self.stop()
            raise
        self.address = f"127.0.0.1:{port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _port(self):
        if self.process.poll() is not None:
            raise SystemExit(f"the peer ended by itself:\n{self._log.read_text()[-2000:]}")
        text = self._output.read_text()
        return json.loads(text)["port"] if text.endswith("\n") else None

    def outcomes(self, entity):
        """The outcomes that it shows of an entity, as objects."""
        request = urllib.request.Request(
            f"http://{self.address}/api/v2/scorecard/outcomes"
            f"?filter[outcome][service_name]={entity}", headers={"DD-API-KEY": API_KEY})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return [item["attributes"] for item in json.load(answer)["data"]]

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
