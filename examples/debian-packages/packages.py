"""Asks dpkg about the packages installed on this machine. Reads only; works without root."""

import fnmatch
import glob
import hashlib
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

INFO = Path("/var/lib/dpkg/info")
DOCUMENTATION = Path("/usr/share/doc")
READ_BYTES_MAX = 32 << 20  # of one package's files: the whole demo stays under a minute

FIELD_END = "\x1f"
RECORD_END = "\x1e"
FIELDS = ("db:Status-Status", "binary:Package", "Package", "Version", "Maintainer", "Homepage",
          "Description", "Conffiles")


@dataclass(frozen=True)
class Package:
    """An installed package; `qualified` is the name that dpkg's files have, "libc6:amd64"."""

    qualified: str
    name: str
    version: str
    maintainer: str
    homepage: str
    description: str  # the long one, without the synopsis
    conffiles: tuple  # (path, whether this version of the package has it no longer)

    def info(self, suffix):
        """The lines of one of dpkg's files about the package; None when there is no such file."""
        try:
            return (INFO / f"{self.qualified}.{suffix}").read_text("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return None


def installed_packages():
    """All of them, by name; of several architectures the first."""
    record = FIELD_END.join(f"${{{field}}}" for field in FIELDS) + RECORD_END
    done = subprocess.run(["dpkg-query", "--show", f"--showformat={record}"], capture_output=True,
                          check=True, text=True, encoding="utf-8", errors="replace")
    packages = {}
    for text in done.stdout.split(RECORD_END)[:-1]:
        status, qualified, name, version, maintainer, homepage, description, conffiles = \
            text.split(FIELD_END)
        if status == "installed":
            packages.setdefault(name, Package(
                qualified, name, version, maintainer.strip(), homepage.strip(),
                _long_description(description), tuple(_read_conffiles(conffiles))))
    return [packages[name] for name in sorted(packages)]


def spread(items, limit):
    """At most `limit` of the items, evenly over the whole list."""
    if len(items) <= limit:
        return items
    return [items[i * len(items) // limit] for i in range(limit)]


def _long_description(text):
    lines = [line.strip() for line in text.splitlines()[1:]]
    return " ".join(line for line in lines if line not in ("", "."))


def _read_conffiles(text):
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2:
            yield words[0], "obsolete" in words[2:]


# ---- files on disk --------------------------------------------------------------------------


class Files:
    """Where the files of packages are on this machine: diversions and excluded paths applied."""

    def __init__(self):
        self.diversions = _read_diversions()
        self.patterns = _read_path_patterns()

    def place(self, package, path):
        """Where a path of the package's is; differs when another package diverts it."""
        moved = self.diversions.get(path)
        return moved[0] if moved and moved[1] != package.name else path

    def is_excluded(self, path):
        """Whether dpkg is told to leave such files away, as small images do with documentation."""
        excluded = False
        for exclude, pattern in self.patterns:
            if fnmatch.fnmatchcase(path, pattern):
                excluded = exclude
        return excluded


def _read_diversions():
    try:
        lines = Path("/var/lib/dpkg/diversions").read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return {}
    return {lines[i]: (lines[i + 1], lines[i + 2]) for i in range(0, len(lines) - 2, 3)}


def _read_path_patterns():
    """[(whether it excludes, pattern)] in the order that dpkg reads them; the last match wins."""
    patterns = []
    for file in ["/etc/dpkg/dpkg.cfg", *sorted(glob.glob("/etc/dpkg/dpkg.cfg.d/*"))]:
        try:
            text = Path(file).read_text("utf-8", "replace")
        except OSError:
            continue
        for kind, pattern in re.findall(r"^path-(exclude|include)[= ]\s*(\S+)", text, re.MULTILINE):
            patterns.append((kind == "exclude", pattern))
    return patterns


@dataclass
class ChecksumReport:
    """The result of comparing a package's files with their checksums."""

    matching: int = 0
    different: tuple = ()
    missing: tuple = ()
    unreadable: int = 0
    too_large: bool = False


def compare_checksums(package, files):
    """A ChecksumReport; None when the package has no checksums."""
    lines = package.info("md5sums")
    if not lines:
        return None
    report = ChecksumReport()
    listed = [(wanted, files.place(package, "/" + path)) for wanted, path in
              (line.split(None, 1) for line in lines if line.strip())]
    if sum(_size(path) for _, path in listed) > READ_BYTES_MAX:
        report.too_large = True
        return report
    for wanted, path in listed:
        try:
            digest = hashlib.md5(Path(path).read_bytes(), usedforsecurity=False).hexdigest()
        except (FileNotFoundError, NotADirectoryError):
            if not files.is_excluded(path):
                report.missing += (path,)
        except OSError:
            report.unreadable += 1
        else:
            if digest == wanted:
                report.matching += 1
            else:
                report.different += (path,)
    return report


def _size(path):
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
