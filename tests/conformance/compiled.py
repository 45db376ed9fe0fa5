"""The languages whose clients are compiled: Go, Java, Rust.

Each client library is one enormous package. Its build stays below build/conformance, so
that only a change of the pinned version builds it again.
"""

import shutil

from languages import BUILD, HERE, NotRun, Program, is_current, run_tool

CLIENT_SECONDS = 3600  # to build a client the first time: ten minutes on two idle cores


def need(*tools):
    for tool in tools:
        if not shutil.which(tool):
            raise NotRun(f"{tool} is not installed")


def prepare_go():
    """One module with a command for each program; go.sum pins the client and what it needs."""
    need("go", "gcc")
    folder = BUILD / "go"
    folder.mkdir(parents=True, exist_ok=True)
    run_tool("go", "build", "-o", f"{folder}/", "./driver", "./verbatim",
             folder=HERE / "go", seconds=CLIENT_SECONDS,
             environment={"GOCACHE": str(folder / "cache"), "GOFLAGS": "-mod=readonly -p=2",
                          "GOTOOLCHAIN": "local", "CGO_ENABLED": "1"})
    return Program(driver=[folder / "driver"], verbatim=[folder / "verbatim"])


MISSING_IN_JAVA = "not in 2.50.0, the newest release that the Maven repository serves"


def prepare_java():
    """The client's jars by Maven, which pom.xml pins, and javac; a command names the main class."""
    need("java", "javac", "keytool", "mvn")
    folder = BUILD / "java"
    source = HERE / "java"
    resolved, resolved_text = is_current(folder / "resolved.stamp", source / "pom.xml")
    if not resolved:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        run_tool("mvn", "--quiet", "--batch-mode", "--file", source / "pom.xml",
                 f"-Dmaven.repo.local={folder / 'repository'}",
                 f"-DoutputDirectory={folder / 'jars'}", "dependency:copy-dependencies")
        shutil.rmtree(folder / "repository")
        (folder / "resolved.stamp").write_text(resolved_text)
    sources = sorted((source / "conformance").glob("*.java"))
    compiled, compiled_text = is_current(folder / "compiled.stamp", *sources)
    if not compiled:
        shutil.rmtree(folder / "classes", ignore_errors=True)
        run_tool("javac", "-nowarn", "-encoding", "UTF-8",
                 "-classpath", f"{folder / 'jars'}/*", "-d", folder / "classes", *sources)
        (folder / "compiled.stamp").write_text(compiled_text)

    def command(name):
        return ["java", "-classpath", f"{folder / 'classes'}:{folder / 'jars'}/*",
                f"conformance.{name}"]

    missing = dict.fromkeys(
        ("ListScorecards", "ListScorecardScores", "ListScorecardCampaigns",
         "CreateScorecardCampaign", "GetScorecardCampaign", "UpdateScorecardCampaign",
         "DeleteScorecardCampaign"), MISSING_IN_JAVA)
    return Program(driver=command("Driver"), verbatim=command("Verbatim"),
                   trust=trust_of_java, missing=missing,
                   unknown_sites=("us2.ddog-gov.com", "uk1.datadoghq.com"))


def trust_of_java(ca, folder):
    """A trust store with the authority in it, and no other."""
    store = folder / "trust.p12"
    password = "changeit"  # of a file with nothing secret in it
    run_tool("keytool", "-importcert", "-noprompt", "-alias", "conformance", "-file", ca,
             "-keystore", store, "-storetype", "PKCS12", "-storepass", password)
    return {"JAVA_TOOL_OPTIONS": f"-Djavax.net.ssl.trustStore={store} "
                                 f"-Djavax.net.ssl.trustStorePassword={password}"}


def prepare_rust():
    """One crate with two programs, in a copy of ours: cargo writes beside Cargo.toml."""
    need("cargo", "gcc", "pkg-config")
    folder = BUILD / "rust"
    package = folder / "package"
    shutil.rmtree(package / "src", ignore_errors=True)  # but Cargo.lock stays, and what it chose
    shutil.copytree(HERE / "rust", package, dirs_exist_ok=True)
    run_tool("cargo", "build", "--quiet", "--bins", "--jobs", "2", "--target-dir",
             folder / "target", folder=package, seconds=CLIENT_SECONDS)
    programs = folder / "target" / "debug"
    return Program(driver=[programs / "driver"], verbatim=[programs / "verbatim"])


LANGUAGES = {"go": prepare_go, "java": prepare_java, "rust": prepare_rust}
