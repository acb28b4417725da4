"""A webhook gives new pods an image of a mirror that is gone; the template is right (enix/kube-image-keeper#560)."""

import base64
import json

from tests.lab.cluster import JsonObject, Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault._server_tls import make_certificates
from tests.lab.scene import SHOP

NAME = "image-mirror"
HOST = f"{NAME}.{SHOP.namespace}.svc"
MIRROR = "unknown.registry.test"
PROGRAM = f"""
import base64, json, ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        review = json.loads(self.rfile.read(int(self.headers["content-length"])))["request"]
        image = review["object"]["spec"]["containers"][0]["image"].replace("docker.io", "{MIRROR}")
        patch = [{{"op": "replace", "path": "/spec/containers/0/image", "value": image}}]
        encoded = base64.b64encode(json.dumps(patch).encode()).decode()
        response = {{"uid": review["uid"], "allowed": True, "patchType": "JSONPatch", "patch": encoded}}
        body = {{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/files/tls.crt", "/files/tls.key")
server = ThreadingHTTPServer(("", 8443), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""


def inject(lab: Lab) -> None:
    made = make_certificates(HOST)
    files = {"tls.crt": made.certificate, "tls.key": made.key, "server.py": PROGRAM}
    meta, labels = {"name": NAME}, {"app": NAME}
    service = {"selector": labels, "ports": [{"port": 443, "targetPort": 8443}]}
    template = {"metadata": {"labels": labels}, "spec": _pod(lab)}
    SHOP.apply(
        lab,
        {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": files},
        {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": service},
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": meta,
            "spec": {"selector": {"matchLabels": labels}, "template": template},
        },
    )
    lab.kubectl("-n", SHOP.namespace, "rollout", "status", f"deployment/{NAME}", "--timeout=50s")
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(_webhook(made.authority)))
    SHOP.restart(lab, "deployment/catalog")


def heal(lab: Lab) -> None:
    lab.kubectl("delete", "mutatingwebhookconfiguration", NAME, "--ignore-not-found")


def _pod(lab: Lab) -> JsonObject:
    image = lab.item(SHOP.namespace, "deployment", "catalog")["spec"]["template"]["spec"]["containers"][0]["image"]
    container = {
        "name": "server",
        "image": image,
        "command": ["python", "/files/server.py"],
        "readinessProbe": {"tcpSocket": {"port": 8443}, "periodSeconds": 1},
        "volumeMounts": [{"name": "files", "mountPath": "/files"}],
    }
    volumes = [{"name": "files", "secret": {"secretName": NAME}}]
    return {"terminationGracePeriodSeconds": 1, "containers": [container], "volumes": volumes}


def _webhook(authority: str) -> JsonObject:
    webhook = {
        "name": f"{NAME}.example.com",
        "clientConfig": {
            "service": {"namespace": SHOP.namespace, "name": NAME},
            "caBundle": base64.b64encode(authority.encode()).decode(),
        },
        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": SHOP.namespace}},
        "objectSelector": {"matchLabels": {"app": "catalog"}},
        "failurePolicy": "Ignore",
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    kind = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration"}
    return {**kind, "metadata": {"name": NAME}, "webhooks": [webhook]}


FAULT = Fault(
    id="Z37",
    title="A webhook gives new pods another image than their template has",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.waits(lab, "catalog", "ErrImagePull", "ImagePullBackOff"),
    heal=heal,
    causes=("workload.pod-altered",),
    names=(NAME, MIRROR),
)
