"""bench/run and ./dev bench refuse wrong arguments before anything is built. Run by ctest."""

import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def ask(*command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30,
                          check=False)
    return done.returncode, done.stdout + done.stderr


class Arguments(unittest.TestCase):
    def test_are_right(self):
        for arguments in (["isolation", "--quick", "--only", "batches of 10,000"], ["scores"], []):
            self.assertEqual(ask("bench/run", "--check", *arguments), (0, ""), arguments)

    def test_wrong_ones_are_refused(self):
        for command in (["bench/run", "--check"], ["./dev", "bench"]):
            for arguments in (["nosuch"], ["isolation", "--only", "nosuch"]):
                code, text = ask(*command, *arguments)
                self.assertEqual(code, 2, text)
                self.assertIn("invalid choice: 'nosuch'", text)
                self.assertNotIn("installing", text)


if __name__ == "__main__":
    unittest.main()
