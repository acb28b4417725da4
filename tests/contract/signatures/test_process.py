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


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("OSError: [Errno 24] Too many open files: '/tmp/shard-45'", "process.files-exhausted"),
        ("accept tcp [::]:8080: accept4: too many open files; retrying in 5ms", "process.files-exhausted"),
        ("java.net.SocketException: Too many open files", "process.files-exhausted"),
        (
            'Error: Os { code: 24, kind: Uncategorized, message: "No file descriptors available" }',
            "process.files-exhausted",
        ),
        ("Error: ENOSPC: System limit for number of file watchers reached, watch '/app'", "process.watches-exhausted"),
        ("failed to create fsnotify watcher: too many open files", "process.watches-exhausted"),
        ("inotify_init() failed: Too many open files", "process.watches-exhausted"),
        ("RuntimeError: can't start new thread", "process.threads-exhausted"),
        (
            "java.lang.OutOfMemoryError: unable to create native thread",
            "process.threads-exhausted",
        ),
        ("runtime: failed to create new OS thread (have 12 already; errno=11)", "process.threads-exhausted"),
        ("sh: can't fork: Resource temporarily unavailable", "process.threads-exhausted"),
        ("Error: spawn /usr/bin/node EAGAIN", "process.threads-exhausted"),
        ("dial tcp 10.96.0.7:5432: connect: cannot assign requested address", "process.ports-exhausted"),
        ("Error: connect EADDRNOTAVAIL 10.96.0.7:6379 - Local (0.0.0.0:0)", "process.ports-exhausted"),
    ],
)
def test_a_limit_of_the_node_or_the_process_is_told_from_the_others(text: str, code: str) -> None:
    assert [match.signature.code for match in matched(log(text))] == [code]


@pytest.mark.parametrize(
    "text",
    [
        "connect EADDRNOTAVAIL ::1:5432",
        "watching 12 files",
        "limit of open files: 1048576",
        "fork of the parser merged",
    ],
)
def test_a_text_about_other_things_matches_no_limit(text: str) -> None:
    assert not matched(log(text))
