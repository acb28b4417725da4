"""Runs one after the other in one process, as `watch` and `mcp` make them."""

import gc
import threading

from diagnose.cli.run import once
from diagnose.cli.settings import Settings
from diagnose.sources.gateway import Gateway
from diagnose.target.request import Request
from tests.support import recordings


def gateways() -> int:
    return sum(type(each) is Gateway for each in gc.get_objects())


def test_the_answers_of_earlier_runs_do_not_pile_up() -> None:
    before = gateways()
    threshold = gc.get_threshold()
    gc.set_threshold(0)
    try:
        for _ in range(6):
            once(Request(replay=recordings.path("V10")), Settings(), threading.Event())
        assert gateways() - before <= 2
    finally:
        gc.set_threshold(*threshold)
        gc.unfreeze()
