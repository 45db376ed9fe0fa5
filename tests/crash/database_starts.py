"""A server on PostgreSQL that never gets ready. Each test_… function is one test; faults.run_all()
runs them."""

import json
import subprocess
import tempfile

from starts import (CHANGES_PER_RECORD, LONG_LOG_CHANGES, assert_start_fails, body_of, place,
                    report_one)
from support.server import Server

DATABASE = "failing_start"
FIELDS = ("org", "count", "kind", "actor_type", "actor", "request", "request_id", "body")
NUMBERS = ("org", "count", "kind", "request")


def test_start_that_fails(binary, postgres):
    """As starts.py has it for an embedded store."""
    with Server(binary, store=postgres.create_database(DATABASE)) as server:
        results = report_one(server)
        _lengthen_log(postgres)
        assert_start_fails(server, results)


def _lengthen_log(postgres):
    """Repeats the last change of the log, so that the next fold takes its time; at the end is one
    of a rule that the catalog does not have."""
    (row,) = postgres.query(f"SELECT {', '.join(FIELDS)}, position FROM log WHERE kind = 1"
                            " ORDER BY position DESC LIMIT 1", DATABASE)
    record = dict(zip(FIELDS, row)) | {
        name: int(value) for name, value in zip(FIELDS, row) if name in NUMBERS}
    body = json.loads(record["body"])
    change = body["changes"][-1]
    remarks = body["remarks"][change[7]]
    change[4] = int(row[-1]) + record["count"] - 1
    change[3] = change[2]
    ((position, at, chain),) = postgres.query(
        f"SELECT position, at, encode(chain, 'hex') FROM log_head WHERE org = {record['org']}",
        DATABASE)
    head = (int(position), int(at), bytes.fromhex(chain))
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as script:
        script.write("BEGIN;\n")
        for _ in range(LONG_LOG_CHANGES // CHANGES_PER_RECORD):
            many = []
            for number in range(CHANGES_PER_RECORD):
                many.append(list(change))
                change[4] = head[0] + 1 + number
            record |= {"count": CHANGES_PER_RECORD, "body": body_of(remarks, many)}
            head = _append(script, head, record)
        change[0] += 1000
        change[3] = change[4] = 0
        head = _append(script, head, record | {"count": 1, "body": body_of(remarks, [change])})
        script.write(f"UPDATE log_head SET position = {head[0]}, at = {head[1]}, "
                     f"chain = {_sql(head[2])} WHERE org = {record['org']};\nCOMMIT;\n")
        script.flush()
        with open(script.name, "rb") as statements:
            subprocess.run(postgres.shell(DATABASE), stdin=statements, check=True)


def _append(script, head, record):
    """Writes the statement; the head behind it."""
    record, head = place(head, record)
    script.write(f"INSERT INTO log ({', '.join(record)}) "
                 f"VALUES ({', '.join(map(_sql, record.values()))});\n")
    return head


def _sql(value):
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'"
    return "'" + value.replace("'", "''") + "'"
