"""Assembles the engine, the catalogue and a source."""

import logging
import os
import time
from pathlib import Path
from typing import IO, Any

import click
from msgspec.structs import replace

from diagnose import __version__
from diagnose.cli.catalogue import catalogue
from diagnose.cli.process import process
from diagnose.cli.settings import Settings
from diagnose.commands.named_cluster import NamedCluster
from diagnose.engine.diagnosis import Examination
from diagnose.model.report import Report
from diagnose.queries.query import NoAnswerError, SkippedError
from diagnose.sources.file_alone import OFFLINE, FileSource
from diagnose.sources.gateway import Gateway
from diagnose.sources.kubernetes import credential_plugin, manifest
from diagnose.sources.kubernetes.api import Cluster
from diagnose.sources.kubernetes.kubeconfig_files import ClusterConfigError, NoKubeconfigError
from diagnose.sources.live import LiveSource
from diagnose.sources.postgres.operator_login import LoginError
from diagnose.sources.recording import Header, Recording, RecordingError, load, save
from diagnose.sources.temporal import credentials
from diagnose.sources.temporal.credentials import CredentialsError
from diagnose.sources.usage import Counter
from diagnose.target import discovery
from diagnose.target.request import Allowance, Expected, Request, recorded
from diagnose.text.times import utc_now

FIXED = (
    "context",
    "namespace",
    "workload",
    "selector",
    "container",
    "workflows",
    "manifest",
    "offline",
    "allowed",
    "default_namespace",
)
"""The fields of a request that a replay cannot change."""


class NoClusterError(click.UsageError):
    """The kubeconfig leads to no cluster; the usage of the command is no help then."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Shows the reason and the next step alone."""
        click.echo(f"Error: {self.format_message()}", file=file, err=file is None)


def prepare(request: Request, settings: Settings | None = None, *, begins: bool = False) -> Examination:
    """Prepares the requested examination of a cluster or a recording.

    Args:
        request: what is requested.
        settings: the settings of the file.
        begins: whether it is run at once, so that its first lists are requested while the checks are imported.

    Raises:
        click.UsageError: no usable kubeconfig, login, manifest or recording.
    """
    known = settings or Settings()
    ends_at = process.limit(request.completed_by(known.request).timeout_s)
    try:
        if request.replay:
            return _replayed(request, known, load(request.replay), ends_at)
        return _live(request, known, ends_at, begins=begins)
    except (LoginError, CredentialsError, manifest.ManifestError) as error:
        raise click.UsageError(str(error)) from error
    except ClusterConfigError as error:
        raise NoClusterError(f"{error}\nNext: {error.step}") from error
    except RecordingError as error:
        raise click.UsageError(str(error)) from error


def allowed(request: Request) -> frozenset[Allowance]:
    """Returns what the flags and the environment of the user allow."""
    given = {Allowance.VAULT_TOKEN} if os.environ.get("VAULT_TOKEN") else set()
    given |= {Allowance.DATABASE_LOGIN} if request.database_login else set()
    given |= {Allowance.TEMPORAL_LOGIN} if request.temporal_login.given else set()
    return request.allowed | given


def _live(request: Request, settings: Settings, ends_at: float, *, begins: bool) -> Examination:
    effective = request.completed_by(replace(settings.request, profile=settings.profile.name))
    # Otherwise the messages of libraries go to stderr.
    logging.getLogger().addHandler(logging.NullHandler())
    process.on_end(credential_plugin.stop)
    if effective.offline:
        return _of_file(effective, settings, ends_at, SkippedError(OFFLINE))
    try:
        cluster = Cluster.connect(effective.context or None, ends_at - time.monotonic(), effective.access)
    except NoKubeconfigError as error:
        if not effective.manifest or effective.context:
            raise
        return _of_file(effective, settings, ends_at, NoAnswerError(f"nothing of a cluster was read: {error}"))
    counter = Counter()
    given = manifest.load(effective.manifest, effective.namespace, cluster.namespace) if effective.manifest else None
    namespace = given.namespace if given else effective.namespace or cluster.namespace
    source = LiveSource(
        cluster,
        counter,
        may_exec=not effective.no_exec,
        database_login=effective.database_login,
        credentials=credentials.load(effective.temporal_login),
        manifest=given,
    )
    named = NamedCluster(kubeconfig=effective.access.kubeconfig, context=effective.context)
    effective = replace(
        effective,
        context=cluster.context,
        namespace=namespace,
        default_namespace=not (given or effective.namespace),
        allowed=allowed(effective),
    )
    gateway = Gateway(source, ends_at, counter)
    if begins:
        discovery.begin(gateway, effective)
    return Examination(
        request=effective,
        catalogue=catalogue(settings, effective.profile),
        gateway=gateway,
        now=cluster.clock.now(),
        clock=cluster.clock.now,
        cluster=named,
    )


def _of_file(request: Request, settings: Settings, ends_at: float, why: NoAnswerError) -> Examination:
    """Returns the examination of a manifest alone; everything else has no answer."""
    given, counter = manifest.load(request.manifest, request.namespace), Counter()
    return Examination(
        request=replace(request, context="", namespace=given.namespace, allowed=allowed(request)),
        catalogue=catalogue(settings, request.profile),
        gateway=Gateway(FileSource(given, counter, why), ends_at, counter),
        now=utc_now(),
    )


def _replayed(request: Request, settings: Settings, recording: Recording, ends_at: float) -> Examination:
    header = recording.header
    before = recorded(header.context, header.arguments)
    if request.namespace and request.namespace != before.namespace:
        raise click.UsageError(f"the recording is of namespace {before.namespace}, not of {request.namespace}")
    expected = Expected(
        image=request.expected.image or before.expected.image,
        revision=request.expected.revision or before.expected.revision,
    )
    fixed = {name: getattr(before, name) for name in FIXED}
    effective = replace(request.completed_by(settings.request), expected=expected, **fixed).completed_by(before)
    effective = replace(effective, profile=effective.profile or settings.profile.name)
    return Examination(
        request=effective,
        catalogue=catalogue(settings, effective.profile),
        gateway=Gateway(recording, ends_at),
        now=header.started_at,
        recorded_usage=header.usage,
        recorded_duration_s=header.duration_s,
    )


def store(path: Path, examination: Examination, report: Report) -> None:
    """Writes the recording of the run.

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
