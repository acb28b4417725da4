"""`diagnose alerts`: Prometheus alerting rules for the worker, with the names that it really has."""

from typing import Any

import click

from diagnose.alerting import Watched, rendered
from diagnose.cli import assembly, target_options
from diagnose.cli.settings import Settings, SettingsError, configured
from diagnose.engine.diagnosis import Examination
from diagnose.queries.kubernetes import ListObjects
from diagnose.queries.query import CannotLookError
from diagnose.resources import Autoscaler
from diagnose.target.target import Target


@click.command(epilog="Example: diagnose alerts -n msp > worker-alerts.yaml")
@target_options.with_options
@click.option("--offline", is_flag=True, help="Ask no cluster: all names come from flags and diagnose.toml.")
@click.option("--min-replicas", type=click.IntRange(min=1), help="How many pods there must be (default: as it is set).")
@click.option("--temporal-namespace", default="", help="Temporal's namespace (default: that of the environment).")
@click.option(
    "--temporal-label",
    default="namespace",
    help="Label with Temporal's namespace (exported_namespace, where the scrape renames it).",
)
@click.option(
    "--queue", "queues", multiple=True, help="A queue of the worker; repeatable (default: its environment's)."
)
@click.option(
    "--kind",
    type=click.Choice(["rules", "prometheusrule"]),
    default="rules",
    help="A file for Prometheus, or an object for its operator.",
)
def alerts(kind: str, offline: bool, **flags: Any) -> None:
    """Print alerts for missing pods, failing workflows, waiting tasks and memory, with the limits of diagnose.toml."""
    told = configured(flags["config"])
    watched = _by_flags(flags, told) if offline else _live(flags, told)
    click.echo(rendered(watched, resource=kind == "prometheusrule"), nl=False)


def _live(flags: dict[str, Any], told: Settings) -> Watched:
    examination, target = target_options.found(flags, told)
    temporal = target.temporal
    minimum, origin = (
        (flags["min_replicas"], "from --min-replicas") if flags["min_replicas"] else _set(examination, target)
    )
    return Watched(
        namespace=target.namespace,
        workload=target.name,
        container=target.container.name,
        minimum=minimum,
        minimum_from=origin,
        temporal_namespace=flags["temporal_namespace"] or (temporal.namespace if temporal else "default"),
        queues=flags["queues"] or (temporal.queues if temporal else target.profile.default_queues),
        temporal_label=flags["temporal_label"],
        thresholds=told.thresholds,
    )


def _set(examination: Examination, target: Target) -> tuple[int, str]:
    """The smallest number of pods that the autoscaler keeps, else that of the Deployment, and which of them."""
    if target.deployment is None:
        return 1, "a guess, because no Deployment could be seen; --min-replicas says it"
    try:
        question: ListObjects[Any] = ListObjects(plural=Autoscaler.plural, namespace=target.namespace)
        listed = examination.gateway.ask(question).items
    except CannotLookError as error:
        raise click.UsageError(f"{error}; say --min-replicas") from error
    for each in listed:
        ref = each.spec.scale_target_ref
        if (ref.kind, ref.name) == ("Deployment", target.deployment.name):
            return each.spec.min_replicas, f"minReplicas of the HorizontalPodAutoscaler {each.name}"
    return max(target.deployment.spec.replicas, 1), "replicas of the Deployment"


def _by_flags(flags: dict[str, Any], told: Settings) -> Watched:
    namespace = flags["namespace"] or told.target.namespace
    workload = flags["workload"] or told.target.workload
    missing = [
        name
        for name, value in (("-n", namespace), ("--workload", workload), ("--min-replicas", flags["min_replicas"]))
        if not value
    ]
    if missing:
        raise click.UsageError(f"without a cluster this must be said: {', '.join(missing)}")
    try:
        profile = assembly.catalogue(told, flags["profile"]).profile
    except SettingsError as error:
        raise click.UsageError(str(error)) from error
    return Watched(
        namespace=namespace,
        workload=workload,
        container=flags["container"] or told.target.container or workload,
        minimum=flags["min_replicas"],
        minimum_from="from --min-replicas",
        temporal_namespace=flags["temporal_namespace"] or "default",
        queues=flags["queues"] or tuple(dict.fromkeys((*profile.default_queues, *profile.always_polled))),
        temporal_label=flags["temporal_label"],
        thresholds=told.thresholds,
    )
