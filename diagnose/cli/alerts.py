"""`diagnose alerts`: the runbook's alerts as Prometheus rules for each workload, with its real names.

A worker may serve no metrics, so the rules use kube-state-metrics, the kubelet (cAdvisor) and the Temporal server. The
rules are generated as text with comments, because they are meant to be read and stored in a repository.
"""

import json
from collections.abc import Sequence
from textwrap import indent
from typing import Any

import click
import msgspec
from msgspec.structs import replace

from diagnose.cli import target_options
from diagnose.cli.catalogue import catalogue
from diagnose.cli.command import command
from diagnose.cli.settings import Settings, load
from diagnose.engine.diagnosis import Examination
from diagnose.queries.kubernetes import ListObjects
from diagnose.queries.query import NoAnswerError
from diagnose.resources import Autoscaler
from diagnose.target.recognition import Role
from diagnose.target.target import Target
from diagnose.target.thresholds import DEFAULTS, Thresholds
from diagnose.text.patterns import lazy

KUBE_STATE = "https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics"
CADVISOR = "https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md"
TEMPORAL = "https://docs.temporal.io/references/service-metrics"
TEMPORAL_NAMES = "https://github.com/temporalio/temporal/blob/main/common/metrics/metric_defs.go"
POD_SUFFIXES = {
    "StatefulSet": "-[0-9]+",
    "DaemonSet": "-[a-z0-9]+",
    "Job": "(-[0-9]+)?-[a-z0-9]+",
    "CronJob": "-[0-9]+(-[0-9]+)?-[a-z0-9]+",
    "Pod": "",
}
POD_SUFFIX = "-[a-z0-9]+-[a-z0-9]+"
"""What the names of pods end with, by the kind of their workload; and of a Deployment, or a Rollout."""
AVAILABLE = {
    "Deployment": 'kube_deployment_status_replicas_available{{namespace="{namespace}", deployment="{name}"}}',
    "StatefulSet": 'kube_statefulset_status_replicas_ready{{namespace="{namespace}", statefulset="{name}"}}',
    "DaemonSet": 'kube_daemonset_status_number_available{{namespace="{namespace}", daemonset="{name}"}}',
}
"""The series of the number of pods that work, of the kinds that always have some."""
_META = lazy(r"[\\.+*?()|\[\]{}^$]")


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """The subject of the rules.

    Attributes:
        kind: that of the workload.
        minimum: minimum number of pods.
        minimum_from: origin of that number.
        temporal_namespace: "" of a workload that is no Temporal worker.
        queues: none where there are no rules about Temporal.
        temporal_label: the label that has the Temporal namespace; a scrape may rename it to exported_namespace.
    """

    namespace: str
    kind: str = "Deployment"
    workload: str
    container: str
    minimum: int
    minimum_from: str
    temporal_namespace: str
    queues: tuple[str, ...]
    temporal_label: str = "namespace"
    thresholds: Thresholds = DEFAULTS


def _rules(watched: Watched) -> str:
    """Returns the alerts of a workload; a quoted string of PromQL and of YAML has the escapes of JSON."""
    prefix = "temporal-worker" if watched.temporal_namespace else "workload"
    rules = [_available(watched), _temporal(watched) if watched.queues else "", _memory(watched)]
    return f"""\
  - name: "{prefix}-{_escaped(watched.namespace)}-{_escaped(watched.workload)}"
    rules:
{"".join(rules)}"""


def _subject(watched: Watched) -> tuple[str, str, str]:
    """Returns namespace, name and the beginning of the alerts' names."""
    prefix = "TemporalWorker" if watched.temporal_namespace else "Workload"
    return _escaped(watched.namespace), _escaped(watched.workload), prefix


def _command(watched: Watched) -> str:
    """Returns the command that finds what is wrong."""
    return f"diagnose all -n {_escaped(watched.namespace)} --workload {_escaped(_reference(watched))}"


def _reference(watched: Watched) -> str:
    """Returns the workload as `--workload` takes it; the kind is stated where a name alone may be that of another."""
    kind = "" if watched.kind == "Deployment" else f"{watched.kind.lower()}/"
    return f"{kind}{watched.workload}"


def _labels(watched: Watched, severity: str) -> str:
    """Returns the labels of an alert: by the last two a run is started for it (deploy/argo-events)."""
    return f"""\
          severity: {severity}
          diagnose_namespace: "{_escaped(watched.namespace)}"
          diagnose_workload: "{_escaped(_reference(watched))}"
"""


def _available(watched: Watched) -> str:
    """Returns the alert of missing pods; none of a kind whose pods end."""
    namespace, workload, prefix = _subject(watched)
    if watched.kind not in AVAILABLE:
        return ""
    of_worker = "Tasks wait in the queues, or are processed too slowly."
    lost = of_worker if watched.temporal_namespace else "The others have its load, or nothing does its work."
    available = AVAILABLE[watched.kind].format(namespace=namespace, name=workload)
    return f"""\
      # kube-state-metrics: {KUBE_STATE}
      # The minimum of {watched.minimum} is {watched.minimum_from}.
      - alert: {prefix}PodsBelowMinimum
        expr: |-
          {available}
            < {watched.minimum}
          or absent({available})
        for: 5m
        labels:
{_labels(watched, "critical")}\
        annotations:
          summary: "Fewer than {watched.minimum} pods of {namespace}/{workload} are available"
          description: "{lost} The command finds why pods are missing."
          command: "{_command(watched)}"
"""


def _temporal(watched: Watched) -> str:
    """Returns the alerts of failing workflows and of waiting tasks."""
    temporal_namespace, limits = _escaped(watched.temporal_namespace), watched.thresholds
    temporal = f'{watched.temporal_label}="{temporal_namespace}"'
    failed = f"""(({_per_second("failed", temporal)} or vector(0))
            + ({_per_second("timeout", temporal)} or vector(0)))"""
    # While a partition of a queue moves, two servers may report its backlog; of these the larger one counts.
    queues = _escaped("|".join(map(_literal, watched.queues)))
    return f"""\
      # Temporal server (history): {TEMPORAL}
      # Names: {TEMPORAL_NAMES} (workflow_success, workflow_failed, workflow_timeout).
      # They are counted by Temporal namespace, so that other workers' workflows in it count, too.
      - alert: TemporalWorkflowsFailing
        expr: |-
          {failed}
          /
          (({_per_second("success", temporal)} or vector(0))
            + {failed})
          > {limits.failed_workflows}
        for: 10m
        labels:
{_labels(watched, "warning")}\
        annotations:
          summary: "More than {limits.failed_workflows * 100:g} % of the workflows in Temporal namespace \
{temporal_namespace} fail"
          description: "Workflows end as failed or timed out. The command names the types that fail, and their error."
          command: "{_command(watched)} --only temporal"
      # Temporal server (matching), since 1.25: {TEMPORAL}
      # A queue without pollers is unloaded after some minutes and then counts as empty
      # (https://github.com/temporalio/documentation/pull/4392); diagnose queries its pollers instead.
      - alert: TemporalTaskQueueBacklog
        expr: |-
          sum by (taskqueue) (max without (instance, pod) (
            approximate_backlog_count{{{temporal}, taskqueue=~"{queues}"}}
          ))
            > {limits.queue_backlog}
        for: 5m
        labels:
{_labels(watched, "warning")}\
        annotations:
          summary: "More than {limits.queue_backlog} tasks wait in queue {{{{ $labels.taskqueue }}}}"
          description: "The queue has no pollers, or tasks arrive too fast. The command shows which."
          command: "{_command(watched)}"
"""


def _memory(watched: Watched) -> str:
    """Returns the alert of memory that nears its limit."""
    namespace, _, prefix = _subject(watched)
    suffix = POD_SUFFIXES.get(watched.kind, POD_SUFFIX)
    pods, container = _escaped(_literal(watched.workload) + suffix), _escaped(watched.container)
    own, limits = f'namespace="{namespace}", pod=~"{pods}", container="{container}"', watched.thresholds
    return f"""\
      # cAdvisor, by the kubelet: {CADVISOR}
      # kube-state-metrics: {KUBE_STATE}
      - alert: {prefix}MemoryHigh
        expr: |-
          max by (namespace, pod, container) (
            container_memory_working_set_bytes{{{own}}}
          )
            / on (namespace, pod, container)
          max by (namespace, pod, container) (
            kube_pod_container_resource_limits{{{own}, resource="memory"}}
          )
            > {limits.memory}
        for: 10m
        labels:
{_labels(watched, "warning")}\
        annotations:
          summary: "Pod {{{{ $labels.pod }}}} uses more than {limits.memory * 100:g} % of its memory limit"
          description: "At its limit the kernel kills the container (OOMKilled) without a message in its log."
          command: "diagnose pod {{{{ $labels.pod }}}} -n {namespace}"
"""


def _per_second(outcome: str, temporal: str) -> str:
    # The counters end in _total where the server exports them by OpenTelemetry; one rate() over both names would have
    # two series with the same labels, which Prometheus rejects.
    return " or ".join(f"sum(rate(workflow_{outcome}{end}{{{temporal}}}[15m]))" for end in ("", "_total"))


def _escaped(value: str) -> str:
    return json.dumps(value)[1:-1]


def _literal(name: str) -> str:
    """Returns an RE2 expression that matches only that name."""
    return _META.sub(lambda found: f"\\{found[0]}", name)


def rendered(watched: Sequence[Watched], *, resource: bool = False) -> str:
    """Renders the rules as a file for Prometheus, or as a PrometheusRule of its operator."""
    rules = f"groups:\n{''.join(map(_rules, watched))}"
    if not resource:
        return rules
    first = watched[0]
    name = first.workload if len(watched) == 1 else f"diagnose-{first.namespace}"
    meta = f"metadata:\n  name: {name}\n  namespace: {first.namespace}\nspec:\n"
    return f"apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\n{meta}{indent(rules, '  ')}"


@command(epilog="Example: diagnose alerts -n msp > worker-alerts.yaml")
@target_options.with_options
@click.option("--offline", is_flag=True, help="Without a cluster: all names come from flags and diagnose.toml.")
@click.option("--min-replicas", type=click.IntRange(min=1), help="Minimum number of pods (default: as configured).")
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
    settings = load(flags["config"])
    watched = (_by_flags(flags, settings),) if offline else _live(flags, settings)
    click.echo(rendered(watched, resource=kind == "prometheusrule"), nl=False)


def _live(flags: dict[str, Any], settings: Settings) -> tuple[Watched, ...]:
    """Returns the workloads; what several have in common in Temporal is watched once."""
    examination, targets = target_options.found(flags, settings)
    found: list[Watched] = []
    for target in targets:
        each = _of_target(flags, settings, examination, target)
        known = {(other.temporal_namespace, other.queues) for other in found}
        shared = (each.temporal_namespace, each.queues) in known
        found.append(replace(each, queues=()) if shared else each)
    return tuple(found)


def _of_target(flags: dict[str, Any], settings: Settings, examination: Examination, target: Target) -> Watched:
    given = (flags["min_replicas"], "from --min-replicas") if flags["min_replicas"] else None
    minimum, origin = given or _set(examination, target)
    queues: tuple[str, ...] = flags["queues"]
    temporal_namespace: str = flags["temporal_namespace"]
    if target.profile.is_generic and target.role is not Role.WORKER:
        queues, temporal_namespace = (), ""
    else:
        temporal_namespace = temporal_namespace or _known(target, "namespace", "--temporal-namespace")
        queues = queues or tuple(_known(target, "queues", "--queue").split(","))
    return Watched(
        namespace=target.namespace,
        kind=target.owner.kind,
        workload=target.name,
        container=target.container.name,
        minimum=minimum,
        minimum_from=origin,
        temporal_namespace=temporal_namespace,
        queues=queues,
        temporal_label=flags["temporal_label"],
        thresholds=settings.thresholds,
    )


def _known(target: Target, name: str, flag: str) -> str:
    """Returns a fact of Temporal.

    Raises:
        click.UsageError: it is not known.
    """
    fact = target.known[f"temporal.{name}"]
    if not fact.value:
        raise click.UsageError(f"the {name} in Temporal of {target.owner.reference}: {fact.text}; use {flag}")
    return fact.value


def _set(examination: Examination, target: Target) -> tuple[int, str]:
    """Returns the minimum of the autoscaler, else the replicas of the workload, with its origin."""
    kind, replicas = target.owner.kind, target.replicas
    if replicas is None:
        return 1, f"a guess, because no {kind} was found; --min-replicas sets it"
    try:
        listed = examination.gateway.query(ListObjects(kind=Autoscaler, namespace=target.namespace)).complete
    except NoAnswerError as error:
        raise click.UsageError(f"{error}; use --min-replicas") from error
    for each in listed:
        ref = each.spec.scale_target_ref
        if (ref.kind, ref.name) == (kind, target.name):
            return each.spec.min_replicas, f"minReplicas of the HorizontalPodAutoscaler {each.name}"
    return max(replicas, 1), f"replicas of the {kind}"


def _by_flags(flags: dict[str, Any], settings: Settings) -> Watched:
    namespace = flags["namespace"] or settings.target.namespace
    workload = flags["workload"] or settings.target.workload
    profile = catalogue(settings, flags["profile"]).profiles.searched
    queues = flags["queues"] or tuple(dict.fromkeys((*profile.default_queues, *profile.always_polled)))
    required = {
        "-n": namespace,
        "--workload": workload,
        "--min-replicas": flags["min_replicas"],
        "--temporal-namespace": flags["temporal_namespace"],
        "--queue": queues,
    }
    if missing := [name for name, value in required.items() if not value]:
        raise click.UsageError(f"without a cluster these are required: {', '.join(missing)}")
    return Watched(
        namespace=namespace,
        workload=workload,
        container=flags["container"] or settings.target.container or workload,
        minimum=flags["min_replicas"],
        minimum_from="from --min-replicas",
        temporal_namespace=flags["temporal_namespace"],
        queues=queues,
        temporal_label=flags["temporal_label"],
        thresholds=settings.thresholds,
    )
