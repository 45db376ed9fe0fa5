"""The languages that are not compiled ahead: Python, TypeScript, Ruby, curl."""

import shutil
import sys

from languages import BUILD, HERE, NotRun, Program, is_current, run_tool, write_ca_variable


def prepare_python():
    """The client in a virtual environment; installed again when requirements.txt changes."""
    folder = BUILD / "python"
    requirements = HERE / "python" / "requirements.txt"
    current, text = is_current(folder / "stamp", requirements)
    if not current:
        shutil.rmtree(folder, ignore_errors=True)
        run_tool(sys.executable, "-m", "venv", folder)
        run_tool(folder / "bin" / "python", "-m", "pip", "install", "--quiet",
                 "--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:",
                 "-r", requirements)
        (folder / "stamp").write_text(text)
    python = [folder / "bin" / "python", "-B"]
    return Program(driver=[*python, HERE / "python" / "driver.py"],
                   verbatim=[*python, HERE / "python" / "verbatim.py"])


def prepare_typescript():
    """The client by npm ci, and the programs compiled against the client's own types."""
    for tool in ("node", "npm"):
        if not shutil.which(tool):
            raise NotRun(f"{tool} is not installed")
    folder = BUILD / "typescript"
    source = HERE / "typescript"
    files = [source / name for name in ("package.json", "package-lock.json", "tsconfig.json")]
    files += sorted(source.glob("*.ts"))
    installed, installed_text = is_current(folder / "installed", *files[:2])
    if not installed:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for file in files[:2]:
            shutil.copy(file, folder)
        run_tool("npm", "ci", "--no-audit", "--no-fund", folder=folder)
        (folder / "installed").write_text(installed_text)
    compiled, compiled_text = is_current(folder / "compiled.stamp", *files)
    if not compiled:
        for file in folder.glob("*.ts"):
            file.unlink()
        for file in files[2:]:
            shutil.copy(file, folder)
        run_tool("node_modules/.bin/tsc", "--project", ".", folder=folder)
        (folder / "compiled.stamp").write_text(compiled_text)
    return Program(driver=["node", folder / "compiled" / "driver.js"],
                   verbatim=["node", folder / "compiled" / "verbatim.js"],
                   trust=write_ca_variable("NODE_EXTRA_CA_CERTS"))


def prepare_ruby():
    """Nothing to install: Ruby's own HTTP library."""
    if not shutil.which("ruby"):
        raise NotRun("ruby is not installed")
    return Program(driver=["ruby", HERE / "ruby" / "driver.rb"],
                   verbatim=["ruby", HERE / "ruby" / "verbatim.rb"],
                   exception="the gem is not at hand (neither in Debian nor from RubyGems, which "
                             "cannot be reached): Debian's Ruby makes the same wire requests, and "
                             "waits the same way, with net/http")


def prepare_curl():
    if not shutil.which("curl"):
        raise NotRun("curl is not installed")
    return Program(driver=[HERE / "curl" / "driver"], verbatim=[HERE / "curl" / "verbatim"],
                   trust=write_ca_variable("CURL_CA_BUNDLE"))


LANGUAGES = {
    "python": prepare_python,
    "typescript": prepare_typescript,
    "ruby": prepare_ruby,
    "curl": prepare_curl,
}
