"""What a fault is: how it comes, how it shows, how it goes, and what a diagnosis must answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tests.lab import worker
from tests.lab.cluster import JsonObject, Lab
from tests.lab.scene import Scene


class Subject(Protocol):
    """What is under test: it was healthy before a fault, and is to be healthy again."""

    def wait_healthy(self, lab: Lab, seconds: float) -> float: ...
    def remember_healthy(self, lab: Lab) -> None: ...
    def new_pods(self, lab: Lab) -> list[JsonObject]: ...
    def go_back(self, lab: Lab) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault. `settled` says whether the shape that it is known for has been reached."""

    id: str
    topic: str = ""
    """The folder it is in, filled in when it is found."""
    title: str
    """What is broken, in a few words that name no solution."""
    inject: Callable[[Lab], None]
    settled: Callable[[Lab], bool]
    heal: Callable[[Lab], object]
    """Takes away what `inject` changed outside the worker's Deployment or the scene, which the runner restores."""
    causes: tuple[str, ...]
    """The finding codes expected: the first is the root cause, further ones are independent causes; none: healthy."""
    names: tuple[str, ...] = ()
    """The objects at fault, as the summary of the first cause must name them."""
    scene: Scene | None = None
    """The namespace that it is in; None: the worker's."""
    command: tuple[str, ...] = ("all",)
    """The command of `diagnose` with its flags."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What the command finds in its environment besides, such as a token."""
    timeout_s: float = 120.0
    """How long it may take to settle."""
    steady: Callable[[Lab], bool] | None = None
    """Whether the later shape has been reached, for a fault that changes its shape with time: a second look then."""
    steady_timeout_s: float = 600.0
    """How long that may take after the first look."""
    arrives: Callable[[Lab], None] | None = None
    """Work that arrives after a fix: without any, executions that failed before would be all that is known."""
    replaces_pods: bool = False
    """Whether healthy pods are replaced, so that healing starts new ones."""
    warns: bool = False
    """Whether it is a warning: named, but the worker works and the run does not fail (without --fail-on warn)."""
    unknown: bool = False
    """Whether something of what is healthy stays unknown, since only its own credentials show it: exit code 3."""
    undecided: str = ""
    """Faults with the same symptoms, and the evidence that would decide; the cause must name both."""
    stranger: bool = False
    """Whether it is of a public report, and not of the tool's own catalogue; what was answered first stays known."""

    @property
    def subject(self) -> Subject:
        """What is broken and restored."""
        return self.scene or worker

    @property
    def namespace(self) -> str:
        """The namespace that is diagnosed."""
        return self.scene.namespace if self.scene else worker.NAMESPACE


def nothing(lab: Lab) -> None:
    """Heal a fault that the worker's rollback alone takes away."""
