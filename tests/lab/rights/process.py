"""Runs `diagnose` again and again in one process of its own, so that what it imports is imported once."""

import json
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tests.lab.cluster import JsonObject, LabError

LIMIT_S = 300.0


class Look(Protocol):
    """Runs `diagnose` with these arguments."""

    def __call__(self, *arguments: str) -> JsonObject:
        """The JSON that it prints.

        Raises:
            LabError: it prints none.
        """
        ...


@contextmanager
def diagnose_process(kubeconfig: Path | None) -> Iterator[Look]:
    """Yields a process that uses this kubeconfig; None uses that of the environment."""
    started = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=started, initializer=_log_in, initargs=(kubeconfig,)) as pool:

        def look(*arguments: str) -> JsonObject:
            printed, output = pool.submit(_run, arguments).result(timeout=LIMIT_S)
            try:
                found: JsonObject = json.loads(printed)
            except json.JSONDecodeError:
                raise LabError(f"diagnose {' '.join(arguments)}: {output.strip() or printed[:300]}") from None
            return found

        yield look


def _log_in(kubeconfig: Path | None) -> None:
    # Before the client is imported, which reads the variable then.
    if kubeconfig:
        os.environ["KUBECONFIG"] = str(kubeconfig)


def _run(arguments: tuple[str, ...]) -> tuple[str, str]:
    from click.testing import CliRunner

    from diagnose.cli.group import group

    done = CliRunner().invoke(group, list(arguments), prog_name="diagnose")
    return done.stdout, done.stderr
