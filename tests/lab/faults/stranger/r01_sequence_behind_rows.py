"""Rows were restored with their numbers, the sequence was not: each insert gets a number that is taken.

As in vectorize-io/hindsight#3841 and Icinga/icingaweb2-module-director#1573.
"""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import sql
from tests.lab.faults.stranger import _jobs
from tests.lab.faults.temporal._temporal import delete_workflows

SEQUENCE = "jobs_number_seq"
RESTORE = f"""
CREATE SEQUENCE {SEQUENCE};
ALTER TABLE jobs ADD COLUMN number bigint UNIQUE;
INSERT INTO jobs (type, status, number) SELECT 'restored', 'completed', each FROM generate_series(1, 5000) each;
ALTER TABLE jobs ALTER COLUMN number SET DEFAULT nextval('{SEQUENCE}');
ALTER SEQUENCE {SEQUENCE} OWNED BY jobs.number;
"""


def inject(lab: Lab) -> None:
    sql(lab, RESTORE)
    _jobs.start(lab)


def heal(lab: Lab) -> None:
    sql(lab, "DELETE FROM jobs WHERE type = 'restored'; ALTER TABLE jobs DROP COLUMN IF EXISTS number")
    delete_workflows(lab)


FAULT = Fault(
    id="R01",
    title="A sequence is behind the rows of its table",
    stranger=True,
    inject=inject,
    settled=_jobs.have_failed,
    heal=heal,
    arrives=_jobs.arrive,
    causes=("database.sequence-behind",),
    names=("jobs",),
)
