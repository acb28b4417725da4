"""The file is for root only; the program takes what it cannot read for not set (kubernetes/kubernetes#2630)."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import crashes_saying

NAME, FOLDER, KEY = "worker-files", "/etc/worker-secrets", "NEXTAUTH_SECRET"


def inject(lab: Lab) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": NAME, "namespace": worker.NAMESPACE},
        "stringData": {KEY: "lab-nextauth-secret"},
    }
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(secret))
    variables = [{"name": KEY, "$patch": "delete"}, {"name": "SECRET_FS_BASE_PATH", "value": FOLDER}]
    mount = {"name": NAME, "mountPath": FOLDER, "readOnly": True}
    container = {"name": worker.NAME, "env": variables, "volumeMounts": [mount]}
    volume = {"name": NAME, "secret": {"secretName": NAME, "defaultMode": 0o400}}
    worker.patch_template(lab, {"spec": {"volumes": [volume], "containers": [container]}})


FAULT = Fault(
    id="Y05",
    title="The files of a mounted Secret are not for the container's user",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, f"{KEY}: "),
    heal=lambda lab: lab.kubectl("-n", worker.NAMESPACE, "delete", "secret", NAME, "--ignore-not-found"),
    causes=("secrets.file-not-readable",),
    names=(KEY,),
    timeout_s=150.0,
    stranger=True,
)
