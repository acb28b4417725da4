"""An init container calls the pod's own proxy, which starts when it has ended (istio/istio#11130, #23802)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.stranger import _shop
from tests.lab.scene import SHOP

PROXY, PORT = "mesh-proxy", 15001


def inject(lab: Lab) -> None:
    image = _shop.python_image(lab)
    fetch = _shop.container(image, *_shop.request(f"http://127.0.0.1:{PORT}/catalog"), name="fetch-catalog")
    listen = _shop.container(image, "python", "-m", "http.server", str(PORT), name=PROXY)
    listen["ports"] = [{"name": "outbound", "containerPort": PORT}]
    pod = {"initContainers": [fetch], "containers": [{"name": "web"}, listen]}
    SHOP.patch(lab, "deployment/storefront", {"spec": {"template": {"spec": pod}}})


FAULT = Fault(
    id="R18",
    title="An init container needs a sidecar that starts after it",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.logs(lab, "storefront", "Connection refused") and SHOP.is_older(lab, "storefront", 25),
    heal=nothing,
    causes=("workload.init-before-sidecar",),
    names=(PROXY,),
)
