"""A Job's command reads its settings from a file where it may, and the program misses a variable else."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP, job

JOB, SETTINGS, FOLDER = "import-stock", "stock-settings", "/etc/import"
COMMAND = f"if [ -r {FOLDER}/settings ]; then set -a; . {FOLDER}/settings; fi; exec python -m shop.job"


def inject(lab: Lab) -> None:
    image = SHOP.pods(lab, "catalog")[0]["spec"]["containers"][0]["image"]
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": SETTINGS},
        "data": {"settings": "PRODUCTS_URL=http://catalog.shop.svc.cluster.local/products\n"},
    }
    container = {
        "name": "import",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", COMMAND],
        "volumeMounts": [{"name": "settings", "mountPath": FOLDER}],
    }
    volume = {"name": "settings", "configMap": {"name": SETTINGS, "defaultMode": 0o400}}
    SHOP.apply(lab, config, job(JOB, container, volumes=[volume]))


FAULT = Fault(
    id="Y05d",
    title="The settings of a Job are in a file that its user may not read",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.has_failed(lab, JOB),
    heal=nothing,
    causes=("secrets.file-not-readable",),
    names=(SETTINGS,),
    stranger=True,
)
