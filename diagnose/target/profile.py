"""What is expected of one kind of workload: how it is found, what its environment means, how it starts.

A profile is data (TOML), so that the code contains nothing that is specific to one installation.
"""

import re
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Literal

import msgspec


class StartStep(msgspec.Struct, frozen=True):
    """A step of the process's start: done when a line of its log matches `done`."""

    id: str
    title: str
    done: str


class Setting(msgspec.Struct, frozen=True):
    """A number with a default, and the variable that sets it ("" for none)."""

    default: int
    variable: str = ""


class UnreadVariable(msgspec.Struct, frozen=True):
    """A variable that the process does not read although documentation or charts mention it.

    Attributes:
        instead: the variable that it reads instead, "" where there is none.
        harmless: whether every installation has it, so that it only gets a remark.
    """

    variable: str
    instead: str = ""
    harmless: bool = False


class UnreadSetting(msgspec.Struct, frozen=True):
    """A setting of the release's ConfigMap that the process does not read; it reads `variable` instead."""

    setting: str
    variable: str
    default: str


class OverriddenVariable(msgspec.Struct, frozen=True):
    """A variable that is ignored where another one is set."""

    variable: str
    by: str


class QuietService(msgspec.Struct, frozen=True):
    """A service without which the process keeps running and logs hardly anything.

    Attributes:
        host, port: the variables that name it.
        default_host, default_port: what the process uses without them.
        follows: the consequence where the service is missing.
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
        jobs: a pattern of names, labels, containers and commands of Jobs that run them.
        folders: the folders of an image that may contain the files.
        limit_s: the maximum duration of a run, in seconds.
    """

    jobs: str = "migrat"
    folders: tuple[str, ...] = ()
    limit_s: float = 300.0


class LoginSettings(msgspec.Struct, frozen=True):
    """The variables of one database login of the program, and the values that the program itself uses without them.

    Attributes:
        purpose: "server" for the tenants' data, "admin" for schedules and migrations.
        step: the id of the start step that is done once the login is accepted.
    """

    purpose: str
    host: str
    port: str
    name: str
    user: str
    password: str
    default_name: str = ""
    default_user: str = ""
    default_port: int = 5432
    step: str = ""


class LogLevels(msgspec.Struct, frozen=True):
    """The levels of the program's logger.

    Attributes:
        variable: the variable that sets the level, "" where it is not known.
        known: all levels, as the logger takes them.
        hiding, flooding: those that hide the program's start, and those for developers only.
    """

    variable: str = ""
    known: tuple[str, ...] = ()
    hiding: tuple[str, ...] = ()
    flooding: tuple[str, ...] = ()


class Proof(msgspec.Struct, frozen=True):
    """What proves that a workload is of the profile: its own image, or a variable that no other program has.

    Attributes:
        images: ends of repositories, such as "nineminds/temporal-worker".
        variables: names of variables, each of which is a proof.
    """

    images: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()


class TemporalStatement(msgspec.Struct, frozen=True):
    """What the user states of Temporal; None is not stated."""

    address: str | None = None
    namespace: str | None = None
    queues: tuple[str, ...] | None = None
    tls: bool | None = None

    @property
    def plain(self) -> dict[str, str]:
        """The statements by the name of the fact."""
        given = {
            "address": self.address,
            "namespace": self.namespace,
            "queues": ",".join(self.queues) if self.queues is not None else None,
            "tls": None if self.tls is None else "on" if self.tls else "off",
        }
        return {name: value for name, value in given.items() if value is not None}


class DatabaseStatement(msgspec.Struct, frozen=True):
    """What the user states of the database; None is not stated."""

    host: str | None = None
    port: int | None = None
    name: str | None = None
    user: str | None = None

    @property
    def plain(self) -> dict[str, str]:
        """The statements by the name of the fact."""
        given = {"host": self.host, "port": self.port, "name": self.name, "user": self.user}
        return {name: str(value) for name, value in given.items() if value is not None}


class Workflows(msgspec.Struct, frozen=True):
    """The Argo Workflows that build and deploy the workload: their namespace, templates and steps.

    Attributes:
        build, deploy, both: names of WorkflowTemplates that build the image, deploy it, or do both.
        alone: names of those that build and deploy this workload alone, in place of all others.
        build_step, deploy_step, rollback_step: patterns of step names of `both`, and of any step that rolls back.
        tag, commit, target_namespace: names of their parameters.
    """

    namespace: str = ""
    build: tuple[str, ...] = ()
    deploy: tuple[str, ...] = ()
    both: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
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
        image: the last part of the image's repository, for workloads without the label.
        required_variables: the process does not start without these.
        shared_variables: must have the same value in the other workloads of the application.
        tables: used by its schedules and activities with the admin login, as TABLE or TABLE.COLUMN.
        default_queues, always_polled: queues polled where the environment names none, and in any case.
        schedule_set_up: the pattern of a log line about a schedule (?P<id>…) that the process has set up.
        activity_slots: the maximum number of concurrent activities of one queue's worker.
        pools: the maximum numbers of database connections of a process, by login; the first is that of the activities.
        own_roles: suffixes of names of Roles that the chart binds to the workload's account, and their purpose.
        schedules: prefixes of the ids of the schedules that the process sets up.
        start_steps: in order; after the last one the process works.
        start_s: the maximum duration of a normal start, in seconds.
        types: how the process parses the value of a variable: number, boolean or url.
        shared_secrets: like shared_variables, but secret: only their sources can be compared.
        public_urls, own_urls: variables with URLs that users open, and those with URLs of the application itself.
        proof: what proves that a workload is of this profile; without it, every workload of its kind is.
        logins: the database logins of the program; none where they are found by the names of the variables.
        plain_client: whether the program never connects to Temporal over TLS.
        exclusive_queues: whether each installation has its own queues, so that no other may poll them.
        health_port: the variable with the port of the health endpoint, "" for none.
        log_levels: the levels of its logger.
        temporal, database: what the user states of them, "none" where there is none.
        workflows: the Argo Workflows that build and deploy it.
        runtime: what runs the program, such as "node", which gives exit codes a meaning; "" where unknown.
        noun: the name of the program in findings.
        knows_no: topics and checks that are not applicable, each with what the profile does not know; a check with ""
            is applicable although its topic is not.
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
    health_path: str = ""
    start_steps: tuple[StartStep, ...] = ()
    start_s: float = 120.0
    activity_slots: Setting = Setting(default=0)
    pools: tuple[Setting, ...] = ()
    own_roles: dict[str, str] = {}
    types: dict[str, str] = {}
    shared_secrets: tuple[str, ...] = ()
    unread: tuple[UnreadVariable, ...] = ()
    unread_settings: tuple[UnreadSetting, ...] = ()
    overriding: tuple[OverriddenVariable, ...] = ()
    quiet_services: tuple[QuietService, ...] = ()
    public_urls: tuple[str, ...] = ()
    own_urls: tuple[str, ...] = ()
    migrations: MigrationRuns = MigrationRuns()
    workflows: Workflows = Workflows()
    proof: Proof = Proof()
    logins: tuple[LoginSettings, ...] = ()
    plain_client: bool = False
    exclusive_queues: bool = False
    health_port: str = ""
    log_levels: LogLevels = LogLevels()
    temporal: TemporalStatement | Literal["none"] | None = None
    database: DatabaseStatement | Literal["none"] | None = None
    runtime: str = ""
    noun: str = "worker"
    knows_no: dict[str, str] = {}

    @cached_property
    def step_patterns(self) -> tuple[tuple[StartStep, re.Pattern[str]], ...]:
        """The start steps with their compiled patterns."""
        return tuple((step, re.compile(step.done)) for step in self.start_steps)

    @property
    def is_generic(self) -> bool:
        """Whether it is of any workload, as it knows nothing of Temporal."""
        return bool(self.lacks("temporal"))

    def lacks(self, check: str) -> str:
        """Returns why a check is not applicable to such a workload, "" where it is."""
        what = self.knows_no.get(check, self.knows_no.get(check.partition(".")[0], ""))
        return f"the profile {self.name} knows no {what}" if what else ""


def load(source: Path) -> Profile:
    """Reads a profile from TOML.

    Raises:
        msgspec.ValidationError: a key is unknown or of the wrong type.
    """
    return msgspec.convert(tomllib.loads(source.read_text(encoding="utf-8")), Profile)
