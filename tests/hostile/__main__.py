"""The stand-in by hand: `python -m tests.hostile serve`, and a new capture: `python -m tests.hostile capture`."""

import os
import threading
from pathlib import Path

import click

from tests.hostile.server import StandIn


@click.group()
def main() -> None:
    """The stand-in API server."""


@main.command()
def serve() -> None:
    """Serve a healthy cluster, or one with a fault, until interrupted."""
    stand_in = StandIn()
    with stand_in.serve() as config:
        print(f"export KUBECONFIG={config}", flush=True)
        threading.Event().wait()


@main.command()
@click.option("--kubeconfig", type=Path, default=lambda: os.environ.get("KUBECONFIG", ""), help="Of a healthy lab.")
def capture(kubeconfig: Path) -> None:
    """Take the answers of a healthy lab anew; reads only."""
    from tests.hostile import recorder

    recorder.main(kubeconfig)


if __name__ == "__main__":
    main()
