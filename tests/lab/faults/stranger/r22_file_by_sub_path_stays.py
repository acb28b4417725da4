"""A ConfigMap was corrected; a file that is mounted by subPath stays as it was (kubernetes/kubernetes#50345)."""

from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault, nothing
from tests.lab.faults.stranger import _shop
from tests.lab.scene import SHOP

NAME, CONFIG, FILE = "rates", "exchange-rates", "rates.json"
PROGRAM = """
import json, os, time
while True:
    try:
        rates = json.load(open("/etc/rates/rates.json"))
        print("rates of", len(rates), "currencies", flush=True)
        open("/tmp/ready", "w").close()
    except ValueError as error:
        print("ERROR cannot read the rates:", error, flush=True)
        os.path.exists("/tmp/ready") and os.unlink("/tmp/ready")
    time.sleep(3)
"""


def inject(lab: Lab) -> None:
    mount = {"name": "rates", "mountPath": f"/etc/rates/{FILE}", "subPath": FILE}
    ready = {"exec": {"command": ["test", "-e", "/tmp/ready"]}, "periodSeconds": 5}
    image = _shop.python_image(lab)
    run = _shop.container(image, "python", "-c", PROGRAM, volumeMounts=[mount], readinessProbe=ready)
    volume = {"name": "rates", "configMap": {"name": CONFIG}}
    SHOP.apply(lab, _shop.config(CONFIG, rates_json='{"EUR": 1.0, "USD": }'))
    SHOP.apply(lab, _shop.deployment(NAME, run, volumes=[volume]))
    wait_until("the file is wrong", lambda: SHOP.logs(lab, NAME, "ERROR"), seconds=60)
    SHOP.apply(lab, _shop.config(CONFIG, rates_json='{"EUR": 1.0, "USD": 1.1}'))


FAULT = Fault(
    id="R22",
    title="A ConfigMap was corrected, and its file in the pods stays",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.is_older(lab, NAME, 45) and SHOP.repeats(lab, NAME, "ERROR"),
    heal=nothing,
    causes=("config.value-outdated",),
    names=(CONFIG, FILE),
)
