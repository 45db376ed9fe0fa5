"""A private PostgreSQL, and a pgbouncer in front of one, from Debian's packages: in a temporary
folder, on loopback and a free port, durable as in production. PostgreSQL refuses root: started by
root it runs as the user `postgres`.
"""

import csv
import io
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from .client import wait_until

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
START_SECONDS = 30.0
STOP_SECONDS = 30.0
COMMAND_SECONDS = 60.0
# Below the ports that the kernel gives to outgoing connections: a port that is free while the
# database is down stays so, and nobody who connects to it meets himself.
PORTS = range(20_000, 32_000)
SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "recovery_init_sync_method": "syncfs",  # or each of a thousand files
    "max_connections": "100",
    "shared_buffers": "64MB",
    # In the folder, so that nothing of it is left elsewhere after kill -9.
    "dynamic_shared_memory_type": "mmap",
    "log_line_prefix": "%m [%p] %q%a ",
}


class Missing(Exception):
    """A program that the tests need is not installed."""


class Broken(Exception):
    """A process of the database did what it should not."""


def find_program(path, package):
    """The program as text; Missing, with the name of its package, where it is not there."""
    found = shutil.which(str(path))
    if found is None:
        raise Missing(f"{path} is not there: it comes with Debian's {package} (./dev setup)")
    return found


def free_port():
    """A port of loopback that nobody listens on."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def _as_user_postgres():
    """The words before a command that must not run as root."""
    if os.geteuid() != 0:
        return []
    return [find_program("setpriv", "util-linux"), "--reuid=postgres", "--regid=postgres",
            "--clear-groups", "--"]


def _make_folder():
    """A temporary folder that the user of the database owns."""
    folder = Path(tempfile.mkdtemp(prefix="scorekeeper-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    return folder


def _run(command, environment=None):
    """Its CompletedProcess with text output; Broken when it failed."""
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=COMMAND_SECONDS, check=False, cwd="/",
                          env={**os.environ, **(environment or {})})
    if done.returncode != 0:
        raise Broken(f"{command}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class _Daemon:
    """One after the other, the processes of a program that works in a temporary folder."""

    def __init__(self):
        self.folder = _make_folder()
        self.log = self.folder / "log"
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def tail(self, lines=15):
        """The end of the log, for messages."""
        if not self.log.exists():
            return "(no log)"
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self):
        """kill -9 of the process and of all its children, when it runs."""
        if self.process is None:
            return
        if self.is_running():
            # Stopped first, so that no child is born meanwhile. PostgreSQL's children have process
            # groups of their own: a signal to the postmaster's does not reach them.
            self.process.send_signal(signal.SIGSTOP)
            for child in _children(self.process.pid):
                _kill(child)
            self.process.kill()
        self.process.wait()
        self.process = None

    def _spawn(self, command):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(part) for part in command], cwd="/",
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)

    def _end(self, number):
        """Sends the signal and waits for a clean end."""
        self.process.send_signal(number)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise Broken(f"still running after {STOP_SECONDS} s\n{self.tail()}") from error
        self.process = None
        if code != 0:
            raise Broken(f"exit code {code}\n{self.tail()}")

    def _wait(self, condition, what):
        def reached():
            if not self.is_running():
                raise Broken(f"ended by itself\n{self.tail()}")
            return condition()

        wait_until(reached, START_SECONDS, what)


def _children(parent):
    """The process ids of all children."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The command's name, in parentheses, may hold anything.
            fields = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:  # it ended
            continue
        if int(fields[1]) == parent:
            found.append(int(stat.parent.name))
    return found


def _kill(process_id):
    try:
        os.kill(process_id, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Postgres(_Daemon):
    """A database cluster and, one after the other, the servers of it.

    `settings`: more of postgresql.conf. `password`: scram-sha-256 in place of trust. `listen`:
    addresses other than loopback's. `namespace`: the name of the network namespace that it lives in
    (ip netns). `standby_of`: a running Postgres that this one is made a streaming standby of.
    """

    def __init__(self, *, settings=None, password=False, listen=("127.0.0.1",), namespace=None,
                 standby_of=None):
        find_program(PROGRAMS / "postgres", "postgresql-15")
        super().__init__()
        self.data = self.folder / "data"
        self.port = free_port()
        self.listen = list(listen)
        self.namespace = namespace
        self.password = secrets.token_hex(12) if password else None
        self._databases = 0
        self._shared_memory = None  # the id of the last server's segment
        try:
            if standby_of:
                self.password = standby_of.password
                self._copy(standby_of)
            else:
                self._make()
            self._configure(settings or {})
        except BaseException:
            self.close()
            raise

    # --- the life of a server

    def start(self):
        """Starts a server and waits until it answers."""
        inside = ["ip", "netns", "exec", self.namespace] if self.namespace else []
        self._spawn([*inside, *_as_user_postgres(), PROGRAMS / "postgres", "-D", self.data])
        self._wait(self.is_ready, "PostgreSQL is ready")
        lines = (self.data / "postmaster.pid").read_text().splitlines()
        self._shared_memory = lines[6].split()[1]
        return self

    def is_ready(self):
        command = [PROGRAMS / "pg_isready", "--quiet", "-h", self.folder, "-p", str(self.port),
                   "-U", "postgres"]
        return subprocess.run(command, check=False).returncode == 0

    def stop(self):
        """A fast shutdown: clients are thrown out, everything is written."""
        self._end(signal.SIGINT)
        self._shared_memory = None

    def close(self):
        """Ends the server and removes all of it."""
        self.kill()
        if self._shared_memory:  # a killed server leaves it
            subprocess.run(["ipcrm", "-m", self._shared_memory], capture_output=True, check=False)
        super().close()

    # --- what is in it

    def create_database(self, name=None):
        """Makes an empty database; its address."""
        self._databases += 1
        name = name or f"scorekeeper_{self._databases}"
        self.query(f'CREATE DATABASE "{name}"')
        return self.address(name)

    def address(self, database, *, hosts=None, parameters=""):
        """postgres://…; `hosts`: "host:port,…" in place of its own; `parameters`: of libpq."""
        user = f"postgres:{self.password}" if self.password else "postgres"
        hosts = hosts or f"{self.listen[0]}:{self.port}"
        return f"postgres://{user}@{hosts}/{database}" + (f"?{parameters}" if parameters else "")

    def query(self, sql, database="postgres"):
        """The rows of one statement as lists of texts, through psql and the Unix socket."""
        done = _run([*self.shell(database), "-c", sql],
                    {"PGPASSWORD": self.password} if self.password else None)
        return list(csv.reader(io.StringIO(done.stdout, newline="")))

    def shell(self, database):
        """The command line of psql, which answers in CSV."""
        return [PROGRAMS / "psql", "-X", "--csv", "--tuples-only", "--quiet",
                "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-p", str(self.port),
                "-U", "postgres", "-d", database]

    def value(self, sql, database="postgres"):
        """The one value of the one row."""
        ((value,),) = self.query(sql, database)
        return value

    # --- replication

    def make_synchronous(self):
        """Every COMMIT waits for a standby from now on; returns when one follows."""
        self.query("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.query("SELECT pg_reload_conf()")
        wait_until(lambda: self.query("SELECT 1 FROM pg_stat_replication "
                                      "WHERE sync_state = 'sync' AND state = 'streaming'"),
                   START_SECONDS, "a synchronous standby follows")

    def promote(self):
        """Makes the standby a primary."""
        self.query("SELECT pg_promote(true)")

    # --- how it is made

    def _make(self):
        method = "scram-sha-256" if self.password else "trust"
        command = [*_as_user_postgres(), PROGRAMS / "initdb", "--no-sync", "-D", self.data,
                   "-U", "postgres", "--auth", method, "--encoding", "UTF8", "--locale", "C.UTF-8"]
        if self.password:
            file = self.folder / "password"
            file.write_text(self.password)
            shutil.chown(file, self.folder.owner())
            command += ["--pwfile", file]
        _run(command)
        with open(self.data / "pg_hba.conf", "a", encoding="utf-8") as rules:
            rules.write(f"host all,replication all samenet {method}\n")

    def _copy(self, primary):
        environment = {"PGPASSWORD": primary.password} if primary.password else None
        _run([*_as_user_postgres(), PROGRAMS / "pg_basebackup", "-D", self.data, "-R",
              "--checkpoint=fast", "--no-sync", "-U", "postgres", "-h", primary.listen[0],
              "-p", primary.port], environment)

    def _configure(self, settings):
        own = {"listen_addresses": ",".join(self.listen), "port": str(self.port),
               "unix_socket_directories": str(self.folder)}
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as file:
            for name, value in {**SETTINGS, **own, **settings}.items():
                file.write(f"{name} = '{value}'\n")


class Pgbouncer(_Daemon):
    """A pool in session mode before a Postgres that trusts."""

    def __init__(self, postgres):
        self.program = find_program("/usr/sbin/pgbouncer", "pgbouncer")
        super().__init__()
        self.postgres = postgres
        self.port = free_port()
        users = self.folder / "users"
        users.write_text('"postgres" ""\n')
        self.configuration = self.folder / "pgbouncer.ini"
        self.configuration.write_text(f"""[databases]
* = host={postgres.listen[0]} port={postgres.port} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = session
default_pool_size = 50
""")

    def start(self):
        self._spawn([*_as_user_postgres(), self.program, self.configuration])
        self._wait(self._accepts, "pgbouncer listens")
        return self

    def _accepts(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 5.0).close()
            return True
        except OSError:
            return False

    def stop(self):
        self._end(signal.SIGINT)

    def address(self, database):
        return self.postgres.address(database, hosts=f"127.0.0.1:{self.port}")
