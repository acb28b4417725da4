"""Workers in Go and in Python, a Temporal of an older line without and with TLS, and workloads that are no workers.

Each namespace has a shape of its own, as other teams deploy it; `manifests/workers` says which.
"""

import base64
from functools import partial
from pathlib import Path

from tests.lab.kubernetes.shell import JsonObject, run, wait_until
from tests.lab.services import images
from tests.lab.services.cluster import LABEL, LABEL_VALUE, apply, create_namespaces, demand_own, is_lab, kubectl
from tests.lab.services.settings import CACHE, MANIFESTS

PLAIN, WITH_TLS = "temporal-legacy", "temporal-tls"
NAMESPACES = (PLAIN, WITH_TLS, "orders", "shipping", "billing", "shop")
OWN = tuple(f"namespace/{name}" for name in NAMESPACES)
KINDS = {"WorkerDeployment": "workerdeployments", "Connection": "connections"}
DEFINITIONS = [f"{plural}.temporal.io" for plural in KINDS.values()]
TEMPORAL_NAMESPACES = (("temporal", "billing"), (PLAIN, "shipping"), (WITH_TLS, "orders"))
WORKLOADS = (
    ("orders", ("deployment/orders-v1-41d8", "deployment/orders-v2-9c3e")),
    ("shipping", ("deployment/parcel-worker",)),
    ("billing", ("statefulset/invoice-worker", "deployment/invoice-api")),
    ("shop", ("deployment/storefront", "deployment/catalog", "statefulset/carts", "daemonset/node-agent")),
)
CURRENT = "v2-9c3e"

CERTIFICATES = CACHE / "temporal-tls"
"""The authority, the server's certificate and a client's: ca, server and client, each .crt and .key."""
SERVER_NAME = f"temporal-frontend.{WITH_TLS}.svc.cluster.local"
MOUNTED = "/etc/temporal-tls"


def deploy(registry: str) -> None:
    """Bring all of it to the state that the manifests describe."""
    if is_lab():
        images.load(images.WORKERS)
    else:
        demand_own(*OWN)
    create_namespaces(*NAMESPACES)
    apply(*_certificates(), *(_definition(*names) for names in KINDS.items()))
    kubectl("wait", "--for=condition=Established", "--timeout=60s", *(f"crd/{name}" for name in DEFINITIONS))
    for namespace in (PLAIN, WITH_TLS):
        kubectl("apply", "-f", "-", stdin=server_manifest(namespace, registry))
    for namespace in (PLAIN, WITH_TLS):
        kubectl("-n", namespace, "rollout", "status", "deployment/temporal-frontend", "--timeout=300s")
    for server, name in TEMPORAL_NAMESPACES:
        wait_until(f"Temporal in {server} has the namespace {name}", partial(_has_namespace, server, name))
    _apply("ledger", registry)
    # The worker ends where its database does not answer yet.
    kubectl("-n", "billing", "rollout", "status", "deployment/ledger-db", "--timeout=300s")
    for namespace, _ in WORKLOADS:
        _apply(namespace, registry)
    for namespace, workloads in WORKLOADS:
        for workload in workloads:
            kubectl("-n", namespace, "rollout", "status", workload, "--timeout=300s")
    kubectl("-n", "shop", "wait", "--for=condition=Complete", "--timeout=120s", "job/import-products")
    # Without a current version no new workflow gets to a worker.
    version = ("--deployment-name", "orders/orders", "--build-id", CURRENT, "--namespace", "orders", "--yes")
    temporal(WITH_TLS, "worker", "deployment", "set-current-version", *version)


def temporal(server: str, *arguments: str, check: bool = True) -> str:
    """What Temporal's command line prints in the pod of a server, whose namespace is given."""
    return kubectl("-n", server, "exec", "deploy/temporal-frontend", "--", "temporal", *arguments, check=check)


def remove() -> None:
    """Take all of it away; images and certificates stay."""
    kubectl("delete", "namespace", *NAMESPACES, "--ignore-not-found")
    kubectl("delete", "crd", "--ignore-not-found", *DEFINITIONS)


def server_manifest(namespace: str, registry: str) -> str:
    """The manifest of a server: with TLS in its namespace, else without."""
    client, tls = "", "tls: {}"
    if namespace == WITH_TLS:
        trust = f"client: {{serverName: {SERVER_NAME}, rootCaFiles: [{MOUNTED}/ca.crt]}}"
        server = (
            "requireClientAuth: true, clientCaFiles: [{0}/ca.crt], certFile: {0}/server.crt, keyFile: {0}/server.key"
        )
        worker = "certFile: {0}/client.crt, keyFile: {0}/client.key"
        tls = (
            f"tls: {{frontend: {{server: {{{server.format(MOUNTED)}}}, {trust}}},"
            f" systemWorker: {{{worker.format(MOUNTED)}, {trust}}}}}"
        )
        files = {"CLIENT_CERT": "client.crt", "CLIENT_KEY": "client.key", "SERVER_CA_CERT": "ca.crt"}
        client = ("\n" + 12 * " ").join(
            f"- {{name: TEMPORAL_TLS_{name}_PATH, value: {MOUNTED}/{file}}}" for name, file in files.items()
        )
    text = manifest("temporal-server", registry)
    return text.replace("@tls@", tls).replace("@client@", client).replace("@namespace@", namespace)


def manifest(name: str, registry: str) -> str:
    """A manifest with the images' names; that of orders still lacks the uid of its owner."""
    text = (MANIFESTS / f"workers/{name}.yaml").read_text()
    for image in (*images.WORKERS, *images.IMAGES, images.BUSYBOX):
        text = text.replace(f"@{image.name}@", image.reference(registry))
    return text


def _apply(name: str, registry: str) -> None:
    text = manifest(name, registry)
    if "@owner@" in text:
        owner, _, versions = text.partition("---\napiVersion: apps/v1")
        kubectl("apply", "-f", "-", stdin=owner)
        uid = kubectl("-n", "orders", "get", "workerdeployment", "orders", "-o", "jsonpath={.metadata.uid}")
        text = f"apiVersion: apps/v1{versions}".replace("@owner@", uid)
    kubectl("apply", "-f", "-", stdin=text)


def _has_namespace(server: str, name: str) -> bool:
    """Whether a server has a namespace of this name, which is created if it has none."""
    if temporal(server, "operator", "namespace", "describe", "--namespace", name, check=False):
        return True
    temporal(server, "operator", "namespace", "create", "--retention", "72h", "--namespace", name, check=False)
    return False


def _certificates() -> list[JsonObject]:
    """The Secrets with the server's files and with the client's, made of certificates that are made once."""
    if not (CERTIFICATES / "client.crt").exists():
        _issue_all()
    server = {name: CERTIFICATES / name for name in ("ca.crt", "server.crt", "server.key", "client.crt", "client.key")}
    client = {"ca.crt": server["ca.crt"], "tls.crt": server["client.crt"], "tls.key": server["client.key"]}
    return [_secret(WITH_TLS, "temporal-tls", server), _secret("orders", "temporal-client-tls", client)]


def _issue_all() -> None:
    CERTIFICATES.mkdir(mode=0o700, parents=True, exist_ok=True)
    _issue("ca", "-addext", "keyUsage=keyCertSign")
    signed = ("-CA", CERTIFICATES / "ca.crt", "-CAkey", CERTIFICATES / "ca.key", "-addext", "basicConstraints=CA:FALSE")
    short = SERVER_NAME.removesuffix(".svc.cluster.local")
    names = f"subjectAltName=DNS:{SERVER_NAME},DNS:{short},DNS:{short}.svc"
    _issue("server", *signed, "-addext", "extendedKeyUsage=serverAuth", "-addext", names)
    _issue("client", *signed, "-addext", "extendedKeyUsage=clientAuth")


def _issue(name: str, *options: str | Path) -> None:
    files = ("-keyout", CERTIFICATES / f"{name}.key", "-out", CERTIFICATES / f"{name}.crt")
    new = ("-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", f"/CN=temporal-{name}")
    run("openssl", "req", *new, *options, *files)


def _secret(namespace: str, name: str, files: dict[str, Path]) -> JsonObject:
    data = {key: base64.b64encode(path.read_bytes()).decode() for key, path in files.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace}, "data": data}


def _definition(kind: str, plural: str) -> JsonObject:
    """A kind of the Temporal Worker Controller, with whatever fields."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {
        "name": "v1alpha1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": anything},
        "subresources": {"status": {}},
    }
    names = {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()}
    spec = {"group": "temporal.io", "scope": "Namespaced", "names": names, "versions": [version]}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.temporal.io", "labels": {LABEL: LABEL_VALUE}},
        "spec": spec,
    }
