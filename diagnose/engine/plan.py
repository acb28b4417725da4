"""The selection of the checks of a run."""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from diagnose.check.api import Check, Occasion
from diagnose.check.stages import Stage
from diagnose.text.sentences import suggestions


class PlanError(Exception):
    """The selection or the declarations are invalid; the message names the ids."""


def validate(checks: Iterable[Check]) -> None:
    """Rejects contradictory declarations.

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
    for check in known.values():
        for name in (check.id, *(code.id for code in check.codes)):
            for origin in check.exceptions_of(name):
                if origin not in origins:
                    raise PlanError(f"{name} refers to {origin}, which no check or code is")
    for kind, graph in (("requires", {each.id: each.requires for each in known.values()}), ("explained_by", origins)):
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            names = (str(each) for each in error.args[1] if isinstance(each, str))
            raise PlanError(f"{kind} has a cycle: {' → '.join(names)}") from error


def _origins(known: Mapping[str, Check]) -> Mapping[str | Stage, tuple[str | Stage, ...]]:
    """What each check, code and stage follows from.

    A check stands for whatever it finds, and a stage for whatever is found at it or before it.
    """
    found: dict[str | Stage, set[str | Stage]] = {}
    for check in known.values():
        # A check with one thing to find may share its id.
        findings = {code.id for code in check.codes if code.id == check.id or code.id not in known} or {check.id}
        found.setdefault(check.id, set()).update(findings - {check.id})
        for name in findings:
            stage = check.stage_of(name)
            found.setdefault(name, set()).update(check.exceptions_of(name), stage.after)
            found.setdefault(stage, set()).add(name)
            for each in (stage, *stage.earlier):
                found.setdefault(each, set()).update(each.after)
    return {name: tuple(origins) for name, origins in found.items()}


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
