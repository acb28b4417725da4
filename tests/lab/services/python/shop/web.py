"""A web server; with UPSTREAM_URL it calls another one every few seconds and logs what comes of it."""

import logging
import os
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATHS = ("/", "/healthz", "/products")
PERIOD_S = 5
logger = logging.getLogger("shop.web")


class Handler(BaseHTTPRequestHandler):
    """Answers some paths, and 404 to all others."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path in PATHS else 404)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        logger.debug(format, *args)


def call(url: str) -> None:
    """Call the other server until the program ends."""
    while True:
        try:
            with urllib.request.urlopen(url, timeout=3) as answer:
                logger.info("GET %s: %s", url, answer.status)
        except OSError as error:
            logger.error("GET %s failed: %s", url, error)
        time.sleep(PERIOD_S)


def main() -> None:
    logging.basicConfig(level="INFO", stream=sys.stdout, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    port = int(os.environ.get("PORT", "8080"))
    server = ThreadingHTTPServer(("", port), Handler)
    if url := os.environ.get("UPSTREAM_URL"):
        threading.Thread(target=call, args=(url,), daemon=True).start()
    logger.info("listening on port %s", port)
    server.serve_forever()


if __name__ == "__main__":
    main()
