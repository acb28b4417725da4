"""Whether the API server's calls reach the Vault injector: by its refusals of pods, or by the injector's own log.

With failurePolicy Ignore a call that fails leaves no trace but in the injector's log, or, where it never arrived, none.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from diagnose.check.api import Context
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.admission import standing
from diagnose.domain.vault.agents import is_injected
from diagnose.model.report import Evidence, Step
from diagnose.queries.kubernetes import LogLine, ReadLog
from diagnose.queries.kubernetes_messages import AdmissionReason, refusal
from diagnose.queries.query import NoAnswerError
from diagnose.resources import Endpoint, EndpointSlice, Pod, WebhookService
from diagnose.text.characters import one_line
from diagnose.text.sentences import truncate

LABEL = "app.kubernetes.io/name=vault-agent-injector"
READ_PODS = 3
# The API server asks before it stamps the pod, and may ask for as long as the webhook's limit.
BEFORE, AFTER = timedelta(seconds=5), timedelta(seconds=35)
# Just after its start an injector is not reached by everybody yet.
SETTLES = timedelta(seconds=10)
_DISTRUST = re.compile(r"TLS handshake error from \S+ (?:remote error: )?tls: [^\n]*certificate")
_ASKED = "Request received"
_TLS = re.compile(r"x509|certificate|tls:")


@dataclass(frozen=True, kw_only=True)
class Unheard:
    """A call that failed: whether for the certificate, why in a few words, and whether that is sure."""

    untrusted: bool
    reason: str
    evidence: tuple[Evidence, ...]
    certain: bool = True


def on_injector(namespace: str, text: str, *words: str) -> Step:
    """A step that changes the injector's Deployment; the words are literals."""
    command = kubectl.kubectl(*words, "-l", LABEL, namespace=namespace)
    return Step(text=text, command=command, changes=f"the injector in {namespace}")


def ready_behind(ctx: Context, service: WebhookService) -> tuple[Endpoint, ...]:
    """What is ready behind the webhook's Service."""
    slices = [each for each in ctx.list(EndpointSlice, service.namespace) if each.service == service.name]
    return tuple(one for each in slices for one in each.endpoints or () if one.conditions.ready is not False)


def refused_call(ctx: Context, webhook: str) -> Unheard | None:
    """The failed call that the API server refuses pods for, with failurePolicy Fail."""
    for each in standing(ctx):
        told = refusal(each.message)
        if told.kind is AdmissionReason.WEBHOOK_UNREACHABLE and told.names["webhook"] == webhook:
            reason = one_line(told.names["why"]).rpartition('": ')[2]
            command = kubectl.describe("replicaset", each.replica_set.name, namespace=ctx.target.namespace)
            seen = ctx.record_evidence(
                f"ReplicaSet {each.replica_set.name}, FailedCreate", truncate(each.message, 400), command=command
            )
            return Unheard(untrusted=bool(_TLS.search(reason)), reason=_last_words(reason), evidence=(seen,))
    return None


def _last_words(reason: str) -> str:
    """The end of a chain of reasons, which is the reason itself: "dial tcp …: connect: connection refused"."""
    return truncate(reason.partition(" (possibly")[0].rpartition(": ")[2], 80)


def missed_call(ctx: Context, service: WebhookService) -> Unheard | None:
    """The failed call that the newest pod without an agent was made by; None where nothing says that one failed."""
    bare = _newest_bare(ctx)
    made = bare.metadata.creation_timestamp if bare else None
    if bare is None or made is None:
        return None
    unasked: list[Evidence] = []
    for log, lines in _logs(ctx, service):
        if failed := [line for line in lines if line.at and line.at > made - BEFORE and _DISTRUST.search(line.text)]:
            seen = ctx.record_evidence(
                f"the injector's log, {len(failed)} times", failed[-1].text.strip(), command=log.command
            )
            return Unheard(untrusted=True, reason="", evidence=(seen,))
        times = [line.at for line in lines if line.at]
        if not times or times[0] > made - SETTLES or any(_is_about(line, made) for line in lines):
            return None
        if any(is_injected(pod) for pod in ctx.target.current_pods):
            return None  # its siblings were asked about, so the way is there
        unasked.append(
            ctx.record_evidence("the injector's log", f"no request when {bare.name} was made", command=log.command)
        )
    return (
        Unheard(untrusted=False, reason="no request arrives", evidence=tuple(unasked), certain=False)
        if unasked
        else None
    )


def _newest_bare(ctx: Context) -> Pod | None:
    """The newest pod of the template, if it has no agent: then the next one would probably have none either."""
    known = [pod for pod in ctx.target.current_pods if pod.metadata.creation_timestamp]
    newest = max(known, key=lambda pod: str(pod.metadata.creation_timestamp), default=None)
    return newest if newest and ctx.target.vault.requested and not is_injected(newest) else None


def _logs(ctx: Context, service: WebhookService) -> list[tuple[ReadLog, tuple[LogLine, ...]]]:
    """The logs of the injector's pods; none where one of them cannot be read, for it may be the one that was asked."""
    wanted = {one.target_ref.name for one in ready_behind(ctx, service) if one.target_ref}
    namespace = service.namespace
    found = []
    try:
        for pod in [each for each in ctx.list(Pod, namespace) if each.name in wanted][:READ_PODS]:
            query = ReadLog(namespace=namespace, pod=pod.name, container=pod.spec.containers[0].name)
            found.append((query, ctx.query(query).lines))
    except NoAnswerError as error:
        ctx.note(f"the injector's log was not read: {error}")
        return []
    return found


def _is_about(line: LogLine, made: datetime) -> bool:
    return _ASKED in line.text and line.at is not None and made - BEFORE <= line.at <= made + AFTER
