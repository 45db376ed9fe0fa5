"""A virtual environment of pinned packages below build/, made anew when its list changes."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

BUILD = Path(__file__).resolve().parents[2] / "build"


def install(name, requirements):
    """The environment's Python; build/NAME has what the file `requirements` names, by hash."""
    environment = BUILD / name
    stamp = environment / "stamp"
    wanted = f"{hashlib.sha256(requirements.read_bytes()).hexdigest()} {sys.version}\n"
    python = environment / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(environment, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                        "--require-hashes", "--only-binary", ":all:", "-r", requirements],
                       stdin=subprocess.DEVNULL, check=True)
        stamp.write_text(wanted)
    return python
