"""The space that the worker can write to."""

import pytest

from checks.workload.space_left import SPACE_LEFT
from diagnose.check.api import NotApplicableError
from tests.support.kit import codes, context, findings, log
from tests.support.objects import pod

FULL = """node:internal/fs/utils:356
    throw err;
    ^

Error: ENOSPC: no space left on device, open '/scratch/a'
    at Object.openSync (node:fs:601:3)

Node.js v20.20.2"""


def test_a_volume_that_is_full_is_named_with_its_limit() -> None:
    scratch = {"name": "scratch", "emptyDir": {"sizeLimit": "10Mi"}}
    main = {"name": "worker", "volumeMounts": [{"name": "scratch", "mountPath": "/scratch"}]}
    (finding,) = findings(SPACE_LEFT, context(pod("worker-1", main, volumes=[scratch]), logs=[log(FULL)]))
    assert finding.code == "process.disk-full"
    assert "volume scratch at /scratch (limit 10Mi) is full" in finding.summary


def test_a_log_without_the_error_is_well() -> None:
    assert codes(SPACE_LEFT, context(pod(), logs=[log("info: started")])) == []


def test_without_a_log_nothing_is_known() -> None:
    with pytest.raises(NotApplicableError):
        findings(SPACE_LEFT, context(pod()))
