"""An upgrade gives a Service other labels to select (prometheus-community/helm-charts#3709)."""

import json
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.lab.cluster import Lab, LabError, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _shop
from tests.lab.scene import SHOP

RELEASE, SERVICE = "stock", "stock"


def inject(lab: Lab) -> None:
    _install(lab, "stock-v1")
    wait_until("the release is ready", lambda: not SHOP.is_unready(lab, RELEASE), seconds=60)
    _install(lab, "stock-v2")


def _install(lab: Lab, selected: str) -> None:
    with TemporaryDirectory() as folder:
        (Path(folder) / "templates").mkdir()
        (Path(folder) / "Chart.yaml").write_text(f"apiVersion: v2\nname: {RELEASE}\nversion: 1.0.0\n")
        for made in _objects(lab, selected):
            (Path(folder) / "templates" / f"{made['kind']}-{made['metadata']['name']}.yaml").write_text(
                json.dumps(made)
            )
        _helm("upgrade", "--install", "--wait", RELEASE, folder)


def _objects(lab: Lab, selected: str) -> tuple[dict[str, Any], ...]:
    image, probe = _shop.python_image(lab), {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 2}
    program = ("python", "-m", "shop.web")
    server = _shop.container(image, *program, readinessProbe=probe)
    upstream = [{"name": "UPSTREAM_URL", "value": f"http://{SERVICE}/products"}]
    caller = _shop.container(image, *program, env=upstream, readinessProbe=probe)
    spec = {"selector": {"app": selected}, "ports": [{"port": 80, "targetPort": 8080}]}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": SERVICE}, "spec": spec}
    return (
        service,
        _shop.deployment(f"{RELEASE}-server", server, {"app": "stock-v1"}),
        _shop.deployment(f"{RELEASE}-reader", caller),
    )


def _helm(*arguments: str) -> None:
    command = ["helm", "--namespace", SHOP.namespace, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise LabError(f"helm {arguments[0]}: {done.stderr.strip()}")


FAULT = Fault(
    id="R42",
    title="An upgrade gave a Service another selector than the pods have labels",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, f"{RELEASE}-reader", "failed: "),
    heal=lambda _: _helm("uninstall", "--ignore-not-found", RELEASE),
    causes=("network.service-selects-none",),
    names=(SERVICE,),
    timeout_s=180.0,
)
