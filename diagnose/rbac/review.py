"""The review of the user's rights, for `diagnose rbac --check`."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum

import msgspec

from diagnose.model.report import ExitCode
from diagnose.queries.access import Access, ReviewAccess
from diagnose.queries.query import NoAnswerError
from diagnose.rbac import manifests
from diagnose.rbac.roles import Grant
from diagnose.sources.gateway import Gateway

MAX_CONCURRENT = 8


class RightState(StrEnum):
    """Whether the user has a right; NEEDLESS means that the API server does not require it."""

    HAVE = "have"
    LACK = "lack"
    NEEDLESS = "needless"
    UNKNOWN = "unknown"


class ReviewedRight(msgspec.Struct, frozen=True, kw_only=True):
    """A right with its state and the reason for it."""

    grant: Grant
    state: RightState
    reason: str = ""

    @property
    def lost(self) -> bool:
        """Whether the right is missing or unknown."""
        return self.state in {RightState.LACK, RightState.UNKNOWN}


def review(gateway: Gateway, found: Sequence[Grant]) -> tuple[ReviewedRight, ...]:
    """Queries the state of each right."""
    with ThreadPoolExecutor(max_workers=MAX_CONCURRENT) as pool:
        return tuple(pool.map(lambda each: _review_right(gateway, each), found))


def _review_right(gateway: Gateway, grant: Grant) -> ReviewedRight:
    right = grant.right
    missing: list[Access] = []
    for verb in right.verbs:
        query = ReviewAccess(group=right.group, resource=right.resource, verb=verb, namespace=grant.namespace)
        try:
            answer = gateway.query(query)
        except NoAnswerError as error:
            return ReviewedRight(grant=grant, state=RightState.UNKNOWN, reason=str(error))
        missing += [] if answer.allowed else [answer]
    lacking = [each for each in missing if not each.needless]
    if lacking:
        return ReviewedRight(
            grant=grant, state=RightState.LACK, reason=next((each.reason for each in lacking if each.reason), "")
        )
    if len(missing) == len(right.verbs):
        return ReviewedRight(grant=grant, state=RightState.NEEDLESS, reason=missing[0].needless)
    return ReviewedRight(grant=grant, state=RightState.HAVE)


def exit_code(answers: Sequence[ReviewedRight]) -> ExitCode:
    """Incomplete where a check would be unknown without a missing right."""
    return ExitCode.INCOMPLETE if any(each.lost and each.grant.loss.closes for each in answers) else ExitCode.OPEN


def as_json(answers: Sequence[ReviewedRight]) -> str:
    """Returns the states as JSON."""
    rights = [manifests.plain(each.grant) | {"state": each.state.value, "reason": each.reason} for each in answers]
    return json.dumps({"rights": rights, "exit_code": int(exit_code(answers))}, indent=2) + "\n"


def as_table(answers: Sequence[ReviewedRight], width: int) -> str:
    """Returns the states as a table with a summary."""
    head = ("STATE", "NAMESPACE", "RIGHT", "WITHOUT IT")
    lost = [each for each in answers if each.lost]
    closing = sum(each.grant.loss.closes for each in lost)
    summary = f"{len(answers) - len(lost)} of {len(answers)} rights are granted"
    if lost:
        summary += f"; {closing} of the others are required by checks, the rest only adds detail"
    return f"{manifests.table([_row(each) for each in answers], head, width)}\n{summary}.\n"


def _row(reviewed: ReviewedRight) -> tuple[str, ...]:
    state = reviewed.state.value.upper() if reviewed.lost else reviewed.state.value
    reasons = (manifests.loss_text(reviewed.grant.loss), reviewed.reason) if reviewed.lost else (reviewed.reason,)
    return (state, *manifests.row_of(reviewed.grant)[:2], "; ".join(filter(None, reasons)))
