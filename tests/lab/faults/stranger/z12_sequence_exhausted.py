"""The sequence of an integer column has reached its end: every insert fails (minetest-mapserver/mapserver#340)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import sql
from tests.lab.faults.stranger import _jobs
from tests.lab.faults.temporal._temporal import delete_workflows

SEQUENCE = "jobs_number_seq"
EXHAUST = f"""
CREATE SEQUENCE {SEQUENCE} AS integer;
SELECT setval('{SEQUENCE}', 2147483647);
ALTER TABLE jobs ADD COLUMN number integer;
ALTER TABLE jobs ALTER COLUMN number SET DEFAULT nextval('{SEQUENCE}');
"""


def inject(lab: Lab) -> None:
    sql(lab, EXHAUST)
    _jobs.start(lab)


def heal(lab: Lab) -> None:
    sql(lab, f"ALTER TABLE jobs DROP COLUMN IF EXISTS number; DROP SEQUENCE IF EXISTS {SEQUENCE}")
    delete_workflows(lab)


FAULT = Fault(
    id="Z12",
    title="A sequence has no numbers left",
    stranger=True,
    inject=inject,
    settled=_jobs.have_failed,
    heal=heal,
    arrives=_jobs.arrive,
    causes=("database.sequence-exhausted",),
    names=(SEQUENCE,),
)
