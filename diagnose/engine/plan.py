"""Which checks run, and in which order."""

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from diagnose.check.api import Check, Occasion
from diagnose.text.sentences import suggestions


class PlanError(Exception):
    """The selection or the declarations make no plan; the message names the ids."""


def validate(checks: Iterable[Check]) -> None:
    """Refuse declarations that contradict each other.

    Raises:
        PlanError: an id twice, a relation to an unknown id, or a cycle.
    """
    known: dict[str, Check] = {}
    for check in checks:
        if check.id in known:
            raise PlanError(f"two checks have the id {check.id}")
        known[check.id] = check
    for check in known.values():
        for required in check.requires:
            if required not in known:
                raise PlanError(f"{check.id} refers to {required}, which no check is")
    origins = _origins(known)
    for name, relations in origins.items():
        for relation in relations:
            if relation not in origins:
                raise PlanError(f"{name} refers to {relation}, which no check or code is")
    for name, graph in (
        ("requires", {check.id: check.requires for check in known.values()}),
        ("explained_by", origins),
    ):
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            raise PlanError(f"{name} goes in a circle: {' → '.join(error.args[1])}") from error


def _origins(known: dict[str, Check]) -> dict[str, tuple[str, ...]]:
    """What each check and each code follows from; who names a check means whatever it finds."""
    found: dict[str, tuple[str, ...]] = {}
    for check in known.values():
        # A check with one thing to find may share its id.
        codes = [code.id for code in check.codes if code.id not in known]
        found |= {code: check.origins(code) for code in codes}
        found[check.id] = (*codes, *check.explained_by)
    return found


def select(
    checks: tuple[Check, ...],
    only: tuple[str, ...],
    skip: tuple[str, ...],
    *occasions: Occasion,
) -> tuple[Check, ...]:
    """The checks that are meant, in their declared order; what they require comes along.

    Without `only` these are the checks of any of the occasions (none: of an incident).

    Raises:
        PlanError: a name is neither a check nor a topic, or nothing is left.
    """
    for name in (*only, *skip):
        _known(name, checks)
    by_id = {check.id: check for check in checks}
    now = set(occasions or (Occasion.INCIDENT,))
    wanted = {check.id for check in checks if (_named(check, only) if only else now.intersection(check.occasions))}
    waiting = list(wanted)
    while waiting:
        for required in by_id[waiting.pop()].requires:
            if required not in wanted:
                wanted.add(required)
                waiting.append(required)
    chosen = tuple(check for check in checks if check.id in wanted and not _named(check, skip))
    if not chosen:
        raise PlanError("no check is left to run")
    return chosen


def _named(check: Check, names: tuple[str, ...]) -> bool:
    return check.id in names or check.topic in names


def _known(name: str, checks: tuple[Check, ...]) -> None:
    names = sorted({check.id for check in checks} | {check.topic for check in checks})
    if name not in names:
        raise PlanError(f"there is no check or topic {name!r}{suggestions(name, names) or '; see: diagnose list'}")
