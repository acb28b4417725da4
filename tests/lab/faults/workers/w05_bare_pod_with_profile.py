"""A second worker is a pod that nothing owns; its settings are a profile of a file, which a ConfigMap holds."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHIPPING

NAME = "letter-worker"
FILE = """\
[profile.shipping]
address = "temporal-frontend.temporal-legacy:7233"
namespace = "shipping"
"""


def inject(lab: Lab) -> None:
    template = lab.item(SHIPPING.namespace, "deployment", "parcel-worker")["spec"]["template"]["spec"]
    folder = "/etc/temporal"
    env = {
        "TEMPORAL_CONFIG_FILE": f"{folder}/temporal.toml",
        "TEMPORAL_PROFILE": "shipping",
        "TEMPORAL_TASK_QUEUE": NAME,
    }
    container = {
        **template["containers"][0],
        "args": [],
        "envFrom": [],
        "env": [{"name": name, "value": value} for name, value in env.items()],
        "volumeMounts": [{"name": "profile", "mountPath": folder}],
    }
    spec = {
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 5,
        "containers": [container],
        "volumes": [{"name": "profile", "configMap": {"name": NAME}}],
    }
    metadata = {"name": NAME, "labels": {"app": NAME}}
    profile = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": NAME}, "data": {"temporal.toml": FILE}}
    SHIPPING.apply(lab, profile, {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})


FAULT = Fault(
    id="W05",
    title="Another worker is a bare pod with a profile of Temporal's configuration file",
    scene=SHIPPING,
    inject=inject,
    settled=lambda lab: SHIPPING.is_healthy(lab) and bool(SHIPPING.pods(lab, NAME)),
    heal=nothing,
    causes=(),
)
