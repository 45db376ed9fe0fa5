"""Snapshots of servers on a database: each server has a folder of its own, and what lies in it
costs time at worst. Each test_… function is one test."""

import os
import shutil
import stat
import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ledger import OUTCOMES
from support.client import wait_until
from support.postgres import Postgres
from support.server import Server

POSITION = "scorekeeper_snapshot_position"
WRITTEN = "scorekeeper_snapshots_total"
ENTITIES = 30


class Served:
    """A database and a server on it that keeps its snapshot in `folder`. `known` is what was
    acknowledged: {entity: remarks}."""

    def __init__(self, binary, postgres, folder, database=None):
        self.postgres = postgres
        self.database = database
        store = postgres.address(database) if database else postgres.create_database()
        self.server = Server(binary, ["--snapshot-dir", str(folder)], store)
        self.known = {}
        self.rule = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.close()

    def report(self, remarks):
        """Reports an outcome of every entity."""
        with self.server.client() as client:
            self.rule = self.rule or client.create_rule("snapshots")
            results = [{"rule_id": self.rule, "entity_reference": f"service:default/e{number}",
                        "state": "pass", "remarks": f"{remarks} {number}"}
                       for number in range(ENTITIES)]
            answer = client.push(results)
            assert answer.status == 202, answer
        self.known.update({r["entity_reference"]: r["remarks"] for r in results})

    def assert_all_there(self):
        with self.server.client() as client:
            listed = {item["attributes"]["entity_reference"]: item["attributes"]["remarks"]
                      for item in client.list_all(OUTCOMES)}
        assert listed == self.known, (listed, self.known)

    def events(self, name):
        return [line for line in self.server.log_lines() if line.get("event") == name]

    def restart(self, position):
        """A clean stop and a start, which begins with the snapshot of that position; 0: it has
        none that it can use."""
        self.server.stop()
        self.server.start()
        found = self.server.metric(POSITION)
        assert found == position, (found, position, self.server.tail())
        self.assert_all_there()


@contextmanager
def database(binary):
    """A database, a folder for snapshots, and a server that has written one at its stop."""
    with ExitStack() as stack:
        postgres = stack.enter_context(Postgres()).start()
        folder = Path(tempfile.mkdtemp(prefix="scorekeeper-snapshots-"))
        stack.callback(shutil.rmtree, folder)
        served = stack.enter_context(
            Served(binary, postgres, folder / "own", postgres.create_database("own") and "own"))
        served.server.start()
        served.report("first")
        served.server.stop()
        yield served, folder / "own"


def position_of(served):
    return int(served.postgres.value("SELECT sum(position) FROM log_head", "own"))


def test_snapshot_of_a_database(binary):
    """A clean stop writes it, the next start reads it and the log behind it; that of a kill -9 is
    the one before."""
    with database(binary) as (served, folder):
        written = position_of(served)
        (line,) = served.events("snapshot written")
        assert line["position"] == written, (line, written)
        mode = stat.S_IMODE((folder / "snapshot").stat().st_mode)
        assert (mode, stat.S_IMODE(folder.stat().st_mode)) == (0o600, 0o700), oct(mode)
        served.server.start()
        assert served.server.metric(POSITION) == written
        assert not served.events("snapshot not used"), served.server.tail()
        served.assert_all_there()
        served.report("second")
        served.server.kill()
        served.server.start()
        assert served.server.metric(POSITION) == written, served.server.tail()
        served.assert_all_there()
        served.restart(position_of(served))


def test_snapshots_while_it_runs(binary):
    """`snapshot_changes` says how often one is written; kill -9, and the last one is used."""
    with database(binary) as (served, _):
        served.server.arguments += ["--snapshot-changes", "1"]
        served.server.start()
        served.report("running")
        behind = position_of(served)
        wait_until(lambda: served.server.metric(POSITION) >= behind, 20.0, "a snapshot is written")
        assert served.server.metric(WRITTEN) >= 1
        served.server.kill()
        served.server.start()
        assert served.server.metric(POSITION) == behind, served.server.tail()
        served.assert_all_there()


def test_snapshot_of_another_database(binary):
    """It is not used, and the log says why; the server's own takes its place."""
    with database(binary) as (first, folder):
        first.postgres.create_database("other")
        with Served(binary, first.postgres, folder, "other") as second:
            second.server.start()
            (line,) = second.events("snapshot not used")
            assert "it is of another store" in line["reason"], line
            assert second.server.metric(POSITION) == 0
            second.report("other")
            second.restart(int(first.postgres.value("SELECT sum(position) FROM log_head",
                                                    "other")))
            second.server.stop()
        first.server.start()
        assert first.events("snapshot not used"), first.server.tail()
        first.assert_all_there()


def test_snapshot_of_another_history(binary):
    """An older copy of the database has its secrets and goes another way: the snapshot is not its
    own."""
    with database(binary) as (first, folder):
        first.postgres.query('CREATE DATABASE copy TEMPLATE "own"')
        first.server.start()
        first.report("here")
        first.server.stop()
        with Served(binary, first.postgres, folder, "copy") as second:
            second.rule = first.rule
            second.server.start()
            (line,) = second.events("snapshot not used")
            assert "it is of another history" in line["reason"], line
            second.report("there")
            second.assert_all_there()
            second.server.kill()
            second.server.start()
            (line,) = second.events("snapshot not used")
            assert "another chain" in line["reason"], line
            second.assert_all_there()


def test_snapshot_that_is_damaged(binary):
    """It costs time, and the next one is right again."""
    with database(binary) as (served, folder):
        file = folder / "snapshot"
        whole = file.read_bytes()
        for damaged in (whole[:-1], whole[:200], b"", whole[:300] + b"?" + whole[300:]):
            file.write_bytes(damaged)
            served.server.start()
            assert served.events("snapshot not used"), served.server.tail()
            assert served.server.metric(POSITION) == 0
            served.assert_all_there()
            served.restart(position_of(served))
            served.server.stop()


def _refused(server):
    """Why it does not start."""
    server.start(wait="nothing")
    code = server.wait_for_exit()
    assert code == 1, (code, server.tail())
    (line,) = [line for line in server.log_lines() if line.get("event") == "not started"]
    assert not any(line.get("event") == "listening" for line in server.log_lines())
    return line["detail"]


def test_two_servers_with_one_folder(binary):
    """The second one does not start, and the first one goes on; when it has ended, it does."""
    with database(binary) as (first, folder):
        written = position_of(first)
        first.server.start()
        with Served(binary, first.postgres, folder, "own") as second:
            told = _refused(second.server)
            assert told == (f"snapshot_dir: {folder} is in use by process "
                            f"{first.server.process.pid}"), told
            first.report("second")
            first.restart(position_of(first))
            assert position_of(first) > written
            first.server.kill()
            second.server.start()
            assert second.server.metric(POSITION) == position_of(first), second.server.tail()
            second.known, second.rule = first.known, first.rule
            second.assert_all_there()


@contextmanager
def read_only(folder):
    """Root may write everywhere but to a file system that is read-only."""
    if os.geteuid() != 0:
        folder.chmod(0o500)
        yield
        folder.chmod(0o700)
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=64k", "scorekeeper-test", folder],
                   check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def test_folder_that_cannot_be_written(binary):
    """A start says so at once: not at a stop, months later."""
    with database(binary) as (served, folder):
        shutil.rmtree(folder)
        folder.mkdir()
        with read_only(folder):
            told = _refused(served.server)
            assert told.startswith(f"snapshot_dir: cannot open {folder}/"), told
        folder.rmdir()
        folder.write_bytes(b"")
        told = _refused(served.server)
        assert told == f"snapshot_dir: cannot use {folder}: it is not a directory", told
        folder.unlink()
        served.server.start()
        assert served.events("no snapshot"), served.server.tail()
        served.assert_all_there()


def test_folder_that_goes_away(binary):
    """Removed while the server runs: it goes on, and tells at the stop that nothing was written."""
    with database(binary) as (served, folder):
        served.server.start()
        shutil.rmtree(folder)
        served.report("second")
        served.server.stop()
        (line,) = served.events("snapshot not written")
        assert str(folder) in line["error"], line
        served.server.start()
        served.assert_all_there()
