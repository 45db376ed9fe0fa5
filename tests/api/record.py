"""Keeps what went over the wire in a run of the *.api files, for openapi/run: one JSON object a
line. Bytes that are no UTF-8 are kept as lone surrogates.

    {"document": TEXT}      what GET /openapi.json answered, once
    {"where": "file.api:12", "method", "target", "request_headers": [[name, value], …],
     "request_body", "status", "headers": [[name, value], …], "body"}

The request's body is the one before its Content-Encoding, and kept only when it was accepted
(2xx): the others are wrong on purpose.
"""

import json

from support.client import Connection


class Recorder:
    """Writes to the file at `path`; without one it does nothing."""

    def __init__(self, path):
        self._file = open(path, "w", encoding="utf-8") if path else None
        self._described = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._file:
            self._file.close()

    def document(self, server):
        if not self._file or self._described:
            return
        with Connection(server.address) as connection:
            self._write({"document": connection.request("GET", "/openapi.json").text})
        self._described = True

    def exchange(self, where, request, answer):
        """`request`: method, target, headers, body."""
        if not self._file:
            return
        method, target, headers, body = request
        self._write({"where": where, "method": method, "target": target,
                     "request_headers": list(headers),
                     "request_body": text_of(body) if 200 <= answer.status < 300 else None,
                     "status": answer.status, "headers": answer.headers,
                     "body": text_of(answer.body)})

    def _write(self, line):
        self._file.write(json.dumps(line) + "\n")


def text_of(data):
    return data.decode("utf-8", "surrogateescape")
