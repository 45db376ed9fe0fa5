"""The rules that packages are scored by: each a pure question about one package.

A rule is a function of (package, files) that returns (state, sentence); a sentence says what was
found, never when, so that the same machine gives the same remarks again.
"""

import html
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from packages import DOCUMENTATION, compare_checksums

PASS, FAIL, SKIP = "pass", "fail", "skip"
DESCRIPTION_CHARACTERS_MIN = 120
TEAM_WORDS = ("lists.", "team", "maintainers", "tracker.debian.org", "packages.debian.org", "group")
LEFTOVER_SUFFIXES = (".dpkg-old", ".dpkg-dist", ".dpkg-new", ".dpkg-bak", ".ucf-old", ".ucf-dist")


@dataclass(frozen=True)
class Rule:
    name: str
    scorecard: str
    level: int
    description: str
    evaluate: Callable


def has_homepage(package, _):
    if package.homepage:
        return PASS, "The package names its homepage."
    return FAIL, "The package has no Homepage field."


def homepage_is_https(package, _):
    if not package.homepage:
        return SKIP, "The package has no Homepage field."
    if package.homepage.lower().startswith("https://"):
        return PASS, "The homepage is served over HTTPS."
    return FAIL, "The homepage is not an HTTPS address."


def has_copyright_file(package, files):
    path = DOCUMENTATION / package.name / "copyright"
    if path.exists():
        return PASS, f"{path} is there."
    if files.is_excluded(str(path)):
        return SKIP, "dpkg is told not to install such files here."
    return FAIL, f"{path} is missing."


def has_changelog(package, files):
    folder = DOCUMENTATION / package.name
    if any(folder.glob("changelog*")):
        return PASS, "A changelog comes with the package."
    if files.is_excluded(str(folder / "changelog.gz")):
        return SKIP, "dpkg is told not to install changelogs here."
    return FAIL, f"There is no changelog in {folder}."


def description_is_long_enough(package, _):
    length = len(package.description)
    if length >= DESCRIPTION_CHARACTERS_MIN:
        return PASS, f"The description has {length} characters."
    return FAIL, f"The description has {length} of {DESCRIPTION_CHARACTERS_MIN} characters."


def has_team(package, _):
    if not package.maintainer:
        return FAIL, "The package names no maintainer."
    if any(word in package.maintainer.lower() for word in TEAM_WORDS):
        return PASS, f"Maintained by {package.maintainer}."
    return FAIL, f"Maintained by one person: {package.maintainer}."


def files_match_checksums(package, files):
    report = compare_checksums(package, files)
    if report is None:
        return SKIP, "The package has no checksums."
    if report.too_large:
        return SKIP, "The files are too large to be read for a demonstration."
    wrong = len(report.different) + len(report.missing)
    if wrong:
        first = (report.different + report.missing)[0]
        return FAIL, f"{wrong} files are missing or differ from the package's, first {first}."
    if report.unreadable:
        return SKIP, f"{report.unreadable} files can be read by root only."
    if report.matching == 0:
        return SKIP, "dpkg is told not to install any of its files here."
    return PASS, f"{report.matching} files are as packaged."


def has_no_old_configuration(package, _):
    if not package.conffiles:
        return SKIP, "The package has no configuration files."
    obsolete = [path for path, gone in package.conffiles if gone]
    if obsolete:
        return FAIL, f"{obsolete[0]} belongs to an older version of the package."
    for path, _ in package.conffiles:
        for suffix in LEFTOVER_SUFFIXES:
            if Path(path + suffix).exists():
                return FAIL, f"{path}{suffix} is left over from an upgrade."
    return PASS, f"All of its {len(package.conffiles)} configuration files are current."


RULES = (
    Rule("Has a homepage", "Package documentation", 1,
         "The package has a Homepage field.", has_homepage),
    Rule("Has a copyright file", "Package documentation", 1,
         "Debian Policy 12.5: every package comes with its copyright.", has_copyright_file),
    Rule("Has a changelog", "Package documentation", 2,
         "Debian Policy 12.7: every package comes with its changelog.", has_changelog),
    Rule("Description is long enough", "Package documentation", 2,
         f"The long description has at least {DESCRIPTION_CHARACTERS_MIN} characters.",
         description_is_long_enough),
    Rule("Maintained by a team", "Package ownership", 2,
         "The maintainer is a list or a team: the package outlives one person's interest.",
         has_team),
    Rule("Homepage is served over HTTPS", "Package ownership", 3,
         "The Homepage field is an https address. Packages without one are skipped.",
         homepage_is_https),
    Rule("Files match their checksums", "Package integrity", 1,
         "Every file on disk has the MD5 sum that the package was built with.",
         files_match_checksums),
    Rule("No old configuration", "Package integrity", 3,
         "No configuration file is of an older version or left over from an upgrade.",
         has_no_old_configuration),
)


def remarks(sentence, package):
    """The sentence, and a link to the package's own homepage where it names one."""
    text = html.escape(sentence, quote=False)
    if not package.homepage:
        return text
    return f'{text} <a href="{html.escape(package.homepage)}">{html.escape(package.name)}</a>'
