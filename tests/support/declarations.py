"""Whether the declarations of checks agree with each other: a property of the code, which no run needs to examine."""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from diagnose.check.api import Check
from diagnose.check.stages import Stage


class DeclarationError(Exception):
    """The declarations are invalid; the message names the ids."""


def validate(checks: Iterable[Check]) -> None:
    """Rejects contradictory declarations.

    Raises:
        DeclarationError: an id twice, a relation to an unknown id, or a cycle.
    """
    known: dict[str, Check] = {}
    for check in checks:
        if check.id in known:
            raise DeclarationError(f"two checks have the id {check.id}")
        known[check.id] = check
    for check in known.values():
        for required in check.requires:
            if required not in known:
                raise DeclarationError(f"{check.id} refers to {required}, which no check is")
    origins = _origins(known)
    for check in known.values():
        for name in (check.id, *(code.id for code in check.codes)):
            for origin in check.exceptions_of(name):
                if origin not in origins:
                    raise DeclarationError(f"{name} refers to {origin}, which no check or code is")
    for kind, graph in (("requires", {each.id: each.requires for each in known.values()}), ("explained_by", origins)):
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            names = (str(each) for each in error.args[1] if isinstance(each, str))
            raise DeclarationError(f"{kind} has a cycle: {' → '.join(names)}") from error


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
