"""What the user asked for, and the errors of a request for what does not exist."""

from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path

from diagnose.model.report import Mute
from diagnose.target.thresholds import DEFAULTS, Thresholds


class NoSuchTargetError(Exception):
    """What was named on the command line does not exist; the message names what is like it."""


class NoWorkloadError(Exception):
    """The namespace exists and has no such workload; the message says what was searched for."""


class Occasion(StrEnum):
    """When a check runs without being named.

    An incident asks why the worker does not work, now; before a deploy, what the new version needs is examined, after
    it what became of it; an audit examines long-term risks. What only the template shows of a new version is examined
    before a deploy where its manifest is given: the template that is deployed may be the fault that the new one fixes.
    """

    INCIDENT = "incident"
    BEFORE_DEPLOY = "pre"
    BEFORE_BY_MANIFEST = "pre-manifest"
    AFTER_DEPLOY = "post"
    AUDIT = "audit"


class Allowance(StrEnum):
    """What a run may do only because its user said so."""

    VAULT_TOKEN = "vault-token"
    HELM_HISTORY = "helm-history"
    SECRET_NAMES = "secret-names"
    REGISTRY = "registry"
    DATABASE_LOGIN = "database-login"


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a deploy was to bring, as its pipeline says; "" where it does not.

    Attributes:
        image: a reference, or the tag alone.
        revision: the commit that the image was to be built from.
    """

    image: str = ""
    revision: str = ""


_NAMES = ("namespace", "workload", "pod", "label", "container", "manifest", "workflows", "profile")


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which workload is meant: the flags, and the keys of `[target]` in `diagnose.toml`; empty fields are discovered.

    Attributes:
        label: the selector that finds the workload.
        workflows: the namespace of the Argo Workflows that build and deploy it; "" for the profile's own.
    """

    namespace: str = ""
    label: str = ""
    workload: str = ""
    container: str = ""
    workflows: str = ""


@dataclass(frozen=True, kw_only=True)
class Request(Selection):
    """All that the user asked for by flags, environment and `diagnose.toml`.

    Attributes:
        profile: the profile that was asked for by name; "" leaves it to the pod.
        manifest: the file of what is to be deployed, "" for none.
        expected: what a deploy is to bring.
        only, skip: the checks to run and to leave out.
        required: the checks that must pass.
        allowed: what the user has allowed on purpose.
        thresholds: the limits to judge by.
        timeout_s: of the whole run; 0 for the usual one.
        replay: the recording to examine instead of a cluster.
    """

    context: str = ""
    pod: str = ""
    profile: str = ""
    manifest: str = ""
    expected: Expected = Expected()
    occasion: Occasion = Occasion.INCIDENT
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    allowed: frozenset[Allowance] = frozenset()
    database_login: str = field(default="", repr=False)
    thresholds: Thresholds = DEFAULTS
    mutes: tuple[Mute, ...] = ()
    timeout_s: float = 0.0
    no_exec: bool = False
    fail_on_warn: bool = False
    replay: Path | None = None

    @property
    def ahead(self) -> bool:
        """Whether it is about a version that is to be deployed."""
        return self.occasion is Occasion.BEFORE_DEPLOY

    @property
    def pod_name(self) -> str:
        """The pod that was asked for, without the kind before it."""
        return self.pod.removeprefix("pod/")

    def over(self, other: "Request") -> "Request":
        """The request, completed by another one in what it leaves open."""
        own = ((each, getattr(self, each.name)) for each in fields(self))
        return replace(other, **{each.name: value for each, value in own if value != each.default})

    @property
    def arguments(self) -> dict[str, str]:
        """What the header of a recording keeps of it."""
        found = {name: getattr(self, name) for name in _NAMES}
        found |= {"image": self.expected.image, "revision": self.expected.revision}
        found |= {"occasion": "" if self.occasion is Occasion.INCIDENT else self.occasion.value}
        found |= {"only": " ".join(self.only), "skip": " ".join(self.skip), "allowed": " ".join(sorted(self.allowed))}
        return {name: value for name, value in found.items() if value}


def recorded(context: str, arguments: dict[str, str]) -> Request:
    """The request of a recorded run, from the recording's header."""
    return Request(
        context=context,
        **{name: arguments.get(name, "") for name in _NAMES},  # type: ignore[arg-type]
        expected=Expected(image=arguments.get("image", ""), revision=arguments.get("revision", "")),
        occasion=Occasion(arguments.get("occasion", Occasion.INCIDENT)),
        only=tuple(arguments.get("only", "").split()),
        skip=tuple(arguments.get("skip", "").split()),
        allowed=frozenset(Allowance(each) for each in arguments.get("allowed", "").split()),
    )
