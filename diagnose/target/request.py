"""What the user requested, and the errors for a request that matches nothing."""

from enum import StrEnum
from pathlib import Path

import msgspec
from msgspec.structs import fields, replace

from diagnose.model.report import Mute
from diagnose.queries.cluster_access import KUBECONFIG_ALONE, ClusterAccess
from diagnose.queries.temporal_login import TemporalLogin
from diagnose.target.thresholds import DEFAULTS, Thresholds


class NoSuchTargetError(Exception):
    """An object named on the command line does not exist; the message suggests similar names."""


class NoWorkloadError(Exception):
    """The namespace exists but has no such workload; the message says what was searched for."""


class Occasion(StrEnum):
    """Why a run was started; it selects the checks that run without being named.

    A run in an incident finds why the worker does not work now; one before a deploy checks what the new version
    needs, one after a deploy whether it works; an audit checks long-term risks. Checks of the pod template run before
    a deploy only where the manifest is given: the live template may have the fault that the new version fixes.
    """

    INCIDENT = "incident"
    BEFORE_DEPLOY = "pre"
    BEFORE_BY_MANIFEST = "pre-manifest"
    AFTER_DEPLOY = "post"
    AUDIT = "audit"


class Allowance(StrEnum):
    """What a run may do only with the user's explicit permission."""

    VAULT_TOKEN = "vault-token"
    HELM_HISTORY = "helm-history"
    SECRET_NAMES = "secret-names"
    REGISTRY = "registry"
    DATABASE_LOGIN = "database-login"
    TEMPORAL_LOGIN = "temporal-login"


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What a deploy should roll out, as its pipeline passes it; "" where it does not.

    Attributes:
        image: a reference, or the tag alone.
        revision: the commit that the image should be built from.
    """

    image: str = ""
    revision: str = ""


_NAMES = (
    "namespace", "workload", "pod", "selector", "container", "manifest", "workflows", "profile", "temporal_address",
    "temporal_namespace",
)  # fmt: skip
_SWITCHES = ("offline", "default_namespace")


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """The workload to diagnose: the flags, and the keys of `[target]` in `diagnose.toml`; empty fields are discovered.

    Attributes:
        selector: the label selector of the workload.
        workflows: the namespace of the Argo Workflows that build and deploy it; "" for that of the profile.
    """

    namespace: str = ""
    selector: str = ""
    workload: str = ""
    container: str = ""
    workflows: str = ""


class Request(Selection, frozen=True, kw_only=True):
    """All that the user requested by flags, environment and `diagnose.toml`.

    Attributes:
        access: how the API server is accessed.
        profile: the name of the profile; "" chooses it by the pod.
        default_namespace: whether the namespace is that of the context, as the user named none.
        manifest: the file of the objects to be deployed, "" for none.
        offline: whether the manifest alone is judged, without contact to a cluster.
        expected: what a deploy should roll out.
        only, skip: the checks to run and to leave out.
        selected_by: the settings file that names checks to run or to leave out, "" for none.
        required: the checks that must pass.
        allowed: what the user explicitly permits.
        temporal_address, temporal_namespace: the worker's Temporal, where its environment does not state them.
        temporal_login: how the user connects to it.
        thresholds: the limits that checks compare with.
        owners: who owns what, by patterns of objects or of namespaces.
        links: the page about a finding, by its code, its check, its topic or "*".
        timeout_s: of the whole run; 0 for the default.
        replay: the recording to diagnose instead of a cluster.
    """

    context: str = ""
    access: ClusterAccess = KUBECONFIG_ALONE
    pod: str = ""
    profile: str = ""
    default_namespace: bool = False
    manifest: str = ""
    offline: bool = False
    expected: Expected = Expected()
    occasion: Occasion = Occasion.INCIDENT
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    selected_by: str = ""
    required: tuple[str, ...] = ()
    allowed: frozenset[Allowance] = frozenset()
    database_login: str = ""
    temporal_address: str = ""
    temporal_namespace: str = ""
    temporal_login: TemporalLogin = msgspec.field(default_factory=TemporalLogin)
    thresholds: Thresholds = DEFAULTS
    mutes: tuple[Mute, ...] = ()
    owners: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    timeout_s: float = 0.0
    no_exec: bool = False
    fail_on_warn: bool = False
    replay: Path | None = None

    def __repr__(self) -> str:
        """Returns what a recording stores of it, which is no login."""
        return f"Request({self.arguments})"

    @property
    def temporal_facts(self) -> dict[str, str]:
        """What flags state of the worker's Temporal, by the names of the facts."""
        given = {"address": self.temporal_address, "namespace": self.temporal_namespace}
        return {name: value for name, value in given.items() if value}

    @property
    def before_deploy(self) -> bool:
        """Whether it is about a version that is not deployed yet."""
        return self.occasion is Occasion.BEFORE_DEPLOY

    def completed_by(self, other: "Request") -> "Request":
        """Returns the request with its unset fields taken from another one."""
        values = ((each, getattr(self, each.name)) for each in fields(self))
        return replace(other, **{each.name: value for each, value in values if value != each.default})

    @property
    def arguments(self) -> dict[str, str]:
        """The parts that the header of a recording stores."""
        found = {name: getattr(self, name) for name in _NAMES}
        found |= {"image": self.expected.image, "revision": self.expected.revision}
        found |= {"occasion": "" if self.occasion is Occasion.INCIDENT else self.occasion.value}
        found |= {"only": " ".join(self.only), "skip": " ".join(self.skip), "allowed": " ".join(sorted(self.allowed))}
        found |= {name: "yes" for name in _SWITCHES if getattr(self, name)}
        return {name: value for name, value in found.items() if value}


def recorded(context: str, arguments: dict[str, str]) -> Request:
    """Returns the request of a recorded run, from the recording's header."""
    return Request(
        context=context,
        **{name: arguments.get(name, "") for name in _NAMES},  # type: ignore[arg-type]
        expected=Expected(image=arguments.get("image", ""), revision=arguments.get("revision", "")),
        occasion=Occasion(arguments.get("occasion", Occasion.INCIDENT)),
        only=tuple(arguments.get("only", "").split()),
        skip=tuple(arguments.get("skip", "").split()),
        allowed=frozenset(Allowance(each) for each in arguments.get("allowed", "").split()),
        **{name: name in arguments for name in _SWITCHES},  # type: ignore[arg-type]
    )
