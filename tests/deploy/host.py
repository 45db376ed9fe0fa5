"""The unit of systemd and the Dockerfile. Each function gives a list of findings."""

import re
import subprocess
import sys
from pathlib import Path

# In debian:12-slim without being asked for.
BASE_PACKAGES = {"libc6", "libgcc-s1", "libstdc++6"}
EXPOSURE_MAX = 15  # tenths, as systemd-analyze takes them


def run(*command):
    return subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=120, check=False)


def directives(text):
    """[(name, value)] of a unit."""
    return re.findall(r"^(\w+)=(.*)$", text, re.M)


def check_unit(text, binary, flags, folder):
    """`binary` stands in for the one that the unit starts, `folder` takes the copy."""
    found = dict(directives(text))
    findings = []
    program, *arguments = found["ExecStart"].split()
    if arguments[:1] != ["serve"]:
        findings.append(f"the unit runs {found['ExecStart']}")
    findings += [f"serve knows no {each}" for each in arguments
                 if each.startswith("--") and each not in flags]
    store = f"/var/lib/{found.get('StateDirectory')}"
    if store not in arguments:
        findings.append(f"the store is not {store}, the one place that may be written")
    if not re.search(r"-HUP \$MAINPID$", found.get("ExecReload", "")):
        findings.append("a reload sends no SIGHUP")
    copy = Path(folder) / "scorekeeper.service"
    copy.write_text(text.replace(program, str(binary)))
    verified = run("systemd-analyze", "verify", "--man=no", copy)
    said = [line for line in verified.stderr.splitlines() if copy.name in line]
    findings += [f"systemd-analyze verify: {line}" for line in said]
    if verified.returncode != 0 and not said:
        findings.append(f"systemd-analyze verify: {verified.stderr}")
    rated = run("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_MAX}",
                copy)
    if rated.returncode != 0:
        findings.append(f"systemd-analyze security: {rated.stdout.splitlines()[-1:]}")
    return findings


def _owner(library):
    """The Debian package of a library; "" where none owns it."""
    path = Path(library)
    for each in (path.resolve(), path, Path("/usr") / str(path).lstrip("/"),
                 Path(str(path.resolve()).removeprefix("/usr"))):
        done = run("dpkg-query", "--search", each)
        if done.returncode == 0:
            return done.stdout.split(":")[0]
    return ""


def libraries_of(binary):
    """The libraries that the binary names itself."""
    named = re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "--dynamic", binary).stdout)
    found = dict(re.findall(r"(\S+) => (/\S+)", run("ldd", binary).stdout))
    return {found[name] for name in named if name in found}


def instructions(text):
    """[(instruction, rest)] of a Dockerfile."""
    joined = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.M))
    return [tuple(line.split(None, 1)) for line in joined.splitlines() if line.strip()]


def check_dockerfile(path, libraries, variables):
    text = path.read_text()
    found = instructions(text)
    last = [each[0] for each in found[max(i for i, each in enumerate(found)
                                          if each[0] == "FROM"):]]
    findings = [f"the Dockerfile has no {name}"
                for name in ("USER", "HEALTHCHECK", "ENTRYPOINT", "VOLUME") if name not in last]
    for name, rest in found:
        if name == "USER" and not re.fullmatch(r"[1-9]\d*:[1-9]\d*", rest):
            findings.append(f"the container's user is {rest}: Kubernetes wants a number above 0")
        if name == "ENV":
            findings += [f"the server knows no variable {each}"
                         for each in re.findall(r"(\w+)=", rest) if each not in variables]
            if "SCOREKEEPER_STORE=" in rest:
                findings.append("SCOREKEEPER_STORE would exclude SCOREKEEPER_STORE_FILE")
    installed = set(" ".join(rest for name, rest in found if name == "RUN").split())
    for library in sorted(libraries):
        owner = _owner(library)
        if owner not in installed | BASE_PACKAGES:
            findings.append(f"{library} is missing: the package {owner or '?'}")
    hadolint = Path(sys.executable).parent / "hadolint"
    linted = run(hadolint, "--no-color", path)
    if linted.returncode != 0:
        findings.append(f"hadolint: {linted.stdout or linted.stderr}")
    return findings
