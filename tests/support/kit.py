"""A made-up cluster for checks: lists of objects as the API gives them, a target, no logs and nothing to look into."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from diagnose.check.api import Check, Context
from diagnose.check.stages import INDEPENDENT
from diagnose.model.report import Finding
from diagnose.queries.kubernetes import Listing, ListObjects
from diagnose.resources import Container, Deployment, Pod, PodTemplate
from diagnose.target.profile import Profile
from diagnose.target.request import Request
from diagnose.target.target import Target, VaultFacts

NOW = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
LABELS = {"app": "worker"}
NO_VAULT = VaultFacts(inject=None, role="", auth_path="", address="", files=(), sourced=())

Json = dict[str, Any]


class Lists:
    """Answers lists, of the namespace that is asked for where an object says its own."""

    def __init__(self, **kinds: list[Json]) -> None:
        self.kinds = kinds

    def query(self, query: ListObjects[Any]) -> Listing[Any]:
        """The objects of a kind; none of one that was not given."""
        found = [each for each in self.kinds.get(query.plural, []) if _is_in(each, query.namespace)]
        return Listing(tuple(msgspec.convert(each, query.kind) for each in found))

    def surveys(self) -> tuple[Any, ...]:
        """Nobody looked around."""
        return ()

    survey_problems = log_problems = matches = logs = surveys


def _is_in(thing: Json, namespace: str) -> bool:
    own = thing["metadata"].get("namespace", "")
    return not (own and namespace) or own == namespace


def nothing(_: Context) -> Iterator[Finding]:
    """Asks nothing."""
    yield from ()


def context(*pods: Pod, replicas: int = 3, **kinds: list[Json]) -> Context:
    """What a check of a worker in the namespace msp sees."""
    template: Json = {"metadata": {"labels": LABELS}}
    target = Target(
        request=Request(context="c", namespace="msp"),
        profile=Profile(name="p"),
        kind="Deployment",
        name="worker",
        deployment=msgspec.convert({"metadata": {"name": "worker"}, "spec": {"replicas": replicas}}, Deployment),
        replica_sets=(),
        pods=pods,
        template=msgspec.convert(template, PodTemplate),
        container=Container(name="worker"),
        database=None,
        temporal=None,
        vault=NO_VAULT,
        release=None,
    )
    run_data: Any = Lists(**kinds)
    check = Check(id="a.b", title="T", stage=INDEPENDENT, run=nothing)
    return Context(target=target, now=NOW, run_data=run_data, check=check, names={})
