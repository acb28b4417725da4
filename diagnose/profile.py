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


class Setting(msgspec.Struct, frozen=True):
    """A number that a variable sets ("" where none does), and what it is where nobody sets it."""

    default: int
    variable: str = ""


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
        activity_slots: how many activities the worker of one queue does at once.
        pools: how many connections to the database a process may hold, by login; the first is the activities' own.
        own_roles: ends of names of Roles that the chart gives the workload's account, and what they are for.
        start_steps: in their order; the last one is done when the process works.
        start_s: how long a normal start takes at most, in seconds.
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
    activity_slots: Setting = Setting(default=0)
    pools: tuple[Setting, ...] = ()
    own_roles: dict[str, str] = {}

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
