"""Services whose selector no pod has, and the workload whose pods they would have with a small change of it."""

import difflib
from collections.abc import Iterator, Mapping

import msgspec

from diagnose.check.api import Context
from diagnose.commands import kubectl
from diagnose.model.report import Step
from diagnose.resources import Deployment, Pod, Service
from diagnose.resources.selectors import selects
from diagnose.text.sentences import truncate

# Labels that workloads of one release have in common, which connect none of them with a Service.
_SHARED = frozenset({"instance", "managed-by", "part-of", "chart", "release", "env", "environment", "team", "project"})
_IDENTIFYING = frozenset({"app", "name", "component", "instance", "k8s-app", "run"})
_SIMILAR = 0.75


class Selectable(msgspec.Struct, frozen=True, kw_only=True):
    """A workload as a Service selects its pods: by their labels."""

    kind: str
    name: str
    labels: Mapping[str, str]

    @property
    def identity(self) -> dict[str, str]:
        """The labels that tell its pods from others and stay, else all."""
        named = {key: value for key, value in self.labels.items() if key.rpartition("/")[2] in _IDENTIFYING}
        return named or dict(self.labels)


class NearMatch(msgspec.Struct, frozen=True, kw_only=True):
    """The workload whose pods a selector nearly matches.

    Attributes:
        differences: the labels in which they differ, with the values of the selector and of the pods, "" for none.
        is_meant: whether names, or a label that is only misspelt, show that the Service is for this workload. Without,
            it may be for another one that has no pods now.
    """

    workload: Selectable
    differences: dict[str, tuple[str, str]]
    is_meant: bool

    @property
    def text(self) -> str:
        """What its pods have in place of the selector's labels."""
        has = ", ".join(f"{key}={own}" if own else f"no label {key}" for key, (_, own) in self.differences.items())
        alone = self.workload.kind == "pod"
        owner = f"pod {self.workload.name} has" if alone else f"those of {self.workload.kind} {self.workload.name} have"
        return truncate(f"{owner} {has}", 70)

    def step(self, service: Service) -> Step:
        """Returns the step that lets the Service select these pods."""
        namespace = service.metadata.namespace
        labels: dict[str, str | None] = {key: own or None for key, (_, own) in self.differences.items()}
        # A Service without a selector has no endpoints at all.
        if not any(labels.values()) and labels.keys() >= service.spec.selector.keys():
            labels |= self.workload.identity
        change = {"spec": {"selector": labels}}
        return Step(
            f"Let the Service select the pods of {self.workload.kind} {self.workload.name}.",
            kubectl.patch("service", service.name, change, namespace=namespace),
            changes=f"service {namespace}/{service.name}",
        )


def selects_none(ctx: Context, service: Service) -> bool:
    """Whether a Service has a selector, and neither a pod nor a Deployment of its namespace has its labels.

    Raises:
        NoAnswerError: pods or Deployments may not be listed.
    """
    found = (each.labels for each in selectable(ctx, service.metadata.namespace))
    return bool(service.spec.selector) and not any(selects(service.spec.selector, labels) for labels in found)


def selectable(ctx: Context, namespace: str) -> tuple[Selectable, ...]:
    """Returns the workloads of a namespace by their pod templates, and those of pods that no Deployment owns.

    Raises:
        NoAnswerError: pods or Deployments may not be listed.
    """
    return ctx.run_data.once(f"selectable in {namespace}", lambda: tuple(_selectable(ctx, namespace)))


def _selectable(ctx: Context, namespace: str) -> Iterator[Selectable]:
    names = set()
    for each in ctx.list(Deployment, namespace):
        names.add(each.name)
        yield Selectable(kind="deployment", name=each.name, labels=each.spec.template.metadata.labels)
    known: set[tuple[str, str]] = set()
    for pod in ctx.list(Pod, namespace):
        owner = next(iter(pod.metadata.owner_references), None)
        if owner and owner.kind == "ReplicaSet" and owner.name.rpartition("-")[0] in names:
            continue
        kind, name = (owner.kind.lower(), owner.name) if owner else ("pod", pod.name)
        if (kind, name) not in known and pod.metadata.deletion_timestamp is None:
            known.add((kind, name))
            yield Selectable(kind=kind, name=name, labels=pod.metadata.labels)


def near_match(ctx: Context, service: Service) -> NearMatch | None:
    """Returns the workload that a selector most nearly matches; None where none is near, or several are equally.

    Raises:
        NoAnswerError: pods or Deployments may not be listed.
    """
    ranked = sorted(
        ((score, each) for each in selectable(ctx, service.metadata.namespace) if (score := _nearness(service, each))),
        key=lambda found: found[0],
        reverse=True,
    )
    if not ranked or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
        return None
    workload = ranked[0][1]
    differing = {
        key: (value, workload.labels.get(key, ""))
        for key, value in service.spec.selector.items()
        if workload.labels.get(key) != value
    }
    is_misspelt = all(_similarity(value, own) >= _SIMILAR for value, own in differing.values())
    return NearMatch(workload=workload, differences=differing, is_meant=is_misspelt or _is_named(service, workload))


def _is_named(service: Service, workload: Selectable) -> bool:
    """Whether the name of a Service, or a label that it selects, is that of a workload."""
    name = service.name.removesuffix("-svc").removesuffix("-service")
    equal = {value for key, value in service.spec.selector.items() if workload.labels.get(key) == value}
    return workload.name == name or workload.name.startswith(f"{name}-") or workload.name in equal


def _nearness(service: Service, workload: Selectable) -> tuple[float, ...]:
    """Returns how nearly a selector matches, to be compared; nothing where only common labels are the same."""
    selector, labels = service.spec.selector, workload.labels
    equal = [key for key, value in selector.items() if labels.get(key) == value]
    own = sum(key.rpartition("/")[2] not in _SHARED for key in equal)
    similar = sum(
        similarity
        for key, value in selector.items()
        if key not in equal and (similarity := _similarity(value, labels.get(key, ""))) >= _SIMILAR
    )
    name = _similarity(service.name, workload.name)
    if not own and not similar and name < 1:
        return ()
    return (own + similar, name, len(equal))


def _similarity(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one[:63], other[:63]).ratio() if one and other else 0.0
