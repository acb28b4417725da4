"""What Node.js and the worker print when they end, and which signature each text matches."""

import pytest

from tests.support.kit import (
    log,
    matched,
)

STACK = """
node:internal/modules/cjs/loader:1210
  throw err;
  ^

{error}
    at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15)
    at node:internal/main/run_main_module:28:49 {{
  code: 'X'
}}

Node.js v20.20.2"""
NO_ENTRY = """Error: Cannot find module '/app/dist/worker.js'
    at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15) {
  code: 'MODULE_NOT_FOUND',
  requireStack: []
}

Node.js v20.20.2"""
NO_PRELOAD = """Error: Cannot find module '/opt/tracing/register.cjs'
Require stack:
- internal/preload
    at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15) {
  code: 'MODULE_NOT_FOUND',
  requireStack: [ 'internal/preload' ]
}

Node.js v20.20.2"""
UNCAUGHT = 'error: Uncaught exception {"error":"%s","stack":"Error: %s"}'
REJECTED = 'error: Unhandled rejection {"promise":{},"reason":{},"timestamp":"2026-11-24T06:46:29.147Z"}'
TAKEN, DENIED = "listen EADDRINUSE: address already in use :::8080", "listen EACCES: permission denied 0.0.0.0:80"


def found(text: str) -> dict[str, dict[str, str]]:
    return {match.signature.code: match.groups for match in matched(log(text))}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (NO_ENTRY, "process.entry-not-found"),
        (NO_PRELOAD, "process.preload-not-found"),
        (NO_PRELOAD.replace("/opt/tracing/register.cjs", "dd-trace"), "process.preload-not-found"),
        ("node: --max-old-space-sise= is not allowed in NODE_OPTIONS", "process.node-option-refused"),
        (STACK.format(error="RangeError: Invalid slots"), "process.thrown-at-start"),
        (STACK.format(error="SyntaxError: Unexpected token } in JSON at position 7"), "process.thrown-at-start"),
        (STACK.format(error="SyntaxError: Unexpected identifier"), "process.not-loadable"),
        (STACK.format(error="Error: ENOENT: no such file or directory, open '/etc/a.crt'"), "process.file-missing"),
        (STACK.format(error="Error: EROFS: read-only file system, mkdir '/app/cache'"), "process.file-denied"),
        (STACK.format(error="Error: ENOSPC: no space left on device, write"), "process.disk-full"),
        (UNCAUGHT % (("Cannot read properties of undefined",) * 2), "process.uncaught"),
        (UNCAUGHT % (("ENOSPC: no space left on device, write",) * 2), "process.disk-full"),
        (REJECTED, "process.rejection-unhandled"),
        (UNCAUGHT % (TAKEN, TAKEN), "health.port-taken"),
        (UNCAUGHT % (DENIED, DENIED), "health.port-forbidden"),
    ],
)
def test_each_end_of_the_process_has_one_meaning(text: str, code: str) -> None:
    assert [each for each in found(text) if each != "process.thrown-at-start" or code == each] == [code]


def test_a_full_disk_names_its_path_where_the_error_does() -> None:
    text = STACK.format(error="Error: ENOSPC: no space left on device, open '/scratch/a'")
    assert found(text)["process.disk-full"] == {"call": "open", "path": "/scratch/a"}
