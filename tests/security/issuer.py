"""An issuer of access tokens for the tests: a real process that serves its discovery document and
its keys over HTTP, signs what it is asked to sign, and makes new keys when it is told to.

tests/security/issuer.py FOLDER serves on a free port of 127.0.0.1 and prints its URL; its private
keys are in FOLDER. Keys and signatures come from the openssl command line.

    GET  /.well-known/openid-configuration, /jwks   as any issuer
    GET  /count     how often its keys were asked for
    POST /sign      {"alg": "ES256", "claims": {…}, "header": {…}} -> the token; `header` adds to
                    or replaces members of the header; "key": "foreign" signs with a key that is
                    not published
    POST /rotate    new keys in place of the old ones
"""

import base64
import http.server
import json
import subprocess
import sys
import threading
from pathlib import Path

ALGORITHMS = ("RS256", "ES256", "EdDSA")
GENERATE = {"RS256": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
            "ES256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            "EdDSA": ["-algorithm", "ED25519"]}


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments, data=b""):
    return subprocess.run(["openssl", *map(str, arguments)], input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=True).stdout


class Key:
    """A key pair in a file."""

    def __init__(self, folder, algorithm, kid):
        self.algorithm = algorithm
        self.kid = kid
        self.path = folder / f"{kid}.pem"
        openssl("genpkey", *GENERATE[algorithm], "-out", self.path)

    def published(self):
        """As a JSON Web Key."""
        common = {"kid": self.kid, "alg": self.algorithm, "use": "sig"}
        spki = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")
        if self.algorithm == "EdDSA":
            return {**common, "kty": "OKP", "crv": "Ed25519", "x": base64url(spki[-32:])}
        if self.algorithm == "ES256":
            return {**common, "kty": "EC", "crv": "P-256", "x": base64url(spki[-64:-32]),
                    "y": base64url(spki[-32:])}
        modulus = openssl("rsa", "-in", self.path, "-noout", "-modulus").decode().strip()
        number = bytes.fromhex(modulus.partition("=")[2])
        return {**common, "kty": "RSA", "n": base64url(number), "e": base64url(b"\x01\x00\x01")}

    def public_pem(self):
        return openssl("pkey", "-in", self.path, "-pubout")

    def sign(self, data):
        if self.algorithm == "EdDSA":
            # -rawin reads files only.
            text = self.path.with_suffix(".text")
            text.write_bytes(data)
            return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", text)
        signature = openssl("dgst", "-sha256", "-sign", self.path, data=data)
        return raw_signature(signature) if self.algorithm == "ES256" else signature


def raw_signature(der):
    """The two numbers of an ECDSA signature, 32 bytes each (RFC 7518 §3.4)."""
    numbers, at = b"", 2
    for _ in range(2):
        size = der[at + 1]
        numbers += int.from_bytes(der[at + 2:at + 2 + size], "big").to_bytes(32, "big")
        at += 2 + size
    return numbers


class Issuer:
    """The keys, and what they sign. One request at a time."""

    def __init__(self, folder):
        self.folder = folder
        self.lock = threading.Lock()
        self.generation = 0
        self.asked = 0
        self.url = None
        self.keys = {}
        self.foreign = {name: Key(folder, name, f"foreign-{name}") for name in ALGORITHMS}
        self.rotate()

    def rotate(self):
        self.generation += 1
        self.keys = {name: Key(self.folder, name, f"{name}-{self.generation}")
                     for name in ALGORITHMS}

    def jwks(self):
        self.asked += 1
        other = {"kty": "oct", "kid": "shared", "k": base64url(b"not for signatures of ours")}
        return {"keys": [other, *(key.published() for key in self.keys.values())]}

    def sign(self, wanted):
        keys = self.foreign if wanted.get("key") == "foreign" else self.keys
        key = keys[wanted["alg"]]
        header = {"alg": key.algorithm, "kid": key.kid, "typ": "at+jwt", **wanted.get("header", {})}
        text = ".".join(base64url(json.dumps(part).encode()) for part in (header, wanted["claims"]))
        return f"{text}.{base64url(key.sign(text.encode()))}"


def handler_of(issuer):
    class Handler(http.server.BaseHTTPRequestHandler):
        """Routes."""

        def do_GET(self):
            with issuer.lock:
                if self.path == "/.well-known/openid-configuration":
                    self.answer({"issuer": issuer.url, "jwks_uri": issuer.url + "/jwks",
                                 "response_types_supported": ["code"]})
                elif self.path == "/jwks":
                    self.answer(issuer.jwks())
                elif self.path == "/count":
                    self.answer(issuer.asked)
                elif self.path == "/public-pem":
                    self.answer(issuer.keys["RS256"].public_pem().decode())
                else:
                    self.send_error(404)

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            with issuer.lock:
                if self.path == "/sign":
                    self.answer(issuer.sign(json.loads(body)))
                elif self.path == "/rotate":
                    issuer.rotate()
                    self.answer(issuer.generation)
                else:
                    self.send_error(404)

        def answer(self, value):
            body = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler


def main(folder, port):
    issuer = Issuer(Path(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler_of(issuer))
    issuer.url = f"http://127.0.0.1:{server.server_address[1]}"
    print(issuer.url, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
