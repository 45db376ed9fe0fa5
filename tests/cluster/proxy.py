"""A proxy between a server and its database that can hold back one message, and lead elsewhere."""

import socket
import threading

HELD_SECONDS = 60.0


class Proxy:
    """On 127.0.0.1 and a free port, to `target`, a port of 127.0.0.1, for new connections."""

    def __init__(self, target):
        self.target = target
        self.caught = threading.Event()
        self._word = None
        self._released = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._released.set()
        self._listener.close()

    def hold(self, word):
        """The next message to the database with that word does not arrive; `caught` tells when it
        was there. Connections end only after release(), as after a cut network."""
        self._word = word

    def release(self):
        self._released.set()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                database = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                client.close()
                continue
            for ends in ((client, database, True), (database, client, False)):
                threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _carry(self, one, other, to_database):
        try:
            while data := one.recv(1 << 16):
                if to_database and self._word and self._word in data:
                    self._word = None
                    self.caught.set()
                    break
                other.sendall(data)
        except OSError:
            pass
        if self.caught.is_set():
            self._released.wait(HELD_SECONDS)
        for end in (one, other):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
