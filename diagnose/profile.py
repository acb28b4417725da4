"""What to expect of one kind of workload: how it is found, what its environment means, how it starts.

A profile is data (TOML); the engine reads the names from it, so that nothing of one installation is written into code.
"""

import re
import tomllib
from functools import cached_property
from importlib.resources.abc import Traversable

import msgspec


class StartStep(msgspec.Struct, frozen=True):
    """A step of the process's start: done when a line of its log matches `done`."""

    id: str
    title: str
    done: str


class Workflows(msgspec.Struct, frozen=True):
    """The Argo Workflows that build and deploy: their namespace, templates and steps.

    Attributes:
        build, deploy, both: names of WorkflowTemplates that build the image, deploy it, or do one after the other.
        build_step, deploy_step, rollback_step: match the name of a step of `both`, and of any that goes back.
        tag, commit, target_namespace: names of their parameters.
    """

    namespace: str = ""
    build: tuple[str, ...] = ()
    deploy: tuple[str, ...] = ()
    both: tuple[str, ...] = ()
    build_step: str = ""
    deploy_step: str = ""
    rollback_step: str = ""
    tag: str = ""
    commit: str = ""
    target_namespace: str = ""


class Profile(msgspec.Struct, frozen=True, dict=True):
    """Expectations of one kind of workload.

    Attributes:
        label: the label selector that finds the workload.
        image: the last part of the image's repository, where the label is missing.
        required_variables: what the process refuses to start without.
        shared_variables: what other workloads of the application must be given alike.
        tables: what its schedules and activities use by the admin's login, as TABLE or TABLE.COLUMN.
        default_queues, always_polled: queues polled where the environment says nothing, and whatever it says.
        schedule_set_up: matches the log line that names a schedule (?P<id>…) which the process has set up.
        start_steps: in their order; the last one is done when the process works.
        start_s: how long a normal start takes at most, in seconds.
        workflows: what builds and deploys it.
    """

    name: str
    label: str = ""
    image: str = ""
    required_variables: tuple[str, ...] = ()
    shared_variables: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    default_queues: tuple[str, ...] = ()
    always_polled: tuple[str, ...] = ()
    foreign_queues: tuple[str, ...] = ()
    schedule_set_up: str = ""
    health_path: str = "/health"
    start_steps: tuple[StartStep, ...] = ()
    start_s: float = 120.0
    workflows: Workflows = Workflows()

    @cached_property
    def step_patterns(self) -> tuple[tuple[StartStep, re.Pattern[str]], ...]:
        """The steps with their compiled patterns."""
        return tuple((step, re.compile(step.done)) for step in self.start_steps)


def load(source: Traversable) -> Profile:
    """Read a profile from TOML.

    Raises:
        msgspec.ValidationError: a key is unknown or of the wrong type.
    """
    return msgspec.convert(tomllib.loads(source.read_text(encoding="utf-8")), Profile)
