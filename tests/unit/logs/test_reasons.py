"""The most informative line of a log, and what fits of it into a sentence."""

import pytest

from diagnose.logs.reasons import around, choose, essence, message_of
from diagnose.queries.kubernetes import LogLine

PYTHON = """\
Traceback (most recent call last):
  File "/app/main.py", line 3, in <module>
    total / count
    ~~~~~~^~~~~~~
ZeroDivisionError: division by zero"""
JAVA = """\
Exception in thread "main" java.lang.RuntimeException: start failed
\tat com.example.Main.main(Main.java:10)
Caused by: java.net.ConnectException: Connection refused
\tat java.base/sun.nio.ch.Net.connect0(Native Method)
\t... 12 more"""
GO = """\
panic: open /etc/app/config.yaml: no such file or directory

goroutine 1 [running]:
main.main()
\t/app/main.go:12 +0x1d
exit status 2"""
NODE = """\
/app/index.js:3
    throw new Error("REDIS_URL is not set")
    ^

Error: REDIS_URL is not set
    at Object.<anonymous> (/app/index.js:3:9)

Node.js v20.11.0"""
RUST = """\
thread 'main' panicked at src/main.rs:5:10:
cannot bind 0.0.0.0:80: Permission denied
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace"""
PHP = """\
PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] [2002] Connection refused in /app/x.php:3
Stack trace:
#0 /app/x.php(3): PDO->__construct()
#1 {main}
  thrown in /app/x.php on line 3"""
DOTNET = """\
Unhandled exception. System.IO.FileNotFoundException: Could not find file '/app/orders.json'.
   at Program.Main() in /src/Program.cs:line 8"""
POSTGRES = """\
"root" execution of the PostgreSQL server is not permitted.
The server must be started under an unprivileged user ID to prevent
possible system security compromise.  See the documentation for
more information on how to properly start the server."""


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ("cannot reach db:3333: refused\nno tries left, giving up\nexit code 1", "cannot reach db:3333: refused"),
        ("checking\nDEPLOY_ENV is undefined\ndone", "DEPLOY_ENV is undefined"),
        ("sh: 3: TARGET_HOST: unbound variable\ncleaning up", "sh: 3: TARGET_HOST: unbound variable"),
        ("FATAL: orders not found\nlog4j:WARN No appenders could be found for logger (x).", "FATAL: orders not found"),
        ('cannot read "/in": denied\nHint: check its mode\nFor more see https://x.org', 'cannot read "/in": denied'),
        ("LICENSE_KEY is missing\nnpm ERR! code ELIFECYCLE\nnpm ERR! errno 1", "LICENSE_KEY is missing"),
        ('{"level":"fatal","msg":"no orders","error":"dial tcp 10.0.0.5:5432: i/o timeout"}\n{"level":30,"msg":"bye"}',
         "no orders: dial tcp 10.0.0.5:5432: i/o timeout"),
        (PYTHON, "ZeroDivisionError: division by zero"),
        (JAVA, "java.net.ConnectException: Connection refused"),
        (GO, "open /etc/app/config.yaml: no such file or directory"),
        (NODE, "Error: REDIS_URL is not set"),
        (RUST, "cannot bind 0.0.0.0:80: Permission denied"),
        (PHP, "PHP Fatal error: Uncaught PDOException: SQLSTATE[HY000] [2002] Connection refused in /app/x.php:3"),
        (DOTNET, "System.IO.FileNotFoundException: Could not find file '/app/orders.json'."),
        (POSTGRES, '"root" execution of the PostgreSQL server is not permitted.'),
    ],
)  # fmt: skip
def test_the_line_that_names_the_error_is_chosen(log: str, expected: str) -> None:
    chosen = choose(log.split("\n"))
    assert chosen
    assert chosen.is_error
    assert chosen.text == expected


@pytest.mark.parametrize(
    "log", ["", "started\nlistening on 8080", "processed 7 orders, 0 failed, errors=0\nerror_rate=0.0"]
)
def test_a_log_without_an_error_has_no_reason(log: str) -> None:
    chosen = choose(log.split("\n"))
    assert chosen is None or not chosen.is_error


def test_what_is_in_brackets_is_left_out_before_the_end_is() -> None:
    message = 'connection to server at "mysql-like" (10.96.12.3), port 3307 failed: Connection refused'
    assert essence(message, 75) == 'connection to server at "mysql-like", port 3307 failed: Connection refused'
    assert (
        essence(f"cannot load: no {'answer ' * 9}: connection to shop-db:5432 refused", 40)
        == "connection to shop-db:5432 refused"
    )
    named = essence(f"cannot reach shop-db:5432 in {'many ' * 20}tries: connection refused", 60)
    assert named.startswith("cannot reach shop-db:5432 in…")
    assert named.endswith("tries: connection refused")
    assert len(essence("a" * 500, 60)) == 60


def test_each_line_around_an_error_has_its_own_mark_where_it_is_truncated() -> None:
    lines = [LogLine(f"{number} " + "x" * 400) for number in range(30)]
    shown = around(lines, 15).split("\n")
    assert [line.split()[0] for line in shown] == [str(number) for number in range(10, 21)]
    assert all(line.endswith("…[truncated]") for line in shown)


REFUSED = 'password authentication failed for user "billing"'


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "pg8000.exceptions.DatabaseError: {'S': 'FATAL', 'C': '28P01', 'M': '" + REFUSED + "', 'L': '334'}",
            f"pg8000.exceptions.DatabaseError: {REFUSED}",
        ),
        (f"login failed: map[code:28P01 message:{REFUSED} severity:FATAL]", f"login failed: {REFUSED}"),
        (f"login failed: &{{Severity:FATAL Message:{REFUSED} Detail: Position:0}}", f"login failed: {REFUSED}"),
        (
            f'{"x" * 64} login failed: {{"code":"28P01","message":"password authentication failed"}}',
            f"{'x' * 64} login failed: password authentication failed",
        ),
        (
            r'upstream 500: {\"error\":{\"code\":1,\"message\":\"relation \\\"a\\\" does not exist\"}}',
            "upstream 500: relation 'a' does not exist",
        ),
        (f"login failed: Reply{{code=28P01, message='{REFUSED}', detail=null}}", f"login failed: {REFUSED}"),
        (f"login failed: Reply(code=28P01, message={REFUSED}, path=/x)", f"login failed: {REFUSED}"),
        (
            r'Error: Database(PgDatabaseError { code: "3D000", message: "database \"x\" does not exist", hint: None })',
            'Error: Database: database "x" does not exist',
        ),
        ("rpc failed: map[error:dial tcp db:5432: connect: connection refused]",
         "rpc failed: dial tcp db:5432: connect: connection refused"),
        ("failed to pack Order{id=5, reason=gift, total=3}", "failed to pack Order{id=5, reason=gift, total=3}"),
    ],
)  # fmt: skip
def test_of_an_error_that_is_printed_as_an_object_the_message_is_chosen(line: str, expected: str) -> None:
    chosen = choose([line])
    assert chosen
    assert chosen.text == expected


def test_what_does_not_fit_is_no_fragment_of_an_object() -> None:
    fields = "{'S': 'FATAL', 'X': 'cannot reach shop-db:5432: connection refused', 'Y': '" + "y" * 90 + "'}"
    assert essence(f"driver.Error: {fields}", 90).startswith("{'S'")
    named = "Error: connection to 10.0.0.1:5432 refused { errno: -111, code: 'ECONNREFUSED', syscall: 'connect' }"
    assert essence(named, 60) == "Error: connection to 10.0.0.1:5432 refused"


@pytest.mark.parametrize("thrown", ["socket.gaierror: [Errno -2] Name or service not known", "queue.Empty", "Full: 5"])
def test_what_a_traceback_ends_with_is_the_error_whatever_its_class_is_called(thrown: str) -> None:
    log = ["Traceback (most recent call last):", '  File "/app/main.py", line 3, in <module>', "    work()", thrown]
    chosen = choose([*log, "stopped", "bye"])
    assert chosen
    assert (chosen.text, chosen.is_error) == (thrown, True)


def test_a_word_within_a_value_is_no_field_of_an_object_with_quoted_names() -> None:
    fields = '{"service":"api","stack":"Error: REGION_KEY is required, see "docs" (/app/main.js:1:1)","pid":1}'
    line = f"REGION_KEY is required when REGION is set. {fields}"
    assert message_of(line) == line
    assert essence(line, 80) == "REGION_KEY is required when REGION is set."
