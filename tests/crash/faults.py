"""Tests of faults around a server: full and read-only disks, a second server, a taken port, bad
settings, keys that come and go. Each test_… function is one test; run_all() runs those of some
modules.

A test that this machine does not permit is skipped by name: it raises Skipped.
"""

import os
import resource
import shutil
import socket
import subprocess
import tempfile
import time
import traceback
from contextlib import contextmanager
from pathlib import Path

from support.client import Closed, Connection, wait_until
from support.server import Server

OUTCOMES = "/api/v2/scorecard/outcomes"
SMALL_DISK = "8m"
KEY_SECONDS = 1.0  # a change of keys counts within a second


class Skipped(Exception):
    """This machine does not permit the test."""


class Results:
    """How many passed, failed and were skipped."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0


def run_all(modules, *arguments):
    """With those arguments: the binary, and a PostgreSQL where the modules need one."""
    results = Results()
    tests = {name: test for module in modules for name, test in vars(module).items()}
    for name, test in sorted(tests.items()):
        if not name.startswith("test_"):
            continue
        try:
            test(*arguments)
            results.passed += 1
            print(f"passed {name}", flush=True)
        except Skipped as reason:
            results.skipped += 1
            print(f"SKIPPED {name}: {reason}", flush=True)
        except Exception:  # pylint: disable=broad-except
            results.failed += 1
            print(f"FAILED {name}\n{traceback.format_exc()}", flush=True)
    return results


@contextmanager
def small_disk():
    """A tmpfs of SMALL_DISK, unmounted at the end."""
    folder = Path(tempfile.mkdtemp(prefix="scorekeeper-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "scorekeeper-test", str(folder)]
    try:
        if os.geteuid() != 0 or shutil.which("mount") is None:
            raise Skipped("needs root to mount a small tmpfs")
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Skipped(f"mount is not permitted: {done.stderr.strip()}")
        try:
            yield folder
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)
    finally:
        folder.rmdir()


def results_of(rule, begin, count, text):
    return [{"rule_id": rule, "entity_reference": f"service:default/e{begin + i}", "state": "pass",
             "remarks": f"{text} {begin + i}"} for i in range(count)]


def listed(client):
    """{entity: remarks} of every outcome."""
    return {item["attributes"]["entity_reference"]: item["attributes"].get("remarks", "")
            for item in client.list_all(OUTCOMES)}


def remember(known, results):
    known.update({result["entity_reference"]: result["remarks"] for result in results})


def assert_refused_disk(answer):
    """503 with an error document whose detail names the disk."""
    assert answer.status == 503, answer
    assert answer.header("content-type") == "application/vnd.api+json", answer.headers
    error = answer.json["errors"][0]
    assert error["status"] == "503" and "full" in error["detail"].lower(), answer


def push_until_full(client, rule, known):
    """Pushes new outcomes until one batch is refused; what was acknowledged goes into `known`."""
    begin = len(known)
    while begin < 100_000:
        results = results_of(rule, begin, 100, "filling " + "x" * 500)
        answer = client.push(results)
        if answer.status != 202:
            return answer
        remember(known, results)
        begin += 100
    raise AssertionError("the small disk never got full")


def test_full_disk(binary):
    """503 that names the cause, the server stays up and answers reads, nothing acknowledged is
    lost, and it goes on by itself when there is space again; then the same over a restart with the
    disk full."""
    with small_disk() as disk, Server(binary, store=disk / "store") as server:
        ballast = disk / "ballast"
        ballast.write_bytes(b"\0" * (2 << 20))
        server.start()
        known = {}
        with server.client() as client:
            rule = client.create_rule("full disk")
            refused = push_until_full(client, rule, known)
            assert_refused_disk(refused)
            # The answer names the request, so that a client can ask; the request is not there.
            location = refused.header("location")
            assert location.endswith("/" + refused.json["errors"][0]["meta"]["id"]), refused
            assert client.call("GET", location).status == 404
            assert known, "not one batch was accepted"
            answer = client.call("POST", "/api/v2/scorecard/rules", {"data": {"attributes": {
                "name": "too late", "scorecard_name": "x" * 200, "description": "d" * 4000}}})
            assert answer.status in (201, 503), answer
            assert client.call("GET", "/healthz").status == 200
            assert listed(client) == known, "reads of a full disk differ from what was acknowledged"

            ballast.unlink()
            more = results_of(rule, len(known), 10, "after")
            wait_until(lambda: client.push(more).status == 202, 10.0,
                       "accepted again after space was freed")
            remember(known, more)
            assert listed(client) == known
        server.kill()
        server.start()
        with server.client() as client:
            assert listed(client) == known, "lost over kill -9"
        server.stop()


def test_kill_on_a_full_disk(binary):
    """kill -9 while the disk is full: after space was freed everything acknowledged is there."""
    with small_disk() as disk, Server(binary, store=disk / "store") as server:
        ballast = disk / "ballast"
        ballast.write_bytes(b"\0" * (2 << 20))
        server.start()
        known = {}
        with server.client() as client:
            rule = client.create_rule("full disk")
            assert_refused_disk(push_until_full(client, rule, known))
        server.kill()
        ballast.unlink()
        server.start()
        with server.client() as client:
            assert listed(client) == known
            assert client.push(results_of(rule, len(known), 1, "after")).status == 202
        server.stop()


def build_failing_fsync(folder):
    """A library to preload: once the file in FAILING_FSYNC exists, every fdatasync and fsync fails
    with EIO."""
    library = folder / "failing_fsync.so"
    source = Path(__file__).with_name("failing_fsync.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source)], check=True)
    return library


def test_failed_fsync(binary):
    """Pending work gets 503 with the id of its request, the process says why and exits 1, and
    what was acknowledged is there after a restart."""
    with Server(binary) as server:
        trigger = server.folder / "fail"
        healthy = dict(server.environment)
        server.environment.update(LD_PRELOAD=str(build_failing_fsync(server.folder)),
                                  FAILING_FSYNC=str(trigger))
        server.start()
        known = {}
        with server.client() as client:
            rule = client.create_rule("failing fsync")
            results = results_of(rule, 0, 10, "before")
            assert client.push(results).status == 202
            remember(known, results)
            trigger.touch()
            answer = client.push(results_of(rule, 10, 10, "after"))
            assert answer.status == 503, answer
            number = answer.json["errors"][0]["meta"]["id"]
            assert answer.header("location").endswith("/" + number), answer
        assert server.wait_for_exit(15.0) == 1
        events = [line.get("event") for line in server.log_lines()]
        assert "fsync_failed" in events, server.tail()
        server.environment = healthy
        server.start()
        with server.client() as client:
            now = listed(client)
            # The refused batch may be there, whole, or not: its 503 said so.
            assert known.items() <= now.items() and len(now) in (10, 20), now
            assert client.push(results_of(rule, 30, 1, "again")).status == 202
        server.stop()


def test_read_only_directory(binary):
    """A store that cannot be written: a message that names the directory, exit code 1."""
    with small_disk() as disk:
        store = disk / "store"
        with Server(binary, store=store) as server:
            server.start()
            server.stop()
            subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
            assert_does_not_start(server, str(store))


def assert_does_not_start(server, *texts):
    """Ends with exit code 1 and a log line that holds those texts; what never started has not
    stopped."""
    server.start(wait="nothing")
    code = server.wait_for_exit(20.0)
    log = "\n".join(str(line) for line in server.log_lines())
    assert code == 1, f"exit code {code}\n{log}"
    for text in texts:
        assert text in log, f"{text!r} is not in\n{log}"
    assert not any(line.get("event") == "stopped" for line in server.log_lines()), log


def test_directory_that_cannot_be_made(binary):
    with Server(binary) as server:
        file = server.folder / "file"
        file.write_text("not a directory")
        server.store = file / "store"
        assert_does_not_start(server, str(file))


def test_file_that_is_no_database(binary):
    """A damaged file is named, never overwritten."""
    with Server(binary) as server:
        server.store.mkdir()
        database = server.store / "scorekeeper.db"
        database.write_bytes(b"this is not a database\n" * 500)
        assert_does_not_start(server, str(server.store))
        assert database.read_bytes() == b"this is not a database\n" * 500


def test_second_server(binary):
    """A second server on the same directory says so and leaves the first alone."""
    with Server(binary) as first, Server(binary, store=first.store) as second:
        first.start()
        began = time.monotonic()
        assert_does_not_start(second, f"{first.store} is in use by process {first.process.pid}")
        assert time.monotonic() - began < 10.0
        with first.client() as client:
            rule = client.create_rule("still mine")
            assert client.push(results_of(rule, 0, 1, "r")).status == 202
        first.kill()
        second.start()  # the lock of a killed server does not stay
        with second.client() as client:
            assert len(listed(client)) == 1
        second.stop()


def test_port_in_use(binary):
    with socket.socket() as taken, Server(binary) as server:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = server.run("serve", "--listen", address, "--store", str(server.store), check=False)
        assert done.returncode == 1, done
        assert address in done.stderr, done.stderr


def test_usage_errors(binary):
    """Exit code 2 and a message that names what is wrong; no store is made."""
    with Server(binary) as server:
        store = ["--store", str(server.store)]
        config = server.folder / "config.toml"
        config.write_text("no_such_setting = 1\n")
        wrong = server.folder / "wrong.toml"
        wrong.write_text("results_max = \"many\"\n")
        broken = server.folder / "broken.toml"
        broken.write_text("results_max = = 1\n")
        cases = [(["serve", "--no-such-flag", *store], "--no-such-flag"),
                 (["serve", "--results-max", "abc", *store], "results_max"),
                 (["serve", "--results-max", "0", *store], "results_max"),
                 (["serve", "--config", str(config), *store], "no_such_setting"),
                 (["serve", "--config", str(wrong), *store], "results_max"),
                 (["serve", "--config", str(broken), *store], str(broken)),
                 (["serve", "--config", str(server.folder / "none.toml"), *store], "none.toml"),
                 (["no-such-command"], "no-such-command"),
                 (["key", "create", *store], "--name"),
                 (["key", "create", "--name", "n", "--scopes", "no_such_scope", *store],
                  "no_such_scope"),
                 ([], "")]
        for arguments, text in cases:
            done = server.run(*arguments, check=False)
            assert done.returncode == 2, (arguments, done)
            assert text in done.stderr, (arguments, done.stderr)
            assert not (server.store / "scorekeeper.db").exists(), arguments


def test_unknown_environment_variable(binary):
    """A warning that names it, no error: orchestrators set such variables."""
    environment = {"SCOREKEEPER_SERVICE_HOST": "10.0.0.1", "SCOREKEEPER_RESULTS_MAX": "1"}
    with Server(binary, environment=environment) as server:
        server.start()
        named = [line for line in server.log_lines() if "SCOREKEEPER_SERVICE_HOST" in str(line)]
        assert len(named) == 1, server.tail()
        with server.client() as client:
            rule = client.create_rule("one")
            assert client.push(results_of(rule, 0, 2, "r")).status == 400
        server.stop()


def test_print_config(binary):
    """Flag before environment before file before default."""
    with Server(binary, environment={"SCOREKEEPER_RULES_MAX": "8"}) as server:
        config = server.folder / "config.toml"
        config.write_text("rules_max = 7\nresults_max = 6\nbody_bytes_max = 4096\n")
        done = server.run("serve", "--config", str(config), "--results-max", "5", "--print-config")
        for line in ("results_max = 5", "rules_max = 8", "body_bytes_max = 4096",
                     "page_size_max = 100"):
            assert line in done.stdout.splitlines(), (line, done.stdout)


def status_with(server, keys):
    with server.client(keys) as client:
        return client.call("GET", "/api/v2/scorecard/rules").status


def test_keys_beside_a_running_server(binary):
    """A new key is honoured, and a revoked one refused, within a second."""
    with Server(binary) as server:
        server.start()
        keys = server.create_keys("beside")
        wait_until(lambda: status_with(server, keys) == 200, KEY_SECONDS, "the new key is honoured")
        listing = server.run("key", "list", "--store", str(server.store)).stdout
        assert "beside" in listing and keys.application_key not in listing, listing
        server.run("key", "revoke", keys.application_key_id, "--store", str(server.store))
        wait_until(lambda: status_with(server, keys) == 403, KEY_SECONDS,
                   "the revoked key is refused")
        assert status_with(server, server.initial_keys()) == 200
        server.kill()
        server.start()
        assert status_with(server, keys) == 403, "the revoked key is back"
        server.stop()


def test_first_keys(binary):
    """The first pair is printed once and kept in a file of mode 0600; a second start makes none."""
    with Server(binary) as server:
        server.start()
        file = server.store / "initial-keys.json"
        assert file.stat().st_mode & 0o777 == 0o600, oct(file.stat().st_mode)
        assert server.store.stat().st_mode & 0o077 == 0, oct(server.store.stat().st_mode)
        keys = server.initial_keys()
        printed = server.output.read_text()
        assert printed.count(keys.api_key) == 1, printed
        assert printed.count(keys.application_key) == 1, printed
        server.stop()
        server.start()
        assert server.output.read_text() == printed, "printed again"
        assert server.initial_keys().api_key == keys.api_key
        server.stop()
        for secret in (keys.api_key, keys.application_key):
            assert secret not in server.log.read_text(), "a secret is logged"
            assert secret.encode() not in (server.store / "scorekeeper.db").read_bytes()


def test_not_ready_while_draining(binary):
    """SIGTERM: what is under way is answered, /readyz with 503, and no new connection is taken."""
    with Server(binary) as server:
        server.start()
        with Connection(server.address) as slow:
            slow.send(b"GET /readyz HTTP/1.1\r\n")
            # The loop has read the half once it has answered a later one.
            assert server.is_ready()
            server.terminate()
            wait_until(lambda: not accepts(server.address), 10.0, "no new connection is taken")
            slow.send(b"Host: x\r\n\r\n")
            answer = slow.read_answer()
            assert (answer.status, answer.body) == (503, b"draining"), answer
        assert server.wait_for_exit(10.0) == 0


def accepts(address):
    try:
        Connection(address).close()
        return True
    except OSError:
        return False


def test_no_core_files(binary):
    """Secrets in memory reach no core file."""
    with Server(binary) as server:
        server.start()
        process = Path("/proc") / str(server.process.pid)
        limit = [line.split() for line in (process / "limits").read_text().splitlines()
                 if line.startswith("Max core file size")]
        assert [words[4:6] for words in limit] == [["0", "0"]], limit
        # The kernel gives the files of a process that is not dumpable to root.
        assert (process / "environ").stat().st_uid == 0
        server.stop()


def test_open_files(binary):
    """The table of open files has its size before there are connections: making it larger later
    stops the event loop. A server that may open too few files says so."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = 1_000 + 64 + 256
    for most, warned in ((hard, False), (wanted - 1, True)):
        with tempfile.TemporaryDirectory() as folder:
            limited = Path(folder) / "scorekeeper"
            limited.write_text(f'#!/bin/sh\nulimit -Sn 200\nulimit -Hn {most}\n'
                               f'exec {Path(binary).resolve()} "$@"\n')
            limited.chmod(0o700)
            with Server(limited, ["--connections-max", "1000"]) as server:
                server.start()
                status = (Path("/proc") / str(server.process.pid) / "status").read_text()
                places = next(int(line.split()[1]) for line in status.splitlines()
                              if line.startswith("FDSize:"))
                assert places >= min(wanted, most), places
                warnings = [line["allowed"] for line in server.log_lines()
                            if line.get("event") == "few_open_files"]
                assert warnings == ([most] if warned else []), warnings
                server.stop()


def test_idle_connections_end_with_the_server(binary):
    """SIGTERM does not wait for connections that nothing is asked on."""
    with Server(binary) as server:
        server.start()
        with server.client() as client, server.client() as other:
            assert client.call("GET", "/healthz").status == 200
            assert other.call("GET", "/healthz").status == 200
            server.terminate()
            assert server.wait_for_exit(5.0) == 0
            try:
                answer = client.call("GET", "/healthz")
                raise AssertionError(f"answered after the end: {answer}")
            except (OSError, Closed):
                pass
