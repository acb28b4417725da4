"""A dead run of migrations left its lock behind, so the next deploy's run fails."""

from dataclasses import replace

from tests.lab.faults.database.p24b_migration_lock_alone import FAULT as DELAYED
from tests.lab.faults.prerequisites._gate import GATE

FAULT = replace(DELAYED, id="B17", title="Before a deploy: the migrations' lock is held", command=GATE)
