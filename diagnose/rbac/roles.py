"""The rights that a set of checks needs, by namespace, and what is lost without each."""

from collections.abc import Iterable, Iterator

import msgspec

from diagnose.check.api import Check
from diagnose.check.rights import Necessity, Read, Scope
from diagnose.queries.rights import EXEC, Right, to_list
from diagnose.rbac.namespaces import Namespaces
from diagnose.resources import Pod
from diagnose.target.request import Allowance

STRONGEST = (Necessity.ALWAYS, Necessity.CONDITIONAL, Necessity.OPTIONAL)


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """What is lost without a right, as ids of checks.

    Attributes:
        all: whether all checks are unknown.
        unknown: checks that are unknown, so that the exit code is 3.
        perhaps: checks that are unknown where the workload needs the right.
        skipped: checks that are skipped, because they require one of those.
        shallower: checks that have a result but give less detail where they fail.
    """

    all: bool = False
    unknown: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    shallower: tuple[str, ...] = ()

    @property
    def closes(self) -> bool:
        """Whether a run without the right cannot, or may not, end with exit code 0."""
        return self.all or bool(self.unknown or self.perhaps)


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A right in a namespace, "" for the whole cluster; `places` are the scopes in that namespace."""

    right: Right
    namespace: str
    scopes: tuple[Scope, ...]
    loss: Loss


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """The kind of a run: an incident or not, before a deployment or not, and what it is allowed to do."""

    incident: bool = True
    ahead: bool = False
    may_exec: bool = True
    allowed: frozenset[Allowance] = frozenset()

    def takes(self, read: Read) -> bool:
        """Whether a run of this kind needs the right."""
        if read.right == EXEC and not self.may_exec:
            return False
        return read.allowance is None or read.allowance in self.allowed

    def necessity(self, read: Read) -> Necessity:
        """Returns how much a check needs the right in this run: ALWAYS, CONDITIONAL or OPTIONAL."""
        depending = {
            Necessity.IN_INCIDENT: self.incident,
            Necessity.OUTSIDE_INCIDENT: not self.incident,
            Necessity.BEFORE_DEPLOY: self.ahead,
        }
        if read.necessity not in depending:
            return read.necessity
        return Necessity.ALWAYS if depending[read.necessity] else Necessity.OPTIONAL


def grants(checks: tuple[Check, ...], begin: Check, scopes: Namespaces, use: Use) -> tuple[Grant, ...]:
    """Returns the smallest set of rights for these checks; the worker's namespace comes first.

    Args:
        checks: the selected checks.
        begin: the check whose reads find the workload, with which every run begins.
        scopes: the namespaces of the scopes; a scope without a namespace needs no right.
        use: the kind of the run.
    """
    run = checks if begin in checks else (begin, *checks)
    found: dict[tuple[str, Right], dict[str, Necessity]] = {}
    scopes_of: dict[str, set[Scope]] = {}
    for check in run:
        for read in filter(use.takes, check.reads):
            for namespace in scopes.get(read.scope, ()):
                needed = found.setdefault((namespace, read.right), {})
                # Without an optional right the worker is only identified less precisely.
                if check in checks or use.necessity(read) is Necessity.ALWAYS:
                    needed[check.id] = min(
                        needed.get(check.id, Necessity.OPTIONAL), use.necessity(read), key=STRONGEST.index
                    )
                scopes_of.setdefault(namespace, set()).add(read.scope)
    own_namespace = scopes[Scope.OWN][0]
    return tuple(
        Grant(
            right=right,
            namespace=namespace,
            scopes=tuple(sorted(scopes_of[namespace])),
            loss=_loss(run, needed, all_lost=(namespace, right) == (own_namespace, to_list(Pod))),
        )
        for (namespace, right), needed in sorted(
            found.items(), key=lambda each: (each[0][0] != own_namespace, not each[0][0], each[0])
        )
    )


def _loss(checks: Iterable[Check], needed: dict[str, Necessity], *, all_lost: bool) -> Loss:
    if all_lost:
        return Loss(all=True)
    unknown, perhaps, lesser = (tuple(name for name, each in needed.items() if each is need) for need in STRONGEST)
    blocked = tuple(each for each in _blocked(tuple(checks), set(unknown)) if each not in unknown)
    return Loss(
        unknown=unknown,
        perhaps=tuple(name for name in perhaps if name not in blocked),
        skipped=blocked,
        shallower=tuple(name for name in lesser if name not in blocked),
    )


def _blocked(checks: tuple[Check, ...], lost: set[str]) -> Iterator[str]:
    """Yields the checks that are skipped where these are unknown."""
    while new := [each.id for each in checks if each.id not in lost and lost.intersection(each.requires)]:
        lost |= set(new)
        yield from new


def by_namespace(found: Iterable[Grant]) -> dict[str, tuple[Grant, ...]]:
    """Groups the grants by namespace, in their order."""
    groups: dict[str, tuple[Grant, ...]] = {}
    for each in found:
        groups[each.namespace] = (*groups.get(each.namespace, ()), each)
    return groups
