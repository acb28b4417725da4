"""Sentences of Kubernetes; those without a remark are real ones of the lab or of Kubernetes' source."""

import pytest

from diagnose.queries.kubernetes_messages import (
    AdmissionReason,
    PullProblem,
    amounts,
    pull_detail,
    pull_problem,
    pull_secrets_gone,
    refusal,
    scheduling,
)

PREEMPTION = " no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful."


@pytest.mark.parametrize(
    ("message", "clauses"),
    [
        ("0/2 nodes are available: 2 Insufficient cpu." + PREEMPTION, [(2, "Insufficient cpu")]),
        (
            "0/2 nodes are available: 2 node(s) had untolerated taint(s)." + PREEMPTION,
            [(2, "node(s) had untolerated taint(s)")],
        ),
        (
            "0/6 nodes are available: 1 node(s) were unschedulable, 2 Insufficient memory, 3 node(s) had untolerated "
            "taint {node.kubernetes.io/unreachable: }. preemption: 0/6 nodes are available: 6 No preemption victims.",
            [
                (3, "node(s) had untolerated taint {node.kubernetes.io/unreachable: }"),
                (2, "Insufficient memory"),
                (1, "node(s) were unschedulable"),
            ],
        ),
        (
            "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found",
            [(3, "pod has unbound immediate PersistentVolumeClaims")],
        ),
        ("no nodes available to schedule pods", [(0, "no nodes available to schedule pods")]),
        ("", []),
    ],
)
def test_scheduling(message: str, clauses: list[tuple[int, str]]) -> None:
    assert [(each.count, each.text) for each in scheduling(message)] == clauses


@pytest.mark.parametrize(
    ("message", "kind", "names"),
    [
        (
            'Error creating: pods "temporal-worker-7776c67987-hljml" is forbidden: exceeded quota: lab-pods, '
            "requested: pods=1, used: pods=5, limited: pods=5",
            AdmissionReason.QUOTA,
            {"quota": "lab-pods", "requested": "pods=1", "used": "pods=5", "limited": "pods=5"},
        ),
        (
            '(combined from similar events): Error creating: pods "w-1" is forbidden: failed quota: q: must specify '
            "limits.cpu for: vault-agent",
            AdmissionReason.QUOTA_UNSPECIFIED,
            {"quota": "q", "missing": "limits.cpu for: vault-agent"},
        ),
        (
            'Internal error occurred: failed calling webhook "vault.hashicorp.com": failed to call webhook: Post '
            '"https://vault-agent-injector-svc.vault.svc:443/mutate?timeout=30s": dial tcp 10.96.48.0:443: connect: '
            "connection refused",
            AdmissionReason.WEBHOOK_UNREACHABLE,
            {"webhook": "vault.hashicorp.com"},
        ),
        (
            'admission webhook "vault.hashicorp.com" denied the request: error validating agent configuration: '
            "no Vault role specified",
            AdmissionReason.WEBHOOK_DENIED,
            {"webhook": "vault.hashicorp.com"},
        ),
        (
            'pods "w-1" is forbidden: violates PodSecurity "restricted:latest": seccompProfile (pod or containers '
            '"vault-agent-init", "vault-agent" must set securityContext.seccompProfile.type)',
            AdmissionReason.POD_SECURITY,
            {"level": "restricted:latest"},
        ),
        (
            'pods "w-1" is forbidden: error looking up service account msp/worker: serviceaccount "worker" not found',
            AdmissionReason.SERVICE_ACCOUNT,
            {"account": "worker"},
        ),
        (
            'pods "w-1" is forbidden: maximum memory usage per Container is 512Mi, but limit is 1Gi',
            AdmissionReason.LIMIT_RANGE,
            {"why": "maximum memory usage per Container is 512Mi, but limit is 1Gi"},
        ),
        ("Error creating: something new", AdmissionReason.OTHER, {}),
    ],
)
def test_refusal(message: str, kind: AdmissionReason, names: dict[str, str]) -> None:
    found = refusal(message)
    assert found.kind is kind
    assert names.items() <= found.names.items()
    assert not found.text.startswith(("Error creating", "(combined"))


def test_amounts() -> None:
    assert amounts("limits.cpu=1,requests.memory=2Gi") == {"limits.cpu": "1", "requests.memory": "2Gi"}


IMAGE = "docker.io/lab/temporal-worker:abc12345"


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        (
            f'Back-off pulling image "{IMAGE}": ErrImagePull: rpc error: code = NotFound desc = failed to pull and '
            f'unpack image "{IMAGE}": failed to resolve reference "{IMAGE}": {IMAGE}: not found',
            PullProblem.NOT_FOUND,
        ),
        (
            "failed to resolve reference: pull access denied, repository does not exist or may require authorization: "
            "server message: insufficient_scope: authorization failed",
            PullProblem.UNAUTHORIZED,
        ),
        (
            "unexpected status from HEAD request to https://r/v2/x/manifests/1: 401 Unauthorized",
            PullProblem.UNAUTHORIZED,
        ),
        ('Head "https://r/v2/": dial tcp: lookup r on 10.0.0.1:53: no such host', PullProblem.UNREACHABLE),
        ("tls: failed to verify certificate: x509: certificate signed by unknown authority", PullProblem.UNTRUSTED),
        ("failed to pull image: context canceled", PullProblem.INTERRUPTED),
        (f'Back-off pulling image "{IMAGE}"', PullProblem.UNKNOWN),
        ("Error: ImagePullBackOff", PullProblem.UNKNOWN),
        ("no space left on device", PullProblem.OTHER),
    ],
)
def test_pull_problem(message: str, problem: PullProblem) -> None:
    assert pull_problem(message) is problem


@pytest.mark.parametrize(
    ("message", "problem", "detail"),
    [
        (
            'Head "https://r/v2/": dial tcp 10.0.0.9:443: connect: no route to host',
            PullProblem.UNREACHABLE,
            "no route to host",
        ),
        (
            'Head "https://r/v2/": x509: certificate signed by unknown authority',
            PullProblem.UNTRUSTED,
            "signed by unknown authority",
        ),
        (
            'Head "https://r/v2/": x509: certificate has expired or is not yet valid',
            PullProblem.UNTRUSTED,
            "has expired or is not yet valid",
        ),
        (
            "unexpected status from HEAD request to https://r/v2/: 503 Service Unavailable",
            PullProblem.FAILING,
            "503 Service Unavailable",
        ),
        ('Container image "w:1" is not present with pull policy of Never', PullProblem.NEVER, ""),
        (
            'couldn\'t parse image name "r/W:1": invalid reference format: repository name must be lowercase',
            PullProblem.INVALID_NAME,
            "repository name must be lowercase",
        ),
    ],
)
def test_a_failed_pull_is_classified_with_the_reason_quoted(message: str, problem: PullProblem, detail: str) -> None:
    assert pull_problem(message) is problem
    assert pull_detail(problem, message) == detail


def test_pull_secrets_that_are_gone_are_named() -> None:
    message = (
        "Unable to retrieve some image pull secrets (harbor, mirror); attempting to pull the image may not succeed."
    )
    assert pull_secrets_gone(message) == ("harbor", "mirror")
    assert pull_secrets_gone("Failed to pull image") == ()
