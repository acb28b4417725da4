"""The rights that checks take together, in whose namespace, and what is lost without each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from diagnose.check.api import Check
from diagnose.check.rights import EXEC, Need, Read, Right, Scope, to_list
from diagnose.rbac.namespaces import Namespaces
from diagnose.resources import Pod
from diagnose.target.request import Allowance

STRONGEST = (Need.ALWAYS, Need.SOMETIMES, Need.DEEPER)


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What is lost without a right, as ids of checks.

    Attributes:
        all: whether nothing can be told at all.
        unknown: end as unknown, so that the exit code is 3.
        perhaps: end as unknown where the workload makes them ask.
        unasked: are not asked, because one of those comes before them.
        shallower: answer, but where something is wrong they tell less of the reason.
    """

    all: bool = False
    unknown: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()
    unasked: tuple[str, ...] = ()
    shallower: tuple[str, ...] = ()

    @property
    def closes(self) -> bool:
        """Whether a run without the right cannot end with 0, or perhaps cannot."""
        return self.all or bool(self.unknown or self.perhaps)


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A right in a namespace, "" for the whole cluster; `places` says what is there."""

    right: Right
    namespace: str
    places: tuple[Scope, ...]
    loss: Loss

    @property
    def own(self) -> bool:
        """Whether it is in the worker's own namespace."""
        return Scope.OWN in self.places


@dataclass(frozen=True, kw_only=True)
class Use:
    """What a run may do, whether it is of an incident, and whether of a version that is to be deployed."""

    incident: bool = True
    ahead: bool = False
    may_exec: bool = True
    allowed: frozenset[Allowance] = frozenset()

    def takes(self, read: Read) -> bool:
        """Whether a run of this kind asks for it at all."""
        if read.right == EXEC and not self.may_exec:
            return False
        return read.allowance is None or read.allowance in self.allowed

    def need(self, read: Read) -> Need:
        """What a check is worth without it in this run: ALWAYS, SOMETIMES or DEEPER."""
        match read.need:
            case Need.HURRIED:
                return Need.ALWAYS if self.incident else Need.DEEPER
            case Need.PLANNED:
                return Need.DEEPER if self.incident else Need.ALWAYS
            case Need.AHEAD:
                return Need.ALWAYS if self.ahead else Need.DEEPER
            case Need.ALWAYS | Need.SOMETIMES | Need.DEEPER:
                return read.need


def grants(checks: tuple[Check, ...], begin: Check, places: Namespaces, use: Use) -> tuple[Grant, ...]:
    """The smallest set of rights with which these checks can be asked; the worker's own namespace first.

    Args:
        checks: those that are selected.
        begin: the check whose reads find the workload, which every run begins with.
        places: where the places of the target are; one without a namespace takes no right.
        use: what the run may do.
    """
    asked = checks if begin in checks else (begin, *checks)
    found: dict[tuple[str, Right], dict[str, Need]] = {}
    whose: dict[str, set[Scope]] = {}
    for check in asked:
        for read in filter(use.takes, check.reads):
            for namespace in places.get(read.place, ()):
                needed = found.setdefault((namespace, read.right), {})
                # Of a check that is not selected nothing can be lost; the worker is only found less exactly.
                if check in checks:
                    needed[check.id] = min(needed.get(check.id, Need.DEEPER), use.need(read), key=STRONGEST.index)
                whose.setdefault(namespace, set()).add(read.place)
    own = places[Scope.OWN][0]
    return tuple(
        Grant(
            right=right,
            namespace=namespace,
            places=tuple(sorted(whose[namespace])),
            loss=_loss(asked, needed, all_lost=(namespace, right) == (own, to_list(Pod))),
        )
        for (namespace, right), needed in sorted(
            found.items(), key=lambda each: (each[0][0] != own, not each[0][0], each[0])
        )
    )


def _loss(checks: Iterable[Check], needed: dict[str, Need], *, all_lost: bool) -> Loss:
    if all_lost:
        return Loss(all=True)
    unknown, perhaps, lesser = (tuple(name for name, each in needed.items() if each is need) for need in STRONGEST)
    blocked = tuple(each for each in _blocked(tuple(checks), set(unknown)) if each not in unknown)
    return Loss(
        unknown=unknown,
        perhaps=tuple(name for name in perhaps if name not in blocked),
        unasked=blocked,
        shallower=tuple(name for name in lesser if name not in blocked),
    )


def _blocked(checks: tuple[Check, ...], lost: set[str]) -> Iterator[str]:
    """Which checks are not asked where these have no answer."""
    while new := [each.id for each in checks if each.id not in lost and lost.intersection(each.requires)]:
        lost |= set(new)
        yield from new


def by_namespace(found: Iterable[Grant]) -> dict[str, tuple[Grant, ...]]:
    """The grants by their namespaces, in their order."""
    groups: dict[str, tuple[Grant, ...]] = {}
    for each in found:
        groups[each.namespace] = (*groups.get(each.namespace, ()), each)
    return groups
