"""A world that changes between two tries: recordings, one after the other, and a clock that only a pause moves."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

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


def request(name: str, occasion: Occasion = Occasion.AFTER_DEPLOY, **asked: Any) -> Request:
    return Request(replay=recordings.path(name), occasion=occasion, **asked)


@dataclass
class RunData:
    """What is there at each moment: a recording holds from its second on, until the next one does."""

    moments: dict[float, str]
    terms: dict[str, Any] = field(default_factory=dict)
    forbid: str = ""
    judge: Callable[[Report], Report] = lambda report: report
    now: float = 0.0
    stop_at: float = float("inf")
    looks: list[tuple[float, str, tuple[str, ...]]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    kept: list[Report] = field(default_factory=list)

    def look(self, only: tuple[str, ...] = ()) -> Attempt:
        name = self.moments[max(at for at in self.moments if at <= self.now)]
        self.looks.append((self.now, name, only))
        examination = prepare(request(name, **{**self.terms, "only": only or self.terms.get("only", ())}))
        if self.forbid:
            error = ForbiddenError("pods/log is forbidden for the account of the test")
            source = Refusing(recordings.recording(name), lambda query: error if self.forbid in key_of(query) else None)
            examination = replace(examination, gateway=Gateway(source, time.monotonic() + 30))
        report = self.judge(examination.run(threading.Event()))
        refused = tuple(each.reason for each in examination.gateway.exchanges if each.error == "ForbiddenError")
        return Attempt(report, gating.transient_codes(examination.catalogue.checks), refused)

    def pause(self, seconds: float) -> bool:
        self.now += seconds
        return self.now >= self.stop_at

    def wait(self, limit_s: float = 300.0) -> Report:
        patience = Patience(
            limit_s=limit_s, clock=lambda: self.now, pause=self.pause, show=self.told.append, store=self.kept.append
        )
        return gating.wait(self.look, patience)

    @property
    def whole_looks(self) -> list[float]:
        return [at for at, _, only in self.looks if not only]


def examined(name: str, **asked: Any) -> Report:
    return prepare(request(name, **asked)).run(threading.Event())
