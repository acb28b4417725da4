"""What a check declares to read is what its code can ask: no more, and nothing else."""

import pytest

from checks import CHECKS
from diagnose.check.api import Check
from tests.support.tracing import reachable

# What the engine asks before any check: `discovery`.
BY_ENGINE = {"workload.found"}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_check_declares_all_that_its_code_can_query_and_nothing_else(check: Check) -> None:
    declared = {read.right for read in check.reads}
    if check.id in BY_ENGINE:
        assert not reachable(check)
    else:
        assert declared == reachable(check)
