"""A workflow sets a search attribute that its namespace does not have (temporalio/temporal#4017)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _billing
from tests.lab.scene import BILLING

ATTRIBUTE = "CustomerTier"
IMPORT = "from temporalio.client import Client\n"
RUN = "    async def run(self, invoice: str) -> str:\n"
UPSERT = (
    f'        workflow.upsert_search_attributes([SearchAttributeKey.for_keyword("{ATTRIBUTE}").value_set("gold")])\n'
)


def inject(lab: Lab) -> None:
    _billing.change_program(
        lab, (IMPORT, f"{IMPORT}from temporalio.common import SearchAttributeKey\n"), (RUN, RUN + UPSERT)
    )
    _billing.start(lab, 3)


FAULT = Fault(
    id="Z14",
    title="A workflow sets a search attribute that Temporal's namespace does not have",
    stranger=True,
    scene=BILLING,
    inject=inject,
    settled=lambda lab: _billing.attempts(lab, "lab-invoice-1") >= 3,
    heal=_billing.forget,
    causes=("temporal.search-attribute-missing",),
    names=(ATTRIBUTE,),
)
