"""A workflow calls an activity by a name under which no worker has it (PostHog/posthog#39781)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _billing
from tests.lab.faults.stranger.r08_activity_longer_than_allowed import attempts
from tests.lab.scene import BILLING


def inject(lab: Lab) -> None:
    _billing.change_program(lab, ("execute_activity(charge,", 'execute_activity("charge_invoice",'))
    _billing.start(lab, 6)


FAULT = Fault(
    id="R09",
    title="A workflow calls an activity by another name than the worker has for it",
    stranger=True,
    scene=BILLING,
    inject=inject,
    settled=lambda lab: attempts(lab) >= 4,
    heal=_billing.forget,
    causes=("temporal.activity-not-registered",),
    names=("charge_invoice",),
)
