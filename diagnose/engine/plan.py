"""The selection of the checks of a run."""

from diagnose.check.api import Check, Occasion
from diagnose.text.sentences import suggestions


class PlanError(Exception):
    """The selection is invalid; the message names the ids."""


def select(
    checks: tuple[Check, ...],
    only: tuple[str, ...],
    skip: tuple[str, ...],
    *occasions: Occasion,
) -> tuple[Check, ...]:
    """Returns the selected checks and what they require, in their declared order.

    Without `only` these are the checks of any of the occasions (none: of an incident).

    Raises:
        PlanError: a name is neither a check nor a topic, or nothing is left.
    """
    for name in (*only, *skip):
        _known(name, checks)
    by_id = {check.id: check for check in checks}
    now = set(occasions or (Occasion.INCIDENT,))
    selected = {check.id for check in checks if (_named(check, only) if only else now.intersection(check.occasions))}
    waiting = list(selected)
    while waiting:
        for required in by_id[waiting.pop()].requires:
            if required not in selected:
                selected.add(required)
                waiting.append(required)
    chosen = tuple(check for check in checks if check.id in selected and not _named(check, skip))
    if not chosen:
        raise PlanError("no check is left to run")
    return chosen


def _named(check: Check, names: tuple[str, ...]) -> bool:
    return check.id in names or check.topic in names


def _known(name: str, checks: tuple[Check, ...]) -> None:
    names = sorted({check.id for check in checks} | {check.topic for check in checks})
    if name not in names:
        raise PlanError(f"there is no check or topic {name!r}{suggestions(name, names) or '; see: diagnose list'}")
