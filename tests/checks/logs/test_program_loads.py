"""Whether the program loads."""

import pytest

from checks.logs.program_loads import PROGRAM_LOADS
from tests.support.kit import codes, context, findings, log
from tests.support.objects import pod

NO_ENTRY = """Error: Cannot find module '/app/dist/worker.js'
    at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15) {
  code: 'MODULE_NOT_FOUND',
  requireStack: []
}

Node.js v20.20.2"""


@pytest.mark.parametrize(("text", "expected"), [(NO_ENTRY, ["process.entry-not-found"]), ("info: started", [])])
def test_a_program_that_is_not_there_is_found(text: str, expected: list[str]) -> None:
    assert codes(PROGRAM_LOADS, context(pod(), logs=[log(text)])) == expected


def test_a_volume_that_hides_the_program_is_named() -> None:
    mounted = {"name": "worker", "volumeMounts": [{"name": "extra", "mountPath": "/app/dist"}]}
    (finding,) = findings(PROGRAM_LOADS, context(pod("worker-1", mounted), logs=[log(NO_ENTRY)]))
    assert finding.code == "process.file-hidden"
    assert "Volume extra, mounted at /app/dist, hides the image's worker.js" in finding.summary
