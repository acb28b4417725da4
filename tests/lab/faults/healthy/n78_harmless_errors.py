"""A program logs what looks like errors and is none: an optional part is not there, a counter of errors is 0."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import BILLING

SCRIPT = """\
now() { date '+%F %T,000'; }
echo "$(now) ERROR billing.plugins: optional plugin pdf-preview is not installed, skipping it"
while :; do echo "$(now) INFO billing.stats: processed=12 errors=0 last_error=None"; sleep 4; done &
exec python -m billing.api
"""


def inject(lab: Lab) -> None:
    BILLING.patch_container(lab, "deployment/invoice-api", "api", {"command": ["sh", "-c", SCRIPT]})


def is_settled(lab: Lab) -> bool:
    pods = BILLING.pods(lab, "invoice-api")
    return len(pods) == 1 and BILLING.is_healthy(lab) and BILLING.is_older(lab, "invoice-api", 25)


FAULT = Fault(
    id="N78",
    title="A program logs errors that do no harm",
    scene=BILLING,
    inject=inject,
    settled=lambda lab: is_settled(lab) and BILLING.logs(lab, "invoice-api", "errors=0"),
    heal=nothing,
    causes=(),
    unknown=True,
)
