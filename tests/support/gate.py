"""A gate that waits, over recordings that follow one another."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from diagnose.check.api import Occasion
from diagnose.cli.assembly import prepare
from diagnose.engine import gate as gating
from diagnose.engine.gate import Attempt, Patience
from diagnose.model.report import Report
from diagnose.queries.query import ForbiddenError
from diagnose.sources.gateway import Gateway, key_of
from diagnose.target.request import Request
from tests.support import recordings
from tests.support.sources import Refusing

HEALTHY, ROLLING, SCALING = "N01", "N02", "N07"
ROLE_NOT_FOUND, IMAGE_NOT_FOUND, DATABASE_DOWN, SCALED_TO_ZERO = "V10", "K02", "P21b", "K30"


def request(name: str, occasion: Occasion = Occasion.AFTER_DEPLOY, **options: Any) -> Request:
    """Returns the request of a run over a recording."""
    return Request(replay=recordings.path(name), occasion=occasion, **options)


@dataclass
class ChangingCluster:
    """A cluster that changes while a gate waits, with a clock that only a pause moves.

    Attributes:
        moments: the recording that is true from each second on.
        options: of the request.
        forbid: a part of the keys of queries that are forbidden.
        judge: what becomes of each report, such as a comparison with a baseline.
        stop_at: when a signal ends the wait.
        runs: the second, the recording and the selected checks of each run.
        messages: what was shown while waiting.
        stored: the reports that were stored meanwhile.
    """

    moments: dict[float, str]
    options: dict[str, Any] = field(default_factory=dict)
    forbid: str = ""
    judge: Callable[[Report], Report] = lambda report: report
    now: float = 0.0
    stop_at: float = float("inf")
    runs: list[tuple[float, str, tuple[str, ...]]] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    stored: list[Report] = field(default_factory=list)

    def run(self, only: tuple[str, ...] = ()) -> Attempt:
        """Runs the checks on what is true now."""
        name = self.moments[max(at for at in self.moments if at <= self.now)]
        self.runs.append((self.now, name, only))
        examination = prepare(request(name, **{**self.options, "only": only or self.options.get("only", ())}))
        if self.forbid:
            error = ForbiddenError("pods/log is forbidden for the account of the test")
            source = Refusing(recordings.recording(name), lambda query: error if self.forbid in key_of(query) else None)
            examination = replace(examination, gateway=Gateway(source, time.monotonic() + 30))
        report = self.judge(examination.run(threading.Event()))
        refused = tuple(each.reason for each in examination.gateway.exchanges if each.error == "ForbiddenError")
        return Attempt(report, gating.transient_codes(examination.catalogue.checks), refused)

    def pause(self, seconds: float) -> bool:
        """Moves the clock; returns whether a signal ends the wait."""
        self.now += seconds
        return self.now >= self.stop_at

    def wait(self, limit_s: float = 300.0) -> Report:
        """Runs the checks until the gate opens or cannot open any more."""
        patience = Patience(
            limit_s=limit_s,
            clock=lambda: self.now,
            pause=self.pause,
            show=self.messages.append,
            store=self.stored.append,
        )
        return gating.wait(self.run, patience)

    @property
    def full_runs(self) -> list[float]:
        """The seconds of the runs of all checks."""
        return [at for at, _, only in self.runs if not only]


def examined(name: str, **options: Any) -> Report:
    """Returns the report of a run over a recording."""
    return prepare(request(name, **options)).run(threading.Event())
