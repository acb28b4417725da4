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


class Unread(msgspec.Struct, frozen=True):
    """A variable that the process does not read, whatever documents and charts say.

    Attributes:
        instead: the one that it reads, "" where there is none.
        harmless: whether every install has it, so that it is worth no more than a remark.
    """

    variable: str
    instead: str = ""
    harmless: bool = False


class UnreadSetting(msgspec.Struct, frozen=True):
    """A setting of the release's ConfigMap that the process does not read: `variable` is what it reads in its place."""

    setting: str
    variable: str
    default: str


class Overriding(msgspec.Struct, frozen=True):
    """A variable that is not read where another one is set."""

    variable: str
    by: str


class QuietService(msgspec.Struct, frozen=True):
    """What the process works without, and says so hardly anywhere.

    Attributes:
        host, port: the variables that name it.
        default_host, default_port: where the process looks without them.
        follows: what becomes of its work then.
    """

    name: str
    host: str
    port: str
    default_host: str
    default_port: int
    follows: str


class MigrationRuns(msgspec.Struct, frozen=True):
    """How the migrations of the application's database run.

    Attributes:
        jobs: matches names, labels, containers and commands of Jobs that run them.
        folders: where an image may hold the files.
        limit_s: how long a run takes at most, in seconds.
    """

    jobs: str = "migrat"
    folders: tuple[str, ...] = ()
    limit_s: float = 300.0


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
        activity_slots: how many activities the worker of one queue does at once.
        pools: how many connections to the database a process may hold, by login; the first is the activities' own.
        own_roles: ends of names of Roles that the chart gives the workload's account, and what they are for.
        schedules: how the ids of the schedules begin that the process sets up.
        start_steps: in their order; the last one is done when the process works.
        start_s: how long a normal start takes at most, in seconds.
        types: what the process takes the value of a variable for: number, boolean or url.
        shared_secrets: as shared_variables, but their values are secret: only where they come from can be compared.
        public_urls, own_urls: variables whose URL people outside open, and those that name the application itself.
        workflows: what builds and deploys it.
        runtime: what runs the program, such as "node": it gives exit codes a meaning; "" where that is not known.
        noun: what findings call the program.
        knows_no: topics and checks that make no sense for such a workload, each with what the profile does not know.
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
    schedules: tuple[str, ...] = ()
    health_path: str = "/health"
    start_steps: tuple[StartStep, ...] = ()
    start_s: float = 120.0
    activity_slots: Setting = Setting(default=0)
    pools: tuple[Setting, ...] = ()
    own_roles: dict[str, str] = {}
    types: dict[str, str] = {}
    shared_secrets: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()
    unread_settings: tuple[UnreadSetting, ...] = ()
    overriding: tuple[Overriding, ...] = ()
    quiet_services: tuple[QuietService, ...] = ()
    public_urls: tuple[str, ...] = ()
    own_urls: tuple[str, ...] = ()
    migrations: MigrationRuns = MigrationRuns()
    workflows: Workflows = Workflows()
    runtime: str = ""
    noun: str = "worker"
    knows_no: dict[str, str] = {}

    @cached_property
    def step_patterns(self) -> tuple[tuple[StartStep, re.Pattern[str]], ...]:
        """The steps with their compiled patterns."""
        return tuple((step, re.compile(step.done)) for step in self.start_steps)

    def lacks(self, check: str) -> str:
        """Why a check makes no sense for such a workload, "" where it does."""
        what = self.knows_no.get(check) or self.knows_no.get(check.partition(".")[0], "")
        return f"the profile {self.name} knows no {what}" if what else ""


def load(source: Traversable) -> Profile:
    """Read a profile from TOML.

    Raises:
        msgspec.ValidationError: a key is unknown or of the wrong type.
    """
    return msgspec.convert(tomllib.loads(source.read_text(encoding="utf-8")), Profile)
