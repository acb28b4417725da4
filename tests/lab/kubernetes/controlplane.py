"""etcd, the API server, the controller manager and the scheduler, as processes in node 1's namespace."""

import json

from tests.lab.kubernetes import pki, processes
from tests.lab.kubernetes.settings import (
    API_ADDRESS,
    API_PORT,
    BIN,
    CLUSTER_DOMAIN,
    CONTROL_PLANE_NODE,
    ETCD,
    HOME,
    KUBECONFIG,
    LOGS,
    POD_CIDR,
    SERVICE_CIDR,
)
from tests.lab.kubernetes.shell import JsonObject, run, wait_until

ETCD_CLIENTS = "http://127.0.0.1:2379"
ETCD_PEERS = "http://127.0.0.1:2380"
AUDIT_POLICY = HOME / "audit-policy.json"


def start() -> None:
    _start("etcd", _etcd_flags())
    _start("kube-apiserver", _apiserver_flags())
    wait_until("API server ready", api_is_ready)
    _start("kube-controller-manager", _controller_manager_flags())
    _start("kube-scheduler", _component_flags("kube-scheduler"))


def kubectl(*arguments: str, check: bool = True, stdin: str | None = None) -> str:
    return run(BIN / "kubectl", f"--kubeconfig={KUBECONFIG}", *arguments, check=check, stdin=stdin)


def api_is_ready() -> bool:
    return kubectl("get", "--raw=/readyz", check=False) == "ok"


def _start(part: str, flags: list[str]) -> None:
    processes.start(part, CONTROL_PLANE_NODE.namespace, [BIN / "kubernetes", part, *flags])


def _etcd_flags() -> list[str]:
    return [
        "--name=lab",
        f"--data-dir={ETCD}",
        f"--listen-client-urls={ETCD_CLIENTS}",
        f"--advertise-client-urls={ETCD_CLIENTS}",
        f"--listen-peer-urls={ETCD_PEERS}",
        f"--initial-advertise-peer-urls={ETCD_PEERS}",
        f"--initial-cluster=lab={ETCD_PEERS}",
        "--unsafe-no-fsync",  # a lab's data need not outlive a power cut
    ]


def _apiserver_flags() -> list[str]:
    AUDIT_POLICY.write_text(json.dumps(_audit_policy()))
    return [
        f"--etcd-servers={ETCD_CLIENTS}",
        f"--advertise-address={API_ADDRESS}",
        f"--secure-port={API_PORT}",
        f"--service-cluster-ip-range={SERVICE_CIDR}",
        f"--tls-cert-file={pki.certificate('apiserver')}",
        f"--tls-private-key-file={pki.key('apiserver')}",
        f"--client-ca-file={pki.certificate(pki.CLUSTER_CA)}",
        f"--kubelet-certificate-authority={pki.certificate(pki.CLUSTER_CA)}",
        f"--kubelet-client-certificate={pki.certificate('apiserver-kubelet-client')}",
        f"--kubelet-client-key={pki.key('apiserver-kubelet-client')}",
        "--kubelet-preferred-address-types=InternalIP",
        f"--service-account-issuer=https://kubernetes.default.svc.{CLUSTER_DOMAIN}",
        f"--service-account-signing-key-file={pki.key(pki.SERVICE_ACCOUNT_KEY)}",
        f"--service-account-key-file={pki.key(pki.SERVICE_ACCOUNT_KEY)}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged",
        f"--requestheader-client-ca-file={pki.certificate(pki.FRONT_PROXY_CA)}",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={pki.certificate('front-proxy-client')}",
        f"--proxy-client-key-file={pki.key('front-proxy-client')}",
        f"--audit-policy-file={AUDIT_POLICY}",
        f"--audit-log-path={LOGS / 'audit.log'}",
        "--audit-log-maxsize=100",
        "--audit-log-maxbackup=1",
    ]


def _audit_policy() -> JsonObject:
    """The audit policy: every finished request except those of the cluster's components."""
    system_parts = ["kube-controller-manager", "kube-scheduler", "kube-proxy", "apiserver"]
    cluster_parts = ["kwok", "network-policy", *(f"system:{part}" for part in system_parts)]
    return {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived", "ResponseStarted"],
        "rules": [
            {"level": "None", "users": cluster_parts},
            {"level": "None", "userGroups": ["system:nodes", "system:serviceaccounts:kube-system"]},
            {"level": "None", "nonResourceURLs": ["/readyz*", "/livez*", "/healthz*"]},
            {"level": "Metadata"},
        ],
    }


def _component_flags(user: str) -> list[str]:
    config = pki.kubeconfig(user)
    return [
        f"--kubeconfig={config}",
        f"--authentication-kubeconfig={config}",
        f"--authorization-kubeconfig={config}",
        "--bind-address=127.0.0.1",
        "--leader-elect=false",
        "--kube-api-qps=200",  # ten times the usual, for thousands of fake pods in minutes
        "--kube-api-burst=400",
    ]


def _controller_manager_flags() -> list[str]:
    return [
        *_component_flags("kube-controller-manager"),
        "--controllers=*,bootstrapsigner,tokencleaner",
        "--use-service-account-credentials",
        f"--root-ca-file={pki.certificate(pki.CLUSTER_CA)}",
        f"--service-account-private-key-file={pki.key(pki.SERVICE_ACCOUNT_KEY)}",
        f"--cluster-signing-cert-file={pki.certificate(pki.CLUSTER_CA)}",
        f"--cluster-signing-key-file={pki.key(pki.CLUSTER_CA)}",
        f"--cluster-cidr={POD_CIDR}",
        "--node-monitor-grace-period=20s",  # half of usual: a dead node shows sooner
    ]
