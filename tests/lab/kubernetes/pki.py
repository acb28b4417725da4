"""Certificates and kubeconfigs of the cluster, made with openssl."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path

from tests.lab.kubernetes.settings import (
    API_ADDRESS,
    API_URL,
    CLUSTER_DOMAIN,
    CONTROL_PLANE_NODE,
    KUBECONFIG,
    KUBERNETES_SERVICE_ADDRESS,
    PKI,
    Node,
)
from tests.lab.kubernetes.shell import run

DAYS = 3650
CLUSTER_CA = "ca"
FRONT_PROXY_CA = "front-proxy-ca"
SERVICE_ACCOUNT_KEY = "service-account"


def certificate(name: str) -> Path:
    return PKI / f"{name}.crt"


def key(name: str) -> Path:
    return PKI / f"{name}.key"


def kubeconfig(user: str) -> Path:
    return PKI / f"{user}.kubeconfig"


def create(nodes: list[Node]) -> None:
    """Make what is missing."""
    PKI.mkdir(mode=0o700, parents=True, exist_ok=True)
    for authority in (CLUSTER_CA, FRONT_PROXY_CA):
        _make_authority(authority)
    if not key(SERVICE_ACCOUNT_KEY).exists():
        run("openssl", "genrsa", "-out", key(SERVICE_ACCOUNT_KEY), 2048)

    service = f"kubernetes.default.svc.{CLUSTER_DOMAIN}"
    parts = service.split(".")
    api_names = ["DNS:" + ".".join(parts[:count]) for count in range(1, len(parts) + 1)]
    api_addresses = [f"IP:{address}" for address in (API_ADDRESS, KUBERNETES_SERVICE_ADDRESS, "127.0.0.1")]
    server_names = [*api_names, *api_addresses, f"DNS:{CONTROL_PLANE_NODE.name}"]
    _issue("apiserver", "/CN=kube-apiserver", server_names)
    _issue("apiserver-kubelet-client", "/O=system:masters/CN=kube-apiserver-kubelet-client")
    _issue("front-proxy-client", "/CN=front-proxy-client", authority=FRONT_PROXY_CA)

    issue_user("admin", "/O=system:masters/CN=lab-admin")
    issue_user("kube-controller-manager", "/CN=system:kube-controller-manager")
    issue_user("kube-scheduler", "/CN=system:kube-scheduler")
    issue_user("kube-proxy", "/CN=system:kube-proxy")
    issue_user("network-policy", "/O=system:masters/CN=network-policy")
    for node in nodes:
        subject = f"/O=system:nodes/CN=system:node:{node.name}"
        issue_user(f"kubelet-{node.name}", subject, [f"DNS:{node.name}", f"IP:{node.address}"])
    KUBECONFIG.write_text(kubeconfig("admin").read_text())
    KUBECONFIG.chmod(0o600)


def issue_server(name: str, *dns_names: str) -> tuple[Path, Path]:
    """A new certificate, with its key, for a server in the cluster."""
    certificate(name).unlink(missing_ok=True)
    _issue(name, f"/CN={name}", [f"DNS:{dns_name}" for dns_name in dns_names])
    return certificate(name), key(name)


def issue_user(name: str, subject: str, alternative_names: Sequence[str] = ()) -> Path:
    """The kubeconfig of a user, whom the subject names."""
    _issue(name, subject, alternative_names)
    cluster = {"server": API_URL, "certificate-authority-data": _embedded(certificate(CLUSTER_CA))}
    user = {"client-certificate-data": _embedded(certificate(name)), "client-key-data": _embedded(key(name))}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "lab", "cluster": cluster}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": name}}],
        "current-context": "lab",
    }
    kubeconfig(name).write_text(json.dumps(config, indent=2))  # JSON is YAML
    kubeconfig(name).chmod(0o600)
    return kubeconfig(name)


def self_signed(name: str, *alternative_names: str) -> tuple[Path, Path]:
    """A certificate that nobody has a reason to trust, with its key."""
    if not certificate(name).exists():
        files = ("-keyout", key(name), "-out", certificate(name))
        names = ("-subj", f"/CN={name}", "-addext", "subjectAltName=" + ",".join(alternative_names))
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", DAYS, *names, *files)
    return certificate(name), key(name)


def _make_authority(name: str) -> None:
    if certificate(name).exists():
        return
    files = ("-keyout", key(name), "-out", certificate(name))
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", DAYS, "-subj", f"/CN={name}", *files)


def _issue(name: str, subject: str, alternative_names: Sequence[str] = (), authority: str = CLUSTER_CA) -> None:
    """A certificate for client and server use."""
    if certificate(name).exists():
        return
    extensions = ["-addext", "extendedKeyUsage=clientAuth,serverAuth", "-addext", "keyUsage=digitalSignature"]
    if alternative_names:
        extensions += ["-addext", "subjectAltName=" + ",".join(alternative_names)]
    run(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", DAYS, "-subj", subject,
        "-CA", certificate(authority), "-CAkey", key(authority),
        "-addext", "basicConstraints=CA:FALSE", *extensions,
        "-keyout", key(name), "-out", certificate(name),
    )  # fmt: skip


def _embedded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
