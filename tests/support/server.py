"""Starts the real binary on a free port with a store of its own, and stops exactly that process."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from .client import Client, Closed, Connection, Keys, wait_until, within

READY_SECONDS = 60.0
STOP_SECONDS = 30.0
# How a report of AddressSanitizer, LeakSanitizer, ThreadSanitizer or UndefinedBehaviorSanitizer
# begins.
REPORT = re.compile(
    r"^.*(==\d+==ERROR: |(WARNING|FATAL): ThreadSanitizer: |: runtime error: ).*", re.MULTILINE)
REPORT_BYTES = 12_000  # that are shown of one


class Failed(Exception):
    """The server did what it should not: did not start, did not stop, ended by itself."""


class Server:
    """One store and, one after the other, the processes that serve it.

    `store`: a directory to use, or the address of a database (postgres://…); without it a temporary
    directory, removed by close(). `arguments`: flags of serve. `listen`: another address than a
    free port of loopback. `tls`: the ssl.SSLContext of its clients, where the flags make it serve
    TLS. The logs of all processes go to the file `log`, their output to `output`, in a temporary
    folder. A sanitizer's report in the log is Failed once the process has ended, however that was.
    """

    def __init__(self, binary, arguments=(), store=None, environment=None, *,
                 listen="127.0.0.1:0", tls=None):
        self.binary = str(Path(binary).resolve())
        self.arguments = list(arguments)
        self.listen = listen
        self.folder = Path(tempfile.mkdtemp(prefix="scorekeeper-test-"))
        self.store = _place_of(store) if store else self.folder / "store"
        self.log = self.folder / "log"
        self.output = self.folder / "output"
        own = {k: v for k, v in os.environ.items() if not k.startswith("SCOREKEEPER_")}
        self.environment = {**own, **(environment or {})}
        self.tls = tls
        self.process = None
        self.address = None
        self._keys = None  # a pair that was made for this server
        self._log_from = 0  # where the log of the current process begins

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends the process and removes the temporary folder."""
        try:
            self.kill()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    # --- the life of a process

    def start(self, wait="ready"):
        """Starts a process; `wait`: "ready", "listening" or "nothing"."""
        self._log_from = self.log.stat().st_size if self.log.exists() else 0
        self.address = None
        command = [self.binary, "serve", "--listen", self.listen, "--store", str(self.store)]
        with open(self.log, "ab") as log, open(self.output, "ab") as output:
            self.process = subprocess.Popen(command + self.arguments, stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=log, env=self.environment)
        if wait != "nothing":
            self.wait_until_listening()
        if wait == "ready":
            self.wait_until_ready()
        return self

    def log_lines(self):
        """The log of the current process: a list of objects; what is not JSON becomes {"text":
        …}."""
        if not self.log.exists():
            return []
        with open(self.log, "rb") as log:
            log.seek(self._log_from)
            lines = log.read().decode("utf-8", "replace").splitlines()
        return [_parse_line(line) for line in lines]

    def wait_until_listening(self):
        def address():
            self._must_run()
            for line in self.log_lines():
                if line.get("event") == "listening":
                    return line["address"]
            return None

        found = wait_until(address, READY_SECONDS, "a log line \"listening\"")
        host, _, port = found.rpartition(":")
        self.address = (host, int(port))

    def wait_until_ready(self):
        wait_until(self.is_ready, READY_SECONDS, "GET /readyz answers 200")

    def is_ready(self):
        self._must_run()
        try:
            with Connection(self.address, 10.0, self.tls) as connection:
                return connection.request("GET", "/readyz").status == 200
        except (OSError, Closed):
            return False

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def terminate(self):
        """SIGTERM; wait_for_exit() tells how it went."""
        self.process.send_signal(signal.SIGTERM)

    def wait_for_exit(self, seconds=STOP_SECONDS):
        """The exit code."""
        try:
            code = self.process.wait(within(seconds))
        except subprocess.TimeoutExpired as error:
            raise Failed(f"still running after {within(seconds)} s\n{self.tail()}") from error
        self._look_for_reports()
        return code

    def stop(self):
        """SIGTERM and a clean end."""
        self.terminate()
        code = self.wait_for_exit()
        if code != 0:
            raise Failed(f"exit code {code} after SIGTERM\n{self.tail()}")

    def kill(self):
        """kill -9, when it runs."""
        if self.is_running():
            self.process.kill()
        if self.process is not None:
            self.process.wait()
            self._look_for_reports()

    def _look_for_reports(self):
        text = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        if found := REPORT.search(text):
            raise Failed("a sanitizer reports:\n" + text[found.start():][:REPORT_BYTES])

    def tail(self, lines=15):
        """The end of the log, for messages."""
        if not self.log.exists():
            return "(no log)"
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])

    def _must_run(self):
        if not self.is_running():
            raise Failed(f"ended by itself, exit code {self.process.returncode}\n{self.tail()}")

    def metric(self, name):
        """The value of a metric without labels."""
        with Connection(self.address, 20.0, self.tls) as connection:
            text = connection.request("GET", "/metrics").text
        (value,) = re.findall(rf"^{name} (\S+)$", text, re.MULTILINE)
        return float(value)

    # --- keys

    def initial_keys(self):
        """The pair that the first start made; with a database, which keeps none, another pair, made
        once."""
        if isinstance(self.store, Path):
            return Keys(json.loads((self.store / "initial-keys.json").read_text()))
        if self._keys is None:
            self._keys = self.create_keys("test")
            self.wait_for_keys(self._keys)
        return self._keys

    def client(self, keys=None, timeout=20.0):
        return Client(self.address, keys or self.initial_keys(), timeout, self.tls)

    def run(self, *arguments, check=True):
        """Runs a command of the binary; the CompletedProcess, with text output."""
        done = subprocess.run([self.binary, *arguments], stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, env=self.environment, timeout=within(60),
                              check=False)
        if check and done.returncode != 0:
            raise Failed(f"{arguments}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def create_org(self, name):
        self.run("org", "create", name, "--store", str(self.store))

    def create_keys(self, name, org=None, scopes=None, role=None):
        command = ["key", "create", "--store", str(self.store), "--name", name, "--format", "json"]
        if org:
            command += ["--org", org]
        if scopes:
            command += ["--scopes", scopes]
        if role:
            command += ["--role", role]
        return Keys(json.loads(self.run(*command).stdout))

    def create_token(self, name, org=None, scopes=None, more=()):
        """The output of `token create`, as an object; "token" is the secret."""
        command = ["token", "create", "--store", str(self.store), "--name", name, "--format",
                   "json", *more]
        if org:
            command += ["--org", org]
        if scopes:
            command += ["--scopes", scopes]
        return json.loads(self.run(*command).stdout)

    def wait_for_keys(self, keys, seconds=5.0):
        """Until the running server honours the keys, which must be allowed to read."""
        def honoured():
            with self.client(keys) as client:
                return client.call("GET", "/api/v2/scorecard/scorecards").status == 200

        wait_until(honoured, seconds, "the server honours a new key")


def _place_of(store):
    """An address of a database stays a text."""
    return store if str(store).startswith("postgres") and "://" in str(store) else Path(store)


def _parse_line(line):
    try:
        parsed = json.loads(line)
    except ValueError:
        return {"text": line}
    return parsed if isinstance(parsed, dict) else {"text": line}
