"""Puts the engine, the checks, the signatures and a source together."""

import os
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import click

from checks import CHECKS, signatures
from checks.rollback_rules import ROLLBACK_RULES
from diagnose import __version__
from diagnose.check.api import Check, Code, Occasion, with_codes
from diagnose.cli.settings import OwnSignature, Settings, SettingsError, agree, like
from diagnose.engine.diagnosis import NAMES, Catalogue, Examination
from diagnose.model.report import Report
from diagnose.sources.gateway import Gateway
from diagnose.sources.kubernetes import manifest
from diagnose.sources.kubernetes.api import Cluster, ClusterConfigError
from diagnose.sources.live import LiveSource
from diagnose.sources.postgres.operator_login import LoginError
from diagnose.sources.recording import Header, Recording, RecordingError, load, save
from diagnose.sources.usage import Counter
from diagnose.target import profile
from diagnose.target.profile import Profile
from diagnose.target.request import Wanted
from diagnose.target.target import Allowance, Expected


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the flags of a command ask for."""

    settings: Settings
    context: str | None = None
    namespace: str = ""
    workload: str = ""
    pod: str = ""
    label: str = ""
    container: str = ""
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    timeout_s: float = 60.0
    no_exec: bool = False
    fail_on_warn: bool = False
    replay: Path | None = None
    allowed: frozenset[Allowance] = frozenset()
    database_login: str = field(default="", repr=False)
    expected: Expected = field(default_factory=Expected)
    workflows: str = ""
    occasion: Occasion | None = None
    manifest: str = ""
    profile: str = ""
    required: tuple[str, ...] = ()


WORKER, OTHERWISE = "temporal-worker", "generic"


def profiles() -> dict[str, Profile]:
    """All profiles by their names."""
    found = (each for each in files("checks.profiles").iterdir() if each.name.endswith(".toml"))
    return {each.name: each for each in sorted(map(profile.load, found), key=lambda each: each.name != WORKER)}


def catalogue(settings: Settings | None = None, chosen: str = "") -> Catalogue:
    """Everything that this installation and the file of settings know of faults.

    Args:
        settings: what the file says.
        chosen: the profile that was asked for by a flag; what the file says of another one does not hold then.

    Raises:
        SettingsError: what the file, or the flag, speaks of does not exist.
    """
    told, known = settings or Settings(), profiles()
    name = chosen or told.profile.name or WORKER
    if name not in known:
        raise SettingsError(f"there is no profile {name!r}{like(name, known)}")
    expected = known[name]
    if name == (told.profile.name or WORKER):
        expected = told.profile.adapted(expected)
    codes = {code.id for check in CHECKS for code in check.codes}
    agree(told, checks=[check.id for check in CHECKS], codes=codes, names=NAMES)
    own = {each.code: each for each in reversed(told.signatures) if each.code not in codes}
    all_checks = tuple(_with_own_codes(check, own.values()) for check in CHECKS)
    return Catalogue(
        checks=all_checks,
        signatures=(*signatures.load(), *with_codes(told.signatures, all_checks)),
        profile=expected,
        otherwise=known[OTHERWISE],
        rollback_rules=ROLLBACK_RULES,
    )


def _with_own_codes(check: Check, own: Iterable[OwnSignature]) -> Check:
    """Returns the check with the codes that the settings file declares for it."""
    codes = (
        Code(id=each.code, meaning=each.meaning, fix=each.fix, severity=each.severity, transient=each.transient)
        for each in own
        if each.check == check.id
    )
    return replace(check, codes=(*check.codes, *codes))


def checks() -> tuple[Check, ...]:
    """All checks, in their order."""
    return CHECKS


def prepare(request: Request) -> Examination:
    """The examination that was asked for, over the cluster or over a recording.

    Raises:
        click.UsageError: no usable kubeconfig, login, manifest or recording.
    """
    try:
        return _replayed(request, load(request.replay)) if request.replay else _live(request)
    except (LoginError, SettingsError, manifest.ManifestError) as error:
        raise click.UsageError(str(error)) from error
    except (ClusterConfigError, RecordingError) as error:
        raise click.UsageError(f"{error}\nWithout a cluster, try: diagnose demo") from error


def allowed(request: Request) -> frozenset[Allowance]:
    """What the flags and the environment of the user allow."""
    given = {Allowance.VAULT_TOKEN} if os.environ.get("VAULT_TOKEN") else set()
    given |= {Allowance.DATABASE_LOGIN} if request.database_login else set()
    return request.allowed | given


def _other(profile_name: str) -> str:
    """A profile's name, "" where it is the usual one, which a pod of another kind need not be examined by."""
    return "" if profile_name == WORKER else profile_name


def _live(request: Request) -> Examination:
    ends_at = time.monotonic() + request.timeout_s
    cluster = Cluster.connect(request.context)
    counter = Counter()
    namespace = request.namespace or request.settings.target.namespace or cluster.namespace
    given = manifest.load(request.manifest, namespace) if request.manifest else None
    source = LiveSource(
        cluster, counter, may_exec=not request.no_exec, database_login=request.database_login, manifest=given
    )
    wanted = Wanted(
        context=cluster.context,
        namespace=namespace,
        workload=request.workload or request.settings.target.workload,
        pod=request.pod,
        label=request.label or request.settings.target.selector,
        container=request.container or request.settings.target.container,
        allowed=allowed(request),
        thresholds=request.settings.thresholds,
        ahead=request.occasion is Occasion.BEFORE_DEPLOY,
        manifest=request.manifest,
        expected=request.expected,
        workflows=request.workflows or request.settings.target.workflows,
        profile=request.profile or _other(request.settings.profile.name),
    )
    examination = _examination(request, wanted, Gateway(source, ends_at, counter), cluster.clock.now())
    return replace(examination, clock=cluster.clock.now)


def _replayed(request: Request, recording: Recording) -> Examination:
    told = recording.header.arguments
    wanted = Wanted(
        context=recording.header.context,
        namespace=told.get("namespace", ""),
        workload=told.get("workload", ""),
        pod=request.pod or told.get("pod", ""),
        label=told.get("label", ""),
        container=told.get("container", ""),
        allowed=frozenset(Allowance(each) for each in told.get("allowed", "").split()),
        thresholds=request.settings.thresholds,
        ahead=(request.occasion or told.get("occasion")) == Occasion.BEFORE_DEPLOY,
        manifest=told.get("manifest", ""),
        expected=Expected(
            image=request.expected.image or told.get("image", ""),
            revision=request.expected.revision or told.get("revision", ""),
        ),
        workflows=told.get("workflows", ""),
        profile=request.profile or told.get("profile", "") or _other(request.settings.profile.name),
    )
    if request.namespace and request.namespace != wanted.namespace:
        raise click.UsageError(f"the recording is of namespace {wanted.namespace}, not of {request.namespace}")
    gateway = Gateway(recording, time.monotonic() + request.timeout_s)
    return _examination(request, wanted, gateway, recording.header.started_at, recording.header)


def _examination(
    request: Request, wanted: Wanted, gateway: Gateway, now: datetime, header: Header | None = None
) -> Examination:
    arguments = header.arguments if header else {}
    told = arguments.get("occasion")
    return Examination(
        wanted=wanted,
        catalogue=catalogue(request.settings, wanted.profile),
        gateway=gateway,
        now=now,
        only=request.only or request.settings.run.only or tuple(arguments.get("only", "").split()),
        skip=request.skip or request.settings.run.skip or tuple(arguments.get("skip", "").split()),
        occasion=request.occasion or (Occasion(told) if told else Occasion.INCIDENT),
        fail_on_warn=request.fail_on_warn,
        mutes=request.settings.mute,
        required=request.required,
        recorded_usage=header.usage if header else None,
        recorded_duration_s=header.duration_s if header else None,
    )


def keep(path: Path, examination: Examination, report: Report) -> None:
    """Write the run's recording.

    Raises:
        OSError: the file cannot be written.
    """
    wanted = examination.wanted
    asked = {
        name: getattr(wanted, name)
        for name in ("namespace", "workload", "pod", "label", "container", "manifest", "workflows", "profile")
        if getattr(wanted, name)
    }
    asked |= {name: value for name, value in asdict(wanted.expected).items() if value}
    if examination.occasion is not Occasion.INCIDENT:
        asked["occasion"] = examination.occasion.value
    for name, ids in (("only", examination.only), ("skip", examination.skip)):
        if ids:
            asked[name] = " ".join(ids)
    if wanted.allowed:
        asked["allowed"] = " ".join(sorted(wanted.allowed))
    header = Header(
        about=os.environ.get("DIAGNOSE_ABOUT", ""),
        tool_version=__version__,
        started_at=report.started_at,
        context=wanted.context,
        arguments=asked,
        usage=report.usage,
        duration_s=report.duration_s,
    )
    save(path, header, examination.gateway.exchanges)
