"""Puts the engine, the checks, the signatures and a source together."""

import os
import time
from collections.abc import Iterable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import click

from checks import CHECKS, signatures
from checks.rollback_rules import ROLLBACK_RULES
from diagnose import __version__
from diagnose.check.api import Check, Code
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
from diagnose.target.request import Allowance, Expected, Request, recorded

WORKER, OTHERWISE = "temporal-worker", "generic"
FIXED = ("context", "namespace", "workload", "label", "container", "workflows", "manifest", "allowed")
"""What a replay cannot ask for otherwise than the recorded run did."""


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
        signatures=(*signatures.load(), *signatures.completed(told.signatures, all_checks)),
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


def prepare(request: Request, settings: Settings | None = None) -> Examination:
    """The examination that was asked for, over the cluster or over a recording.

    Raises:
        click.UsageError: no usable kubeconfig, login, manifest or recording.
    """
    known = settings or Settings()
    try:
        return _replayed(request, known, load(request.replay)) if request.replay else _live(request, known)
    except (LoginError, SettingsError, manifest.ManifestError) as error:
        raise click.UsageError(str(error)) from error
    except (ClusterConfigError, RecordingError) as error:
        raise click.UsageError(f"{error}\nWithout a cluster, try: diagnose demo") from error


def allowed(request: Request) -> frozenset[Allowance]:
    """What the flags and the environment of the user allow."""
    given = {Allowance.VAULT_TOKEN} if os.environ.get("VAULT_TOKEN") else set()
    given |= {Allowance.DATABASE_LOGIN} if request.database_login else set()
    return request.allowed | given


def _profile(settings: Settings) -> str:
    """The profile of the file, "" where it is the usual one: a pod of another kind is then examined by another one."""
    return "" if settings.profile.name == WORKER else settings.profile.name


def _live(request: Request, settings: Settings) -> Examination:
    asked = request.over(replace(settings.request, profile=_profile(settings)))
    ends_at = time.monotonic() + asked.timeout_s
    cluster = Cluster.connect(asked.context or None)
    counter = Counter()
    namespace = asked.namespace or cluster.namespace
    given = manifest.load(asked.manifest, namespace) if asked.manifest else None
    source = LiveSource(
        cluster, counter, may_exec=not asked.no_exec, database_login=asked.database_login, manifest=given
    )
    asked = replace(asked, context=cluster.context, namespace=namespace, allowed=allowed(asked))
    return Examination(
        request=asked,
        catalogue=catalogue(settings, asked.profile),
        gateway=Gateway(source, ends_at, counter),
        now=cluster.clock.now(),
        clock=cluster.clock.now,
    )


def _replayed(request: Request, settings: Settings, recording: Recording) -> Examination:
    header = recording.header
    before = recorded(header.context, header.arguments)
    if request.namespace and request.namespace != before.namespace:
        raise click.UsageError(f"the recording is of namespace {before.namespace}, not of {request.namespace}")
    expected = Expected(
        image=request.expected.image or before.expected.image,
        revision=request.expected.revision or before.expected.revision,
    )
    fixed = {name: getattr(before, name) for name in FIXED}
    asked = replace(request.over(settings.request), expected=expected, **fixed).over(before)
    asked = replace(asked, profile=asked.profile or _profile(settings))
    return Examination(
        request=asked,
        catalogue=catalogue(settings, asked.profile),
        gateway=Gateway(recording, time.monotonic() + asked.timeout_s),
        now=header.started_at,
        recorded_usage=header.usage,
        recorded_duration_s=header.duration_s,
    )


def keep(path: Path, examination: Examination, report: Report) -> None:
    """Write the run's recording.

    Raises:
        OSError: the file cannot be written.
    """
    header = Header(
        about=os.environ.get("DIAGNOSE_ABOUT", ""),
        tool_version=__version__,
        started_at=report.started_at,
        context=examination.request.context,
        arguments=examination.request.arguments,
        usage=report.usage,
        duration_s=report.duration_s,
    )
    save(path, header, examination.gateway.exchanges)
