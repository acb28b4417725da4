"""The worker's polling has ended and its program runs on, ready as before (atlanhq/application-sdk#3257)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _billing
from tests.lab.faults.stranger._limits import have_waited, started
from tests.lab.scene import BILLING

RUN = "        await worker.run()"
ENDS = """\
        polling = asyncio.create_task(worker.run())
        await asyncio.sleep(5)
        polling.cancel()
        await asyncio.Event().wait()"""


def inject(lab: Lab) -> None:
    _billing.change_program(lab, (RUN, ENDS))
    _billing.start(lab, 12)
    started(lab)


FAULT = Fault(
    id="R10",
    title="Polling has ended, and the program runs on",
    stranger=True,
    scene=BILLING,
    inject=inject,
    settled=lambda lab: have_waited(lab, 75),
    heal=_billing.forget,
    causes=("temporal.queue-not-polled",),
    names=(_billing.QUEUE,),
)
