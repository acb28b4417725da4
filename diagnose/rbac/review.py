"""Which rights the user of the API has, for `diagnose rbac --check`."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

from diagnose.model.report import ExitCode
from diagnose.queries.access import Access, ReviewAccess
from diagnose.queries.query import NoAnswerError
from diagnose.rbac import manifests
from diagnose.rbac.roles import Grant
from diagnose.sources.gateway import Gateway

AT_ONCE = 8


class State(StrEnum):
    """Whether a right is there; of one that is needless the API server asks nobody for it."""

    HAVE = "have"
    LACK = "lack"
    NEEDLESS = "needless"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Held:
    """A right with its state, and why it is in it."""

    grant: Grant
    state: State
    reason: str = ""

    @property
    def lost(self) -> bool:
        """Whether what it is for is lost."""
        return self.state in {State.LACK, State.UNKNOWN}


def review(gateway: Gateway, found: Sequence[Grant]) -> tuple[Held, ...]:
    """The state of each right."""
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return tuple(pool.map(lambda each: _held(gateway, each), found))


def _held(gateway: Gateway, grant: Grant) -> Held:
    right = grant.right
    missing: list[Access] = []
    for verb in right.verbs:
        query = ReviewAccess(group=right.group, resource=right.resource, verb=verb, namespace=grant.namespace)
        try:
            answer = gateway.query(query)
        except NoAnswerError as error:
            return Held(grant=grant, state=State.UNKNOWN, reason=str(error))
        missing += [] if answer.allowed else [answer]
    lacking = [each for each in missing if not each.needless]
    if lacking:
        return Held(grant=grant, state=State.LACK, reason=next((each.reason for each in lacking if each.reason), ""))
    if len(missing) == len(right.verbs):
        return Held(grant=grant, state=State.NEEDLESS, reason=missing[0].needless)
    return Held(grant=grant, state=State.HAVE)


def exit_code(answers: Sequence[Held]) -> ExitCode:
    """Whether something is lost without which a check would be unknown."""
    return ExitCode.INCOMPLETE if any(each.lost and each.grant.loss.closes for each in answers) else ExitCode.OPEN


def as_json(answers: Sequence[Held]) -> str:
    """The answers for scripts."""
    rights = [manifests.plain(each.grant) | {"state": each.state.value, "reason": each.reason} for each in answers]
    return json.dumps({"rights": rights, "exit_code": int(exit_code(answers))}, indent=2) + "\n"


def as_table(answers: Sequence[Held], width: int) -> str:
    """The answers for a person, and what they come to."""
    head = ("STATE", "NAMESPACE", "RIGHT", "WITHOUT IT")
    lost = [each for each in answers if each.lost]
    closing = sum(each.grant.loss.closes for each in lost)
    words = f"{len(answers) - len(lost)} of {len(answers)} rights are there"
    if lost:
        words += f"; {closing} of the others leave checks unknown, without the rest less is told of a fault"
    return f"{manifests.table([_row(each) for each in answers], head, width)}\n{words}.\n"


def _row(held: Held) -> tuple[str, ...]:
    state = held.state.value.upper() if held.lost else held.state.value
    told = (manifests.loss_words(held.grant.loss), held.reason) if held.lost else (held.reason,)
    return (state, *manifests.row_of(held.grant)[:2], "; ".join(filter(None, told)))
