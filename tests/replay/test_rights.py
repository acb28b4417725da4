"""What checks ask of real clusters is what they declare to read; a right that is taken away costs what is declared."""

import threading
import time
from functools import cache
from typing import Any

import pytest
from msgspec.structs import replace

from checks import CHECKS
from diagnose.check.api import Occasion
from diagnose.check.rights import Scope
from diagnose.cli.assembly import prepare
from diagnose.engine.diagnosis import DISCOVERY
from diagnose.model.report import ExitCode, Status
from diagnose.queries.query import ForbiddenError, Query
from diagnose.queries.rights import LOG, Right, to_list
from diagnose.rbac.namespaces import Namespaces
from diagnose.rbac.roles import Grant, Use, grants
from diagnose.resources import (
    Application,
    HelmRelease,
    Kustomization,
    OlderWorkerDeployment,
    Rollout,
    StatefulSet,
)
from diagnose.sources.gateway import Gateway
from diagnose.target.request import Request
from tests.support import recordings
from tests.support.sources import Refusing
from tests.support.tracing import replay

BY_ID = {check.id: check for check in CHECKS}
HEALTHY = ("N01", "N25", "N30", "N31", "N61")
"""Of an incident, an audit, the gate before a deploy (plain, and with manifest and token), and after one."""
WITH_EVERY_RIGHT = (
    *("A01", "B19", "C-K28b-P05", "C1", "D05b", "E08c", "E14b", "G01", "G03", "G04", "G10"),
    *("K16", "K28", "T23", "V02c", "V28b", "W01", "X44", "X45", "X75", "Y03b", "Z17", "Z42"),
)
"""The runs of these need every right that is declared, but for those of UNSEEN."""
UNSEEN = {
    (LOG, Scope.SYSTEM): "only of a DNS or metrics server that crashes, which no fault of the benchmark makes it do",
    (to_list(StatefulSet), Scope.SYSTEM): "only where no Deployment of the cluster itself has the wanted labels",
    **{(to_list(kind), Scope.CLUSTER): "no fault has the kind" for kind in (HelmRelease, Kustomization, Application)},
    **{(to_list(kind), Scope.OWN): "no fault has the kind" for kind in (Rollout, OlderWorkerDeployment)},
    (
        to_list(StatefulSet),
        Scope.OTHER_SERVICES,
    ): "no fault has such a server elsewhere",
}

# Vault's address names a wrong namespace there. A name near a wrong one is looked for in the namespace that is called
# nearly so, which is the injector's: a role need not have that.
MISNAMED = {("V28a", "vault.reachable", "services")}


def scopes_of(namespaces: Namespaces, namespace: str) -> set[Scope]:
    return {scope for scope, names in namespaces.items() if namespace in names}


def used_rights(name: str) -> set[tuple[Right, Scope]]:
    """Returns the rights that a recording's run needed, with their scopes."""
    replayed = replay(recordings.path(name))
    return {
        (right, scope) for right, namespace in replayed.taken for scope in scopes_of(replayed.namespaces, namespace)
    }


@pytest.mark.parametrize("name", recordings.NAMES)
def test_each_check_queries_only_what_it_declares(name: str) -> None:
    replayed = replay(recordings.path(name))
    beyond = []
    for check, asked in replayed.asked.items():
        declared = {(read.right, read.scope) for read in BY_ID[check].reads}
        for right, namespace in asked:
            scopes = scopes_of(replayed.namespaces, namespace)
            # Of a namespace that is none of the target's only a near name is wanted, as of MISNAMED.
            if scopes and not any((right, scope) in declared for scope in scopes):
                beyond.append((check, right.text, namespace, sorted(scopes)))
    assert [each for each in beyond if (name, each[0], each[1].removeprefix("list ")) not in MISNAMED] == []
    assert used_rights(name).isdisjoint(UNSEEN)


def test_every_declared_right_was_needed_once() -> None:
    used = {each for name in WITH_EVERY_RIGHT for each in used_rights(name)}
    declared = {(read.right, read.scope) for check in CHECKS for read in check.reads}
    assert declared - used == set(UNSEEN)


@cache
def granted(name: str) -> tuple[Grant, ...]:
    """The role that is printed for a recording's run."""
    replayed = replay(recordings.path(name))
    examination = prepare(Request(replay=recordings.path(name)))
    asked = tuple(BY_ID[outcome.check] for outcome in replayed.report.outcomes)
    use = Use(
        incident=examination.request.occasion is Occasion.INCIDENT,
        ahead=examination.request.occasion is Occasion.BEFORE_DEPLOY,
        allowed=examination.request.allowed,
    )
    return grants(asked, BY_ID[DISCOVERY], replayed.namespaces, use)


@pytest.mark.parametrize(
    ("name", "grant"),
    [(name, grant) for name in HEALTHY for grant in granted(name)],
    ids=lambda each: each if isinstance(each, str) else f"{each.namespace}: {each.right.text}",
)
def test_without_a_right_that_is_lost_which_is_declared(name: str, grant: Grant) -> None:
    path = recordings.path(name)
    whole = replay(path).report
    before = {each.check: each.status for each in whole.outcomes}

    def error(query: Query[Any]) -> ForbiddenError | None:
        lacks = (grant.right, grant.namespace) in query.rights
        return ForbiddenError(f"{grant.right.text} is forbidden") if lacks else None

    gateway = Gateway(Refusing(recordings.recording(name), error), time.monotonic() + 30)
    report = replace(prepare(Request(replay=path)), gateway=gateway).run(threading.Event())
    lost = {
        each.check
        for each in report.outcomes
        if each.status is Status.UNKNOWN and before.get(each.check) is not Status.UNKNOWN
    }
    if grant.loss.all:
        # A manifest is judged by itself, too.
        assert not report.count(Status.PASS) or name == "N31"
        assert report.exit_code is ExitCode.INCOMPLETE
        return
    # Of what is declared to be lost some checks had nothing to ask in a healthy system.
    assert lost <= {*grant.loss.unknown, *grant.loss.perhaps}
    assert (report.exit_code == ExitCode.INCOMPLETE) == bool(lost)
    assert {each.finding.code for each in report.causes} <= {each.finding.code for each in whole.causes}
    # What the version before has logged says nothing of the one that a manifest brings.
    assert not grant.loss.unknown or lost or (name, grant.right) == ("N31", LOG)
