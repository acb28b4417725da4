"""The tag that is to be deployed is in no registry: the build has not pushed it."""

import threading
from http.server import ThreadingHTTPServer

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.prerequisites._gate import GATE
from tests.lab.kubernetes.registry import DELAYED, Registry

# On this machine, for a registry elsewhere is only spoken to by TLS.
HOST, PORT = "127.0.0.1", 5055
IMAGE = f"{HOST}:{PORT}/{DELAYED}/worker:of-tomorrow"
_SERVERS: list[ThreadingHTTPServer] = []


class Quiet(Registry):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        pass


def inject(_: Lab) -> None:
    server = ThreadingHTTPServer((HOST, PORT), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    _SERVERS.append(server)


def heal(_: Lab) -> None:
    while _SERVERS:
        server = _SERVERS.pop()
        server.shutdown()
        server.server_close()


FAULT = Fault(
    id="B09",
    title="Before a deploy: the registry has no such tag",
    inject=inject,
    settled=lambda lab: True,
    heal=heal,
    causes=("workload.image-not-found",),
    names=(IMAGE,),
    command=(*GATE, "--image", IMAGE, "--registry"),
)
