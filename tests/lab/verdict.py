"""How good an answer is, measured against what a fault expects."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from diagnose.model.report import Confidence, Usage
from tests.lab.fault import Fault

Grade = Literal["exact", "listed", "symptom", "missed", "right", "false-alarm", "broken"]
ALWAYS: dict[str, frozenset[str]] = {
    "audit": frozenset({"policy.container-unrestricted", "policy.root-writable", "policy.egress-unlimited"})
}
"""What a command rightly says of the healthy lab, whose chart is like the real one; it is no answer to a fault."""
GOOD: frozenset[Grade] = frozenset({"exact", "right"})


class AnsweredCause(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One cause as a JSON report has it.

    Attributes:
        confidence: None where it was not kept.
        alternatives: what else it may be, as sentences.
        alternative_codes: the codes that these stand for.
    """

    code: str
    summary: str = ""
    confidence: Confidence | None = None
    alternatives: tuple[str, ...] = ()
    alternative_codes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a diagnosis answered; exit code -1 if it did not end in time."""

    exit_code: int
    causes: tuple[AnsweredCause, ...] = ()
    """The causes, the root cause first."""
    api_calls: int = 0
    exec_calls: int = 0

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the causes, the root cause first."""
        return tuple(cause.code for cause in self.causes)


class _Report(msgspec.Struct):
    """The part of a JSON report that is an answer."""

    causes: tuple[AnsweredCause, ...]
    usage: Usage


def read_answer(report: Path, exit_code: int) -> Answer:
    """The answer in a JSON report; without a readable report, an answer without causes."""
    try:
        found = msgspec.json.decode(report.read_bytes(), type=_Report)
    except (OSError, msgspec.MsgspecError):
        return Answer(exit_code=exit_code)
    return Answer(
        exit_code=exit_code,
        causes=found.causes,
        api_calls=found.usage.api_calls,
        exec_calls=found.usage.exec_calls,
    )


def grade(fault: Fault, answer: Answer) -> Grade:
    """The grade of an answer.

    exact: the causes expected and no others, which is more than the root cause first. listed: the root cause is among
    those answered. symptom: only other causes are. missed: no cause is. For a healthy worker: right, or false-alarm; it
    is no alarm that something is unknown which has to be.
    """
    codes = set(answer.codes) - (ALWAYS.get(fault.command[0], frozenset()) - set(fault.causes))
    if not fault.causes:
        return "right" if not codes and answer.exit_code == (3 if fault.unknown else 0) else "false-alarm"
    if not codes or (answer.exit_code == 0 and not fault.warns):
        return "missed"
    if fault.causes[0] not in codes:
        return "symptom"
    # Causes that do not depend on each other have no order.
    return "exact" if codes == set(fault.causes) else "listed"


def names_objects(fault: Fault, answer: Answer) -> bool | None:
    """Whether the root cause's summary names all objects at fault; None where there is nothing to name."""
    if not fault.names:
        return None
    summaries = " ".join(cause.summary for cause in answer.causes if cause.code in fault.causes)
    return all(name in summaries for name in fault.names)


def share(grades: Iterable[Grade], good: Collection[str]) -> float:
    """The share of grades that are among the good ones; 1 if there is none."""
    found = list(grades)
    return sum(each in good for each in found) / len(found) if found else 1.0
