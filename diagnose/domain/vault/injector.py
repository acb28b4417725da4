"""Whether the API server's calls reach the Vault injector: by admission errors, or by the injector's log.

With failurePolicy Ignore, a failed call leaves a trace only in the injector's log, and none if it never arrived.
"""

from datetime import datetime, timedelta

import msgspec

from diagnose.check.api import Context
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.admission import current_failures
from diagnose.domain.vault.agents import is_injected
from diagnose.model.report import Evidence, Step
from diagnose.queries.kubernetes import LogLine, ReadLog
from diagnose.queries.kubernetes_messages import AdmissionReason, refusal
from diagnose.resources import Endpoint, EndpointSlice, Pod, WebhookService
from diagnose.text.characters import one_line
from diagnose.text.patterns import lazy
from diagnose.text.sentences import number_of, truncate

LABEL = "app.kubernetes.io/name=vault-agent-injector"
READ_PODS = 3
# The API server calls the webhook before it sets the pod's timestamp, for up to the webhook's timeout.
BEFORE, AFTER = timedelta(seconds=5), timedelta(seconds=35)
# Shortly after its start an injector may not be reachable from everywhere.
SETTLES = timedelta(seconds=10)
_UNTRUSTED = lazy(r"TLS handshake error from \S+ (?:remote error: )?tls: [^\n]*certificate")
_RECEIVED = "Request received"
_TLS = lazy(r"x509|certificate|tls:")


class FailedCall(msgspec.Struct, frozen=True, kw_only=True):
    """A failed call: whether the certificate is untrusted, the short reason, and whether it is certain."""

    untrusted: bool
    reason: str
    evidence: tuple[Evidence, ...]
    certain: bool = True


def on_injector(namespace: str, text: str, *words: str) -> Step:
    """Returns a step that changes the injector's Deployment; the words are literals."""
    command = kubectl.kubectl(*words, "-l", LABEL, namespace=namespace)
    return Step(text, command, changes=f"the injector in {namespace}")


def show_webhook(name: str) -> Step:
    """Returns the step that shows a webhook's configuration."""
    return Step("Show the webhook.", kubectl.get("mutatingwebhookconfiguration", name, output="yaml"))


def ready_endpoints(ctx: Context, service: WebhookService) -> tuple[Endpoint, ...]:
    """Returns the ready endpoints of the webhook's Service."""
    slices = [each for each in ctx.list(EndpointSlice, service.namespace) if each.service == service.name]
    return tuple(one for each in slices for one in each.endpoints or () if one.conditions.ready is not False)


def refused_call(ctx: Context, webhook: str) -> FailedCall | None:
    """Returns the failed call for which the API server refuses pods, with failurePolicy Fail."""
    for each in current_failures(ctx):
        error = refusal(each.message)
        if error.kind is AdmissionReason.WEBHOOK_UNREACHABLE and error.names["webhook"] == webhook:
            reason = one_line(error.names["why"]).rpartition('": ')[2]
            command = kubectl.describe("replicaset", each.replica_set.name, namespace=ctx.target.namespace)
            evidence = ctx.record_evidence(
                f"ReplicaSet {each.replica_set.name}, FailedCreate", truncate(each.message, 400), command=command
            )
            return FailedCall(untrusted=bool(_TLS.search(reason)), reason=_root_error(reason), evidence=(evidence,))
    return None


def _root_error(reason: str) -> str:
    """Returns the last part of a chain of errors, such as of "dial tcp …: connect: connection refused"."""
    return truncate(reason.partition(" (possibly")[0].rpartition(": ")[2], 80)


def missed_call(ctx: Context, service: WebhookService) -> FailedCall | None:
    """Returns the failed call of the newest pod without an agent; None without evidence of a failure."""
    bare = _newest_bare(ctx)
    made = bare.metadata.creation_timestamp if bare else None
    if bare is None or made is None:
        return None
    missing: list[Evidence] = []
    for log, lines in ctx.attempt(lambda: _logs(ctx, service)) or ():
        if failed := [line for line in lines if line.at and line.at > made - BEFORE and _UNTRUSTED.search(line.text)]:
            evidence = ctx.record_evidence(
                f"the injector's log, {number_of(len(failed), 'line')}", failed[-1].text.strip(), command=log.command
            )
            return FailedCall(untrusted=True, reason="", evidence=(evidence,))
        times = [line.at for line in lines if line.at]
        if not times or times[0] > made - SETTLES or any(_is_about(line, made) for line in lines):
            return None
        if any(is_injected(pod) for pod in ctx.target.current_pods):
            return None  # Other pods were injected, so the injector is reachable.
        missing.append(
            ctx.record_evidence("the injector's log", f"no request when {bare.name} was made", command=log.command)
        )
    if not missing:
        return None
    return FailedCall(untrusted=False, reason="no request arrives", evidence=tuple(missing), certain=False)


def _newest_bare(ctx: Context) -> Pod | None:
    """Returns the newest pod of the template, if it has no agent, as then the next one would probably have none."""
    known = [pod for pod in ctx.target.current_pods if pod.metadata.creation_timestamp]
    newest = max(known, key=lambda pod: pod.creation_order, default=None)
    return newest if newest and ctx.target.vault.requested and not is_injected(newest) else None


def _logs(ctx: Context, service: WebhookService) -> list[tuple[ReadLog, tuple[LogLine, ...]]]:
    """Returns the logs of the injector's pods.

    Raises:
        NoAnswerError: one cannot be read, and that pod may have got the call.
    """
    names = {one.target_ref.name for one in ready_endpoints(ctx, service) if one.target_ref}
    namespace = service.namespace
    pods = [each for each in ctx.list(Pod, namespace) if each.name in names][:READ_PODS]
    queries = [ReadLog(namespace=namespace, pod=pod.name, container=pod.main_container.name) for pod in pods]
    return [(query, ctx.query(query).lines) for query in queries]


def _is_about(line: LogLine, made: datetime) -> bool:
    return _RECEIVED in line.text and line.at is not None and made - BEFORE <= line.at <= made + AFTER
