"""The bare loop writes into the schema as it is. Run by ctest.

    bench/sqlite_loop_test.py SQLITE_LOOP
"""

import json
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path


class Loop(unittest.TestCase):
    def test_its_log_has_what_it_says(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "loop.db"
            done = subprocess.run([LOOP, "--file", file, "--milliseconds", "1", "--orgs", "3",
                                   "--rows-per-commit", "1600"],
                                  capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            database = sqlite3.connect(file)
            self.addCleanup(database.close)
            (stored,) = database.execute("SELECT sum(count) FROM log").fetchone()
            heads = database.execute("SELECT org, position FROM log_head ORDER BY org").fetchall()
        self.assertGreaterEqual(stored, 1600)
        self.assertEqual(json.loads(done.stdout)["rows"], stored)
        self.assertEqual([org for org, _ in heads], [1, 2, 3])
        self.assertEqual(sum(position for _, position in heads), stored)


if __name__ == "__main__":
    LOOP = sys.argv.pop(1)
    unittest.main()
