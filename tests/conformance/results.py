"""The results of the checks: read from a program's output, counted, and shown as a table."""

from dataclasses import dataclass, field

# The operations of the public API. A language fails when one has no check in the pointed mode.
OPERATIONS = """
    UpdateScorecardOutcomes CreateScorecardOutcomesBatch ListScorecardOutcomes ListScorecardRules
    CreateScorecardRule UpdateScorecardRule DeleteScorecardRule ListScorecards ListScorecardScores
    ListScorecardCampaigns CreateScorecardCampaign GetScorecardCampaign UpdateScorecardCampaign
    DeleteScorecardCampaign ListCatalogEntity UpsertCatalogEntity PreviewCatalogEntities
    DeleteCatalogEntity ListCatalogKind UpsertCatalogKind DeleteCatalogKind ListCatalogRelation
    ListServiceDefinitions CreateOrUpdateServiceDefinitions GetServiceDefinition
    DeleteServiceDefinition
""".split()


@dataclass
class Row:
    """One language in one mode."""

    passed: int = 0
    failed: int = 0
    seconds: float = 0.0
    operations: set = field(default_factory=set)
    not_run: bool = False


class Results:
    """The rows of the table, and the exceptions that are named under it."""

    def __init__(self):
        self.rows = {}  # (language, mode) -> Row
        self.exceptions = []

    @property
    def failed(self):
        return sum(row.failed for row in self.rows.values())

    def row(self, language, mode):
        return self.rows.setdefault((language, mode), Row())

    def add(self, language, mode, operation, sentence, reason=None):
        row = self.row(language, mode)
        row.operations.add(operation)
        if reason is None:
            row.passed += 1
            return
        row.failed += 1
        print(f"FAILED {language}, {mode}, {operation}: {sentence}\n       {reason}", flush=True)

    def expect(self, language, mode, check, reason):
        """Adds a check of the runner's own; `check` is (operation, sentence); no reason: passed."""
        self.add(language, mode, *check, reason or None)

    def add_not_run(self, language, mode, reason):
        row = self.row(language, mode)
        row.failed += 1
        row.not_run = True
        print(f"NOT RUN {language}, {mode}: {reason}", flush=True)

    def add_exception(self, language, sentence):
        exception = f"{language}: {sentence}"
        if exception not in self.exceptions:
            self.exceptions.append(exception)

    def read(self, language, mode, done):
        """Counts the lines of a program that has ended: `done` is a Done."""
        ran, promised = 0, None
        for line in done.output.splitlines():
            kind, *fields = line.split("\t")
            if (kind, len(fields)) in (("PASS", 2), ("FAIL", 3)):
                self.add(language, mode, *fields)
                ran += 1
            elif kind == "END" and len(fields) == 1:
                promised = fields[0]
        if done.code != 0 or ran == 0 or str(ran) != promised:
            self.add(language, mode, "(whole program)", "runs to its end",
                     f"exit code {done.code}, {ran} checks of {promised}; {done.errors[-2000:]}")

    def check_operations(self, language, mode, missing):
        """Every operation has a check, or is named as one that the client library lacks."""
        row = self.row(language, mode)
        for operation in OPERATIONS:
            if operation not in row.operations and operation not in missing:
                row.failed += 1
                print(f"FAILED {language}, {mode}, {operation}: there is no check", flush=True)
        for operation, reason in missing.items():
            self.add_exception(language, f"no {operation}: {reason}")

    def show(self):
        heads = ("language", "mode", "operations", "checks", "failed", "seconds", "result")
        print("\n{:<12} {:<10} {:>10} {:>7} {:>7} {:>8}  {}".format(*heads))
        for (language, mode), row in self.rows.items():
            verdict = "NOT RUN" if row.not_run else "FAILED" if row.failed else "passed"
            known = len(row.operations & set(OPERATIONS))
            print(f"{language:<12} {mode:<10} {known:>10} {row.passed + row.failed:>7} "
                  f"{row.failed:>7} {row.seconds:>8.1f}  {verdict}")
        for exception in self.exceptions:
            print(f"exception: {exception}")
        passed = sum(row.passed for row in self.rows.values())
        print(f"\n{passed} passed, {self.failed} failed")


@dataclass
class Done:
    """A program that has ended."""

    code: object  # the exit code; text when it was stopped
    output: str
    errors: str
