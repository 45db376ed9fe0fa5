"""The way to the database: encrypted, checked, with a password that is told to nobody. Each
test_… function is one test."""

import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "tls"))

from certificates import Authority  # noqa: E402
from cluster import Cluster  # noqa: E402
from support.postgres import Postgres  # noqa: E402
from support.server import Server  # noqa: E402
from writers import Load  # noqa: E402

BATCHES = 30


@contextmanager
def encrypted():
    """A PostgreSQL with a password and a certificate; also the CA's file, and another CA's."""
    folder = Path(tempfile.mkdtemp(prefix="scorekeeper-test-"))
    try:
        ours, other = Authority(folder, "ours"), Authority(folder, "other")
        with Postgres(password=True) as postgres:
            cert, key = postgres.data / "server.crt", postgres.data / "server.key"
            ours.issue(cert, key)
            for file in (cert, key):
                shutil.chown(file, postgres.folder.owner())
                file.chmod(0o600)
            with open(postgres.data / "postgresql.conf", "a", encoding="utf-8") as settings:
                settings.write("ssl = on\n")
            postgres.start().create_database("encrypted")
            yield postgres, ours.cert, other.cert
    finally:
        shutil.rmtree(folder)


def test_tls_and_password(binary):
    """Servers check the database's certificate, and nothing that they print has the password."""
    with encrypted() as (postgres, ours, other):
        checked = "sslmode=verify-full&sslrootcert="
        address = postgres.address("encrypted", parameters=f"{checked}{ours}")
        with Cluster(binary, [address] * 2) as cluster:
            with Load(cluster, 31) as load:
                load.wait_for(BATCHES)
            used = postgres.query("SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity "
                                  "USING (pid) WHERE datname = 'encrypted'")
            assert used == [["t"]], used
            cluster.stop()
            told = [path.read_text("utf-8") for server in cluster.servers
                    for path in (server.log, server.output)]
            told += _print(cluster.servers[0], address)
        told += _refused(binary, postgres.address("encrypted", parameters=f"{checked}{other}"))
        wrong = address.replace(postgres.password, postgres.password[::-1])
        told += _refused(binary, wrong)
        for text in told:
            assert postgres.password not in text, text
            assert postgres.password[::-1] not in text, text


def _print(server, address):
    """The output of commands that read the address from a file."""
    file = server.folder / "address"
    file.write_text(address + "\n")
    done = [server.run("serve", "--store-file", str(file), "--print-config"),
            server.run("migrate", "--store-file", str(file)),
            server.run("org", "list", "--store-file", str(file)),
            server.run("verify", "--store-file", str(file), check=False),
            server.run("backup", "--store-file", str(file), str(server.folder / "x"), check=False)]
    assert [one.returncode for one in done] == [0, 0, 0, 2, 2], done
    assert "***" in done[0].stdout, done[0].stdout
    assert "default" in done[2].stdout, done[2].stdout
    return [one.stdout + one.stderr for one in done]


def _refused(binary, address):
    """A server does not start on that address; what it says."""
    with Server(binary, store=address) as server:
        server.start(wait="nothing")
        code = server.wait_for_exit()
        assert code == 1, code
        text = server.log.read_text("utf-8")
        assert "cannot reach PostgreSQL" in text, text
        return [text, server.output.read_text("utf-8")]
