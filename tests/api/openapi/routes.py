"""The table of contents of the API, src/api/routes.cpp, as data."""

import re

TABLE = re.compile(r"constexpr Row table\[\] = \{\n(.*?)\n\};", re.S)
ROW = re.compile(r'(?:on_loop|query|body|define|deferred|change)\s*'
                 r'\(\s*(\w+),\s*"([^"]+)",\s*(\w+),\s*\w+(?:,\s*\w+)?\),')
# The access of a route -> a scope that its operation must name; None: no keys at all.
SCOPES = {"open": [], "read": ["apm_service_catalog_read"], "write": ["apm_service_catalog_write"],
          "read_campaigns": ["apm_service_catalog_read", "cases_read"],
          "write_campaigns": ["apm_service_catalog_write", "cases_write"],
          "report": ["scorekeeper_outcomes_write"], "read_or_own": ["apm_service_catalog_read"],
          "admin": ["scorekeeper_admin"]}


def read(text):
    """(method, path) -> access. ValueError when a line is not understood: none may be missed."""
    table = TABLE.search(text)
    if not table:
        raise ValueError("src/api/routes.cpp has no table")
    rows = {}
    line = ""
    for piece in table[1].split("\n"):
        line = f"{line} {piece.partition('//')[0].strip()}".strip()
        if not line or line.endswith(",") and not line.endswith("),"):
            continue  # it goes on in the next one
        line, row = "", ROW.fullmatch(line)
        if not row:
            raise ValueError(f"src/api/routes.cpp: not understood: {piece}")
        method, path, access = row.groups()
        rows[method.rstrip("_").upper(), path.replace("*}", "}")] = access
    if line:
        raise ValueError(f"src/api/routes.cpp: not understood: {line}")
    return rows


def problems(rows, document, listed):
    """The differences between the table and the document. An operation without a route is known
    when each of its successes is `listed` as not exercised."""
    operations = {(each.method, each.path): each for each in document.operations}
    for key in sorted(rows.keys() - operations.keys()):
        yield f"{' '.join(key)}: has a route, but is not in the document"
    for key in sorted(operations.keys() - rows.keys()):
        missing = [entry for status, media_type in operations[key].successes()
                   if (entry := f"{operations[key]} {status} {media_type}".rstrip()) not in listed]
        if missing:
            yield f"{' '.join(key)}: is in the document, but has no route"
    for key in sorted(operations.keys() & rows.keys()):
        access, operation = rows[key], operations[key]
        scopes = SCOPES.get(access)  # None: an API key alone
        is_open = access == "open"
        if is_open != (operation.schemes() == []):
            yield f"{operation}: the route is {access}, the document says {operation.schemes()}"
        elif scopes is not None and set(scopes) != set(operation.scopes()):
            yield f"{operation}: the route asks for {scopes}, the document for others"
