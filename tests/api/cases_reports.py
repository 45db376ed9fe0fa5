"""Cases of other tools' reports, which `scorekeeper push` turns into outcomes."""

import subprocess

from cases_support import OUTCOMES, Org, path_of


def push(org, rule, *arguments, text=None):
    """The exit code, stdout and stderr of a push for service:shop; `text` goes to its stdin."""
    done = subprocess.run(
        [org.server.binary, "push", "--rule", rule, "--entity", "service:shop", *arguments],
        env=org.environment(), input=text, capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def outcomes_of(org):
    return [(item["attributes"]["entity_reference"], item["attributes"]["state"],
             item["attributes"]["remarks"]) for item in org.get(OUTCOMES)["data"]]


def expect_pushed(org, arguments, state, remarks):
    """The push is accepted, prints what it sent, and the server has it."""
    rule = org.create_rule(" ".join(arguments))
    assert push(org, rule, *arguments) == (0, f"{state}: {remarks}\n", "")
    assert outcomes_of(org)[-1] == ("service:default/shop", state, remarks), outcomes_of(org)


def test_60_junit_nested_suites(server):
    """Each test counts once, whatever the suites say."""
    org = Org(server, "case-60")
    remarks = "4 tests: 2 passed, 1 failed, 1 skipped; failed: inner bad"
    expect_pushed(org, ["--format", "junit", str(path_of("60"))], "fail", remarks)
    rule = org.create_rule("from stdin")
    code, output, _ = push(org, rule, "--format", "junit", "-", text=path_of("60").read_bytes())
    assert (code, output) == (0, f"fail: {remarks}\n")


def test_60_names_are_escaped(server):
    org = Org(server, "case-60-names")
    text = path_of("60").read_bytes().replace(b'name="bad"', b'name="&lt;img src=x>"')
    code, output, _ = push(org, org.create_rule("names"), "--format", "junit", "-", text=text)
    assert code == 0 and "failed: inner &lt;img src=x&gt;\n" in output, output
    [(_, _, remarks)] = outcomes_of(org)
    assert remarks.endswith("failed: inner &lt;img src=x&gt;"), remarks


def test_60_what_is_wrong_is_not_sent(server):
    org = Org(server, "case-60-wrong")
    rule = org.create_rule("wrong")
    whole = path_of("60").read_bytes()
    doctype = whole.replace(b"<testsuites", b"<!DOCTYPE x>\n<testsuites", 1)
    for text, problem in [(whole[:300], "line 6, column 7: malformed XML: unclosed token"),
                          (doctype, "line 2, column 12: a document type (<!DOCTYPE>) is refused")]:
        assert push(org, rule, "--format", "junit", "-", text=text) == (
            1, "", f"scorekeeper: standard input: {problem}\n")
    code, _, errors = push(org, rule, "--format", "junit", "--check", "x", str(path_of("60")))
    assert code == 2 and "--check goes with --format openssf alone" in errors, errors
    assert outcomes_of(org) == []
    code, _, errors = push(org, "no-such-rule", "--format", "junit", str(path_of("60")))
    assert code == 1 and "the server answers 4" in errors, errors


def test_62_sarif(server):
    """Suppressed results, and kinds other than fail, are no open findings; levels come from
    rules."""
    org = Org(server, "case-62")
    remarks = "open findings: error 2, warning 1, note 1"
    expect_pushed(org, ["--format", "sarif", str(path_of("62"))], "fail", remarks)


def test_62_the_level_that_fails(server):
    org = Org(server, "case-62-levels")
    text = path_of("62").read_bytes().replace(b'"level": "error"', b'"level": "note"')
    rule = org.create_rule("levels")
    for level, state in [("error", "pass"), ("warning", "fail"), ("note", "fail")]:
        code, output, _ = push(org, rule, "--format", "sarif", "--fail-on", level, "-", text=text)
        assert (code, output) == (0, f"{state}: open findings: error 0, warning 1, note 3\n")


def test_64_openssf(server):
    org = Org(server, "case-64")
    arguments = ["--format", "openssf", str(path_of("64"))]
    expect_pushed(org, arguments, "pass", "overall: score 6.4 of 10, at least 5 wanted")


def test_64_a_score_that_is_not_known(server):
    """-1 is no low score."""
    org = Org(server, "case-64-check")
    arguments = ["--format", "openssf", "--min-score", "8", str(path_of("64")), "--check"]
    expect_pushed(org, [*arguments, "Signed-Releases"], "skip",
                  "Signed-Releases: inconclusive: no releases found")
    code, output, errors = push(org, org.create_rule("unknown"), *arguments, "Licence")
    assert (code, output) == (1, "") and 'did you mean "License"?' in errors, errors
    assert len(outcomes_of(org)) == 1


def test_64_a_check(server):
    org = Org(server, "case-64-low")
    arguments = ["--format", "openssf", str(path_of("64")), "--check", "Branch-Protection"]
    expect_pushed(org, arguments, "fail",
                  "Branch-Protection: score 0 of 10, at least 5 wanted: none")
