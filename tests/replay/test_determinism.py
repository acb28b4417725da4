"""Two runs over the same answers report the same, in whatever order answers come and checks finish."""

import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

import reports
from diagnose.cli.assembly import prepare
from diagnose.queries.query import Query
from diagnose.sources.gateway import Exchange, Source
from diagnose.sources.recording import save
from diagnose.target.request import Request
from tests.support import recordings

GOLDEN = sorted(path.name for path in (recordings.STORE.folder / "golden").iterdir())
LONGEST_DELAY_S = 0.002


def shuffled(plain: Any, order: random.Random) -> Any:
    """The data with the keys of every mapping in another order, which JSON gives no meaning."""
    if isinstance(plain, list):
        return [shuffled(each, order) for each in plain]
    if isinstance(plain, dict):
        return {key: shuffled(plain[key], order) for key in order.sample(list(plain), len(plain))}
    return plain


def in_other_order(exchange: Exchange, order: random.Random) -> Exchange:
    """The exchange with the objects of a list in another order, too; that of parts of an object has a meaning."""
    if exchange.error:
        return exchange
    answer = shuffled(exchange.plain, order)
    if "plural" in exchange.query:
        items = answer.get("items") or []
        answer["items"] = order.sample(items, len(items))
    return msgspec.structs.replace(exchange, answer=msgspec.Raw(msgspec.json.encode(answer)))


class Delayed:
    """A source that answers after a random moment, so that checks finish in another order."""

    def __init__(self, source: Source, order: random.Random) -> None:
        self._source, self._order = source, order

    def answer(self, query: Query[Any], timeout_s: float) -> object:
        time.sleep(self._order.random() * LONGEST_DELAY_S)
        return self._source.answer(query, timeout_s)


def report_of(path: Path, order: random.Random | None = None) -> str:
    """The report of a recording, as JSON."""
    examination = prepare(Request(replay=path))
    if order:
        examination.gateway.source = Delayed(examination.gateway.source, order)
    report = examination.run(threading.Event())
    untimed = tuple(replace(each, duration_s=0.0) for each in report.outcomes)
    return reports.RENDERERS["json"](replace(report, outcomes=untimed), reports.Options(verbose=True))


@pytest.mark.parametrize("name", GOLDEN)
def test_a_report_does_not_depend_on_the_order_of_answers(name: str, tmp_path: Path) -> None:
    recorded, order, path = recordings.recording(name), random.Random(name), tmp_path / "other.diag"
    exchanges = [in_other_order(each, order) for each in recorded.exchanges.values()]
    assert exchanges != list(recorded.exchanges.values())
    save(path, recorded.header, order.sample(exchanges, len(exchanges)))
    assert report_of(path, order) == report_of(recordings.path(name))


def test_a_report_does_not_depend_on_the_hashes_of_a_process() -> None:
    program = f"from {__name__} import *; [print(report_of(recordings.path(name))) for name in GOLDEN[::3]]"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": seed}, stdout=subprocess.PIPE
        )
        for seed in ("1", "2")
    ]
    first, second = (process.communicate()[0] for process in processes)
    assert [process.returncode for process in processes] == [0, 0]
    assert first == second
