"""Writes stored recordings, or rewrites all of them.

python -m tests.replay extract V10 FILE               a stored recording as a file for `diagnose all --replay FILE`
python -m tests.replay rewrite                        all recordings, as today's program stores them
python -m tests.replay rewrite QueryVault=AskVault    the same, after a type of query or error was renamed
python -m tests.replay golden V11                     moves a recording from its archive to the readable ones

After another change of a query (a field that is renamed, added or removed), edit `convert` for the time of one run.
"""

import argparse
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from tests.replay.store import Incident
from tests.support import recordings


def convert(exchange: dict[str, Any], renamed: Mapping[str, str]) -> dict[str, Any]:
    """Returns an exchange under today's names."""
    query = exchange["query"] | {"query": renamed.get(exchange["query"]["query"], exchange["query"]["query"])}
    error = {"error": renamed.get(exchange["error"], exchange["error"])} if exchange.get("error") else {}
    return exchange | {"query": query} | error


def rewrite(renamed: Mapping[str, str]) -> None:
    """Rewrites all stored recordings."""
    incidents = {}
    for name, incident in recordings.STORE.incidents.items():
        plain = msgspec.json.decode(incident.recording)
        plain["exchanges"] = [convert(each, renamed) for each in plain["exchanges"]]
        incidents[name] = Incident(msgspec.json.encode(plain), incident.expected)
    recordings.STORE.save(incidents)


def main() -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    extract = commands.add_parser("extract")
    extract.add_argument("name", choices=recordings.NAMES, metavar="NAME")
    extract.add_argument("file", type=Path, metavar="FILE")
    commands.add_parser("rewrite").add_argument("renamed", nargs="*", metavar="OLD=NEW")
    commands.add_parser("golden").add_argument("name", choices=recordings.NAMES, metavar="NAME")
    options = parser.parse_args()
    if options.command == "extract":
        shutil.copy(recordings.path(options.name), options.file)
    elif options.command == "golden":
        recordings.STORE.make_golden(options.name)
    else:
        rewrite(dict(each.split("=", 1) for each in options.renamed))


if __name__ == "__main__":
    main()
