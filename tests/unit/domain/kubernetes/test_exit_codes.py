"""What exit codes say where no log does."""

import pytest

from diagnose.check.api import Code
from diagnose.domain.kubernetes.exit_codes import NATIVE, NO_ERROR, UNSETTLED, code_of
from diagnose.resources import Terminated


@pytest.mark.parametrize(("exit_code", "code"), [(0, NO_ERROR), (13, UNSETTLED), (139, NATIVE), (1, None), (137, None)])
def test_some_exit_codes_say_what_no_log_does(exit_code: int, code: Code | None) -> None:
    assert code_of(Terminated(exit_code=exit_code)) is code
