"""Certificates for a test, made with the program openssl in a folder of the test's own."""

import subprocess

# openssl x509 takes whole days only; these are begin and end as openssl ca takes them.
ENDED = ("20200101000000Z", "20200102000000Z")

CA_CONFIGURATION = """
[ca]
default_ca = test
[test]
database = {folder}/index.txt
serial = {folder}/serial
new_certs_dir = {folder}
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
"""


def openssl(*arguments):
    """Its output; AssertionError that shows what it said when it failed."""
    done = subprocess.run(["openssl", *map(str, arguments)], stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout


class Authority:
    """A CA; `cert` is its file. Serial numbers of what it signs are 1, 2, 3 …"""

    def __init__(self, folder, name):
        self.folder = folder / name
        self.folder.mkdir()
        self.cert = self.folder / "ca.pem"
        self._key = self.folder / "ca-key.pem"
        self._configuration = self.folder / "openssl.cnf"
        self._configuration.write_text(CA_CONFIGURATION.format(folder=self.folder))
        (self.folder / "index.txt").touch()
        (self.folder / "serial").write_text("01\n")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", f"/CN={name}", "-days", "2", "-keyout", self._key, "-out", self.cert)
        self._count = 0

    def issue(self, cert, key, usage="serverAuth", time=None):
        """Writes a certificate for 127.0.0.1 and its key into those files; its serial number."""
        self._count += 1
        request = self.folder / "request.pem"
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                f"/CN=test {self._count}", "-addext", "subjectAltName=IP:127.0.0.1", "-addext",
                f"extendedKeyUsage={usage}", "-keyout", key, "-out", request)
        span = ("-startdate", time[0], "-enddate", time[1]) if time else ("-days", "1")
        openssl("ca", "-batch", "-notext", "-config", self._configuration, "-cert", self.cert,
                "-keyfile", self._key, "-in", request, "-out", cert, *span)
        return self._count
