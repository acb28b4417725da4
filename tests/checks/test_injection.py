"""How a pod comes to its Vault agent, or not: refusals, the injector's log, tokens, the order of init containers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from checks.secrets.files_match import FILES_MATCH
from checks.secrets.init_order import INIT_ORDER
from checks.secrets.volume_mounted import VOLUME_MOUNTED
from checks.vault.injection_wanted import INJECTION_WANTED
from checks.vault.templates_rendered import template_meant
from checks.vault.token_mounted import TOKEN_MOUNTED
from checks.vault.webhook_reached import WEBHOOK_REACHED
from checks.workload.memory_sufficient import MEMORY_SUFFICIENT
from diagnose.check.api import Check, Context, NotApplicableError
from diagnose.commands.command import NONE
from diagnose.logs.signatures import ContainerLog, Writer
from diagnose.model.report import Confidence, Finding
from diagnose.queries.kubernetes import Listing, ListObjects, LogLine, LogText, ReadLog
from diagnose.resources import Container, Pod, PodTemplate, ReplicaSet
from diagnose.target import pod_template
from diagnose.target.profile import Profile
from diagnose.target.request import Request
from diagnose.target.target import Target, VaultFile

NOW = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
MADE = NOW - timedelta(seconds=60)
PREFIX = "vault.hashicorp.com/"
NOTES = {
    f"{PREFIX}agent-inject": "true",
    f"{PREFIX}role": "temporal-worker",
    f"{PREFIX}agent-inject-secret-auth-key": "secret/data/alga-psa/shared",
}
SCRIPT = ". /vault/secrets/auth-key\nexec node worker.js"
WORKER: dict[str, Any] = {"name": "temporal-worker", "args": [SCRIPT]}
AGENT = {"name": "vault-agent"}
SERVICE = "vault-agent-injector-svc"
NAMED = dict.fromkeys(("workload", "service_account", "container"), "temporal-worker")
CALL = (
    'Error creating: Internal error occurred: failed calling webhook "vault.hashicorp.com": failed to call webhook: '
    'Post "https://vault-agent-injector-svc.vault.svc:443/mutate?timeout=30s": '
)
REFUSED = "dial tcp 10.96.48.0:443: connect: connection refused"
DISTRUSTED = (
    "tls: failed to verify certificate: x509: certificate signed by unknown authority "
    '(possibly because of "x509: ECDSA verification failure" while trying to verify candidate authority certificate)'
)
NO_TOKEN = (
    'Error creating: admission webhook "vault.hashicorp.com" denied the request: error creating new agent sidecar: '
    "failed to find service account volume mount"
)
HANDSHAKE = "[ERROR] handler: http: TLS handshake error from 10.244.0.1:43028: remote error: tls: bad certificate"
ASKED = "[INFO]  handler: Request received: Method=POST URL=/mutate?timeout=30s"
STARTED = "[INFO]  handler: Starting handler.."


class RunData:
    """Lists and logs of a cluster; no look around."""

    def __init__(self, logs: tuple[ContainerLog, ...] = (), injector: tuple[LogLine, ...] = (), **lists: Any) -> None:
        self.lists, self.own, self.injector = lists, logs, injector
        self.asked: list[object] = []

    def query(self, query: Any) -> object:
        self.asked.append(query)
        if isinstance(query, ReadLog):
            return LogText(self.injector)
        assert isinstance(query, ListObjects)
        return Listing(tuple(msgspec.convert(each, query.kind) for each in self.lists.get(query.plural, [])))

    def logs(self) -> tuple[ContainerLog, ...]:
        return self.own


def webhook(policy: str) -> dict[str, Any]:
    client = {"service": {"name": SERVICE, "namespace": "vault"}, "caBundle": "eA=="}
    hook = {"name": "vault.hashicorp.com", "failurePolicy": policy, "clientConfig": client}
    return {"metadata": {"name": "vault-agent-injector-cfg"}, "webhooks": [hook]}


def injector() -> dict[str, Any]:
    end = {"addresses": ["10.244.0.9"], "conditions": {"ready": True}, "targetRef": {"kind": "Pod", "name": "injector"}}
    labels = {"kubernetes.io/service-name": SERVICE}
    return {
        "endpointslices": [{"metadata": {"name": "s", "labels": labels}, "endpoints": [end]}],
        "pods": [{"metadata": {"name": "injector"}, "spec": {"containers": [{"name": "sidecar-injector"}]}}],
    }


def pod(*containers: dict[str, Any], inits: tuple[dict[str, Any], ...] = (), **status: Any) -> Pod:
    meta = {"name": "temporal-worker-1", "creationTimestamp": MADE.isoformat(), "annotations": NOTES}
    spec = {"containers": list(containers), "initContainers": list(inits)}
    return msgspec.convert({"metadata": meta, "spec": spec, "status": status}, Pod)


def refusing(message: str) -> ReplicaSet:
    condition = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": message}
    status = {"replicas": 0, "conditions": [condition]}
    return msgspec.convert({"metadata": {"name": "set"}, "spec": {"replicas": 1}, "status": status}, ReplicaSet)


def context(
    check: Check,
    run_data: RunData,
    *pods: Pod,
    sets: tuple[ReplicaSet, ...] = (),
    spec: dict[str, Any] | None = None,
    notes: dict[str, str] | None = None,
) -> Context:
    meta = {"annotations": {**NOTES, **(notes or {})}}
    template = msgspec.convert({"metadata": meta, "spec": {"containers": [WORKER], **(spec or {})}}, PodTemplate)
    container = msgspec.convert(WORKER, Container)
    target = Target(
        request=Request(context="c", namespace="msp"), profile=Profile(name="p"), kind="Deployment",
        name="temporal-worker", deployment=None, replica_sets=sets, pods=pods, template=template,
        container=container, database=None, temporal=None, vault=pod_template.vault(template, container, pods),
        release=None,
    )  # fmt: skip
    seen: Any = run_data
    return Context(target=target, now=NOW, run_data=seen, check=check, names=NAMED)


def found(check: Check, run_data: RunData, *pods: Pod, **more: Any) -> list[Finding]:
    return list(check.run(context(check, run_data, *pods, **more)))


def lines(*texts: str, before_s: float = 600) -> tuple[LogLine, ...]:
    """The injector's start, long ago, and what it says when the pod is made."""
    first = LogLine(STARTED, MADE - timedelta(seconds=before_s))
    return (first, *(LogLine(text, MADE) for text in texts))


@pytest.mark.parametrize(
    ("why", "code", "said"),
    [
        (REFUSED, "vault.injector-unreachable", "(connection refused)"),
        ("context deadline exceeded", "vault.injector-unreachable", "(context deadline exceeded)"),
        (DISTRUSTED, "vault.webhook-untrusted", "(certificate signed by unknown authority)"),
    ],
)
def test_a_closed_webhook_says_why_it_was_not_called(why: str, code: str, said: str) -> None:
    run_data = RunData(mutatingwebhookconfigurations=[webhook("Fail")], **injector())
    (finding,) = found(WEBHOOK_REACHED, run_data, sets=(refusing(CALL + why),))
    assert finding.code == code
    assert said in finding.summary
    assert "no new pod can be made" in finding.summary
    assert finding.confidence is Confidence.CERTAIN


def test_an_open_webhook_that_is_not_trusted_is_told_by_the_injector() -> None:
    run_data = RunData(injector=lines(HANDSHAKE), mutatingwebhookconfigurations=[webhook("Ignore")], **injector())
    (finding,) = found(WEBHOOK_REACHED, run_data, pod(WORKER))
    assert finding.code == "vault.webhook-untrusted"
    assert "vault-agent-injector-cfg" in finding.summary
    assert finding.evidence[0].command == "kubectl -n vault logs injector -c sidecar-injector"


def test_an_open_webhook_that_asks_nobody_is_likely_cut_off() -> None:
    run_data = RunData(injector=lines(), mutatingwebhookconfigurations=[webhook("Ignore")], **injector())
    (finding,) = found(WEBHOOK_REACHED, run_data, pod(WORKER))
    assert finding.code == "vault.injector-unreachable"
    assert finding.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    "said", [lines(ASKED), lines(before_s=-20), ()], ids=["it was asked", "it was started later", "it says nothing"]
)
def test_nothing_is_said_of_an_injector_that_may_have_been_away(said: tuple[LogLine, ...]) -> None:
    run_data = RunData(injector=said, mutatingwebhookconfigurations=[webhook("Ignore")], **injector())
    assert not found(WEBHOOK_REACHED, run_data, pod(WORKER))


def test_where_the_newest_pod_has_its_agent_the_injector_is_not_asked() -> None:
    run_data = RunData(injector=lines(HANDSHAKE), mutatingwebhookconfigurations=[webhook("Ignore")], **injector())
    assert not found(WEBHOOK_REACHED, run_data, pod(WORKER, AGENT))
    assert not any(isinstance(query, ReadLog) for query in run_data.asked)


@pytest.mark.parametrize(
    ("spec", "message", "holder"),
    [
        ({"automountServiceAccountToken": False}, "", "The pod template of temporal-worker"),
        ({}, NO_TOKEN, "Service account temporal-worker"),
        ({"automountServiceAccountToken": True}, NO_TOKEN, ""),
        ({}, "", ""),
    ],
)
def test_a_withheld_token_is_the_template_s_or_the_account_s(spec: dict[str, Any], message: str, holder: str) -> None:
    sets = (refusing(message),) if message else ()
    findings = found(TOKEN_MOUNTED, RunData(), sets=sets, spec=spec)
    assert [each.summary.partition(" has automount")[0] for each in findings] == ([holder] if holder else [])


def test_a_mounted_token_of_one_s_own_is_enough() -> None:
    mount = {"name": "token", "mountPath": "/var/run/secrets/vault.hashicorp.com/serviceaccount"}
    spec = {"automountServiceAccountToken": False, "containers": [{**WORKER, "volumeMounts": [mount]}]}
    assert not found(TOKEN_MOUNTED, RunData(), spec=spec)


def test_a_sibling_with_an_agent_proves_the_way() -> None:
    run_data = RunData(injector=lines(), mutatingwebhookconfigurations=[webhook("Ignore")], **injector())
    sibling = pod(WORKER, AGENT)
    older = replace(sibling, metadata=replace(sibling.metadata, creation_timestamp=MADE - timedelta(hours=1)))
    assert not found(WEBHOOK_REACHED, run_data, pod(WORKER), older)


ENDED = {"name": "prepare", "state": {"terminated": {"exitCode": 2, "reason": "Error"}}}
BY_SCRIPT = {"name": "prepare", "command": ["sh", "-c", ". /vault/secrets/auth-key"]}
BY_LOG = {"name": "prepare", "command": ["/prepare"]}
COMPLAINT = LogLine("sh: .: line 0: can't open '/vault/secrets/auth-key': No such file or directory")
SAID = ContainerLog(
    pod="temporal-worker-1",
    container="prepare",
    writer=Writer.INIT,
    run="current",
    ready=False,
    command=NONE,
    text=LogText((COMPLAINT,)),
)


@pytest.mark.parametrize(("container", "logs"), [(BY_SCRIPT, ()), (BY_LOG, (SAID,))])
def test_an_init_container_reads_before_the_agent(container: dict[str, Any], logs: tuple[ContainerLog, ...]) -> None:
    early = pod(WORKER, AGENT, inits=(container, {"name": "vault-agent-init"}), initContainerStatuses=[ENDED])
    (finding,) = found(INIT_ORDER, RunData(logs), early)
    assert finding.code == "secrets.read-before-agent"
    assert "prepare reads /vault/secrets/auth-key" in finding.summary
    assert len(finding.summary) <= 160


def test_an_init_container_that_fails_for_something_else_is_not_too_early() -> None:
    early = pod(WORKER, AGENT, inits=(BY_LOG, {"name": "vault-agent-init"}), initContainerStatuses=[ENDED])
    assert not found(INIT_ORDER, RunData(), early)


def test_an_init_container_behind_the_agent_is_never_too_early() -> None:
    late = pod(WORKER, AGENT, inits=({"name": "vault-agent-init"}, BY_SCRIPT), initContainerStatuses=[ENDED])
    with pytest.raises(NotApplicableError):
        found(INIT_ORDER, RunData(), late)


WHOLE = '{{- with secret "secret/data/a" -}}\nexport A="{{ .Data.data.k }}"\n{{- end }}'


def file(name: str, template: str) -> VaultFile:
    return VaultFile(name=name, path="secret/data/a", template=template, destination=f"/vault/secrets/{name}")


@pytest.mark.parametrize(
    ("template", "code", "groups"),
    [
        (WHOLE.replace("{{- end }}", ""), "vault.template-invalid", {"reason": "unexpected EOF"}),
        (f"{WHOLE}{{{{ end }}}}", "vault.template-invalid", {"reason": "unexpected {{end}}"}),
        (
            WHOLE.replace("secret ", "secrets2 "),
            "vault.template-invalid",
            {"reason": 'function "secrets2" not defined'},
        ),
        (WHOLE.replace(".k ", ".other "), "vault.key-missing", {"key": "other"}),
    ],
)
def test_the_template_that_fails_is_told_by_its_text(template: str, code: str, groups: dict[str, str]) -> None:
    meant = template_meant((file("good", WHOLE), file("bad", template)), code, groups)
    assert meant is not None
    assert meant.name == "bad"


def test_where_two_templates_can_fail_so_neither_is_named() -> None:
    assert template_meant((file("a", WHOLE), file("b", WHOLE)), "vault.key-missing", {"key": "k"}) is None


MARKED = {f"{PREFIX}agent-inject-status": "injected"}


def test_a_template_with_the_injector_s_mark_gets_no_agent() -> None:
    (finding,) = found(INJECTION_WANTED, RunData(), pod(WORKER), notes=MARKED)
    assert finding.code == "vault.marked-injected"


def test_the_mark_of_a_pod_that_has_its_agent_is_well() -> None:
    assert not found(INJECTION_WANTED, RunData(), pod(WORKER, AGENT), notes=MARKED)


def test_files_that_nothing_writes_are_one_finding() -> None:
    elsewhere = {f"{PREFIX}secret-volume-path": "/secrets"}
    (finding,) = found(FILES_MATCH, RunData(), notes=elsewhere)
    assert finding.code == "secrets.file-not-produced"
    assert "/vault/secrets/auth-key" in finding.summary
    assert "they make /secrets/auth-key" in finding.summary


def test_an_annotation_that_leaves_the_worker_out_is_named() -> None:
    notes = {f"{PREFIX}agent-inject-containers": "sidecar"}
    written = {"name": "vault-secrets", "mountPath": "/vault/secrets"}
    own = pod(WORKER, {**AGENT, "volumeMounts": [written]})
    left_out = replace(own, metadata=replace(own.metadata, annotations={**NOTES, **notes}))
    (finding,) = found(VOLUME_MOUNTED, RunData(), left_out, notes=notes)
    assert "/vault/secrets" in finding.summary
    assert "nothing is mounted" in finding.summary
    assert "agent-inject-containers names sidecar" in finding.summary


@pytest.mark.parametrize(
    ("name", "code"), [("vault-agent-init", "workload.agent-oom-killed"), ("prepare", "workload.oom-killed")]
)
def test_a_killed_init_container_is_the_agent_or_one_of_one_s_own(name: str, code: str) -> None:
    killed = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
    status = {
        "name": name,
        "restartCount": 2,
        "lastState": killed,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
    }
    limited = {"name": name, "resources": {"limits": {"memory": "10Mi"}}}
    (finding,) = found(MEMORY_SUFFICIENT, RunData(), pod(WORKER, inits=(limited,), initContainerStatuses=[status]))
    assert finding.code == code
    assert "10Mi" in finding.summary
