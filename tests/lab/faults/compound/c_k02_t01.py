"""The image cannot be pulled, so no new pod gets to say that Temporal is down; the old ones do not say so either."""

from tests.lab.fault import Fault
from tests.lab.faults.compound._pairs import both, neither
from tests.lab.faults.temporal.t01_frontend_down import FAULT as FRONTEND
from tests.lab.faults.workload.k02_image_not_found import FAULT as IMAGE

FAULT = Fault(
    id="C-K02-T01",
    title="The image does not exist, and the Temporal frontend is down",
    inject=both(IMAGE, FRONTEND),
    settled=IMAGE.settled,
    heal=neither(IMAGE, FRONTEND),
    causes=(*IMAGE.causes, *FRONTEND.causes),
    names=(*IMAGE.names, *FRONTEND.names),
    timeout_s=180.0,
)
