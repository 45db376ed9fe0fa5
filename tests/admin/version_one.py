"""A store as the first release wrote it: its schema from migrations/0001_initial.sql, its rows by
hand."""

import sqlite3
from pathlib import Path

MIGRATION = (Path(__file__).resolve().parents[2]
             / "src/store/sqlite/migrations/0001_initial.sql")
APPLICATION_ID = 0x53636b70
CHANGE_KEY = bytes(range(16))
AT = 1_790_000_000_000_000  # microseconds
WORD = (1 << 64) - 1

# entity number, state, previous, remarks; ids from 1, all of one rule.
OUTCOMES = [(1, 2, 0, "not yet"), (2, 1, 0, ""), (1, 1, 1, "as it should be, at last"),
            (3, 3, 0, "ö")]
REFERENCES = {1: "service:default/shop", 2: "queue:team.a/x", 3: "service:default/ö"}
CURRENT = {("service:default/shop", "pass", "as it should be, at last"),
           ("queue:team.a/x", "pass", ""), ("service:default/ö", "skip", "ö")}


def siphash13(key, data):
    """As a signed 64-bit number."""
    def rotate(value, bits):
        return (value << bits | value >> (64 - bits)) & WORD

    k0, k1 = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
    v = [k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
         k1 ^ 0x7465646279746573]

    def mix():
        v[0] = (v[0] + v[1]) & WORD
        v[1] = rotate(v[1], 13) ^ v[0]
        v[0] = rotate(v[0], 32)
        v[2] = (v[2] + v[3]) & WORD
        v[3] = rotate(v[3], 16) ^ v[2]
        v[0] = (v[0] + v[3]) & WORD
        v[3] = rotate(v[3], 21) ^ v[0]
        v[2] = (v[2] + v[1]) & WORD
        v[1] = rotate(v[1], 17) ^ v[2]
        v[2] = rotate(v[2], 32)

    padded = data + b"\0" * (7 - len(data) % 8) + bytes([len(data) & 0xff])
    for begin in range(0, len(padded), 8):
        word = int.from_bytes(padded[begin:begin + 8], "little")
        v[3] ^= word
        mix()
        v[0] ^= word
    v[2] ^= 0xff
    for _ in range(3):
        mix()
    value = v[0] ^ v[1] ^ v[2] ^ v[3]
    return value - (1 << 64) if value >> 63 else value


def make_store(directory):
    directory.mkdir(mode=0o700)
    connection = sqlite3.connect(directory / "scorekeeper.db", isolation_level=None)
    connection.executescript(MIGRATION.read_text())
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 1")
    connection.executemany("INSERT INTO meta VALUES (?, ?)",
                           [("change_key", CHANGE_KEY), ("request_key", CHANGE_KEY),
                            ("requests_reserved", 100)])
    connection.execute("INSERT INTO org VALUES (1, 'default', ?)", (AT,))
    connection.execute("INSERT INTO scorecard VALUES (1, 1, 'card', 'Ready', '', ?, ?)", (AT, AT))
    connection.execute("INSERT INTO rule VALUES (1, 1, 'rule', 1, 'Has an owner', '', '', '', 1, 3,"
                       " ?, ?, NULL)", (AT, AT))
    connection.executemany("INSERT INTO entity VALUES (1, ?, ?, ?, NULL)",
                           [(number, name, AT) for number, name in REFERENCES.items()])
    for number, (entity, state, previous, remarks) in enumerate(OUTCOMES, 1):
        connection.execute("INSERT INTO request VALUES (?, 1, 2, ?, 1, 1, ?)",
                           (number, AT + number, number))
        connection.execute("INSERT INTO outcome_change VALUES (?, 1, 1, ?, ?, ?, ?, ?, ?, 2, ?, ?)",
                           (number, entity, state, AT // 1_000_000,
                            siphash13(CHANGE_KEY, remarks.encode()), AT + number, previous, number,
                            remarks))
    connection.close()
