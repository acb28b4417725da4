"""What the survey's scripts print becomes an answer; what they do not say becomes none."""

import json
import shutil
import socket
import subprocess
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from diagnose.queries.exec_survey.parsing import (
    node_command,
    parse_node,
    parse_shell,
    require_complete,
    shell_command,
)
from diagnose.queries.exec_survey.survey import (
    ConnectionState,
    Dial,
    ExecSurvey,
    FileState,
    Listener,
    LoginAs,
    Shape,
)
from diagnose.queries.query import NoAnswerError
from tests.support.certificates import authority, over_tls
from tests.support.streams import local_server

QUESTION = ExecSurvey(namespace="n", pod="p", container="c", dials=(Dial(host="db", port=5432, postgres=True),))
END = "P\tclock\t1700000000\n"
WHOLE = {
    "tool": "node",
    "connections": [{"host": "db", "port": 5432, "state": "connected"}],
    "files": [{"path": "/x/a", "state": "absent"}],
    "variables": [{"label": "A", "shape": "set"}],
    "values": [{"label": "B", "shape": "set"}],
    "fetched": [{"url": "http://v/", "status": 200}],
    "logins": [{"purpose": "worker"}],
    "handshakes": [{"host": "temporal", "port": 7233, "shown": {"names": ["temporal"]}}],
    "process": {"clock": 1700000000},
}
EVERYTHING = ExecSurvey(
    namespace="n",
    pod="p",
    container="c",
    dials=QUESTION.dials,
    files=("/x/a",),
    variables=("A",),
    judged=("B",),
    urls=("http://v/",),
    handshakes=(Dial(host="temporal", port=7233),),
    logins=(
        LoginAs(purpose="worker", host="db", port=5432, database="d", user="u", password_variables=("DB_PASSWORD",)),
    ),
)


def test_lines_of_the_shell_become_an_answer() -> None:
    answer = parse_shell("D\tdb\t5432\trefused\nF\t/x/a\tpresent\t12\nV\t/x/a\tKEY\tno-value\nB\t/x/a\n" + END)
    assert answer.connections[0].state is ConnectionState.REFUSED
    assert (answer.files[0].assigns[0].shape, answer.files[0].exports) == (Shape.NO_VALUE, False)


def test_open_ports_are_read_with_whether_only_the_pod_itself_reaches_them() -> None:
    loopback_6 = "00000000000000000000000001000000"
    printed = f"L\nL\t00000000\t1F90\nL\t0100007F\t0CEA\nL\t{'0' * 32}\t0050\nL\t{loopback_6}\t0051\n"
    assert parse_shell(printed + END).listening == (
        Listener(8080),
        Listener(3306, local=True),
        Listener(80),
        Listener(81, local=True),
    )


def test_a_pod_without_open_ports_is_not_one_whose_ports_are_unknown() -> None:
    assert (parse_shell("L\n" + END).listening, parse_shell(END).listening) == ((), None)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="the kernel has no such table")
def test_the_script_finds_an_open_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        words = shell_command(ExecSurvey(namespace="n", pod="p", container="c"))
        printed = subprocess.run(words, capture_output=True, text=True, check=True, timeout=30).stdout
        assert Listener(server.getsockname()[1], local=True) in (parse_shell(printed).listening or ())


def test_a_connection_that_no_tool_could_try_is_no_answer() -> None:
    assert parse_shell("D\tdb\t5432\tno-tool\n" + END).connection("db", 5432) is None


@pytest.mark.parametrize("printed", ["sh: oops\n", "D\tdb\tx\trefused\n", "D\tdb\t1\tsomehow\n", "V\t/x\tK\tset\n"])
def test_unknown_lines_are_refused(printed: str) -> None:
    with pytest.raises(NoAnswerError):
        parse_shell(printed + END)


@pytest.mark.parametrize("printed", ["", "Error: no\n", "{}"])
def test_what_node_does_not_answer_is_refused(printed: str) -> None:
    with pytest.raises(NoAnswerError):
        parse_node(printed)


def test_the_shell_inspects_files_without_printing_a_value(tmp_path: Path) -> None:
    (tmp_path / "good").write_text('export A="MADEUPVALUE"\nexport B="<no value>"\nexport C=""\n')
    (tmp_path / "bare").write_text("MADEUPVALUE\n")
    query = ExecSurvey(
        namespace="n", pod="p", container="c", files=tuple(str(tmp_path / name) for name in ("good", "bare", "none"))
    )
    printed = subprocess.run(shell_command(query), capture_output=True, text=True, check=True).stdout
    assert "MADEUPVALUE" not in printed
    good, bare, none = parse_shell(printed).files
    assert [each.shape for each in good.assigns] == [Shape.SET, Shape.NO_VALUE, Shape.EMPTY]
    assert (good.exports, bare.exports, none.state) == (True, False, FileState.ABSENT)


def test_the_command_for_node_carries_the_question_as_json() -> None:
    assert node_command(QUESTION)[3] == (
        '{"dials":[{"host":"db","port":5432,"postgres":true}],"files":[],"variables":[],"urls":[],"logins":[],'
        '"tables":[],"role":"","folders":[],"judged":[],"handshakes":[],"names":[]}'
    )


def test_a_whole_answer_of_node_is_complete() -> None:
    require_complete(EVERYTHING, parse_node(json.dumps(WHOLE)))


@pytest.mark.parametrize("part", sorted(WHOLE.keys() - {"tool"}))
def test_an_answer_of_node_without_a_queried_part_is_incomplete(part: str) -> None:
    less = {name: value for name, value in WHOLE.items() if name != part}
    with pytest.raises(NoAnswerError, match="incomplete answer"):
        require_complete(EVERYTHING, parse_node(json.dumps(less)))


def test_an_answer_of_a_shell_without_its_last_line_is_incomplete() -> None:
    for printed in ("", "D\tdb\t5432\trefused\n", "D\tdb\t5432\trefused\nP\tclo"):
        with pytest.raises(NoAnswerError, match="incomplete answer"):
            parse_shell(printed)


def test_an_answer_of_a_shell_without_a_queried_connection_is_incomplete() -> None:
    with pytest.raises(NoAnswerError, match="without connections"):
        require_complete(QUESTION, parse_shell(END))


def test_the_shell_ends_its_answer_also_without_a_program_for_the_time(tmp_path: Path) -> None:
    query = ExecSurvey(namespace="n", pod="p", container="c")
    shell = shutil.which("sh") or "sh"
    ended = subprocess.run(
        [shell, *shell_command(query)[1:]], capture_output=True, text=True, check=True, env={"PATH": str(tmp_path)}
    )
    assert parse_shell(ended.stdout).process.clock is None


HOST = "temporal.made-up.example"


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node")
@pytest.mark.parametrize("wants", [False, True], ids=["open", "with client certificates"])
def test_node_reads_what_a_server_shows_of_itself_in_a_handshake(wants: bool) -> None:
    def greets(connection: socket.socket) -> None:
        connection.sendall(b"hello")

    certificate = authority().issued(f"{HOST}9", HOST)
    with local_server(over_tls(greets, certificate, wants_certificate=wants)) as tls, local_server(greets) as plain:
        ports = (tls, plain)
        query = ExecSurvey(
            namespace="n", pod="p", container="c", handshakes=tuple(Dial(host="127.0.0.1", port=each) for each in ports)
        )
        printed = subprocess.run(node_command(query), capture_output=True, text=True, check=True).stdout
    encrypted, other = parse_node(printed).handshakes
    assert (encrypted.port, other.port, other.shown) == (tls, plain, None)
    assert encrypted.shown
    assert (encrypted.shown.names, encrypted.shown.issuer) == ((HOST,), "Made-up authority")
    assert encrypted.shown.valid_until
    assert encrypted.shown.wants_certificate is wants


def test_the_shell_reports_the_resolver_of_the_pod() -> None:
    lines = "R\tnameserver\t10.96.0.10\nR\tnameserver\tfd00::a\nR\tsearch\tapp.svc.corp.test svc.corp.test\nR\tsearch\n"
    answer = parse_shell(lines + END)
    assert answer.nameservers == ("10.96.0.10", "fd00::a")
    assert answer.search == ("app.svc.corp.test", "svc.corp.test")


@pytest.mark.parametrize("program", ["sh", "node"])
def test_each_script_reads_the_resolver(program: str) -> None:
    if not shutil.which(program):
        pytest.skip(f"there is no {program}")
    command, parse = {"sh": (shell_command, parse_shell), "node": (node_command, parse_node)}[program]
    query = ExecSurvey(namespace="n", pod="p", container="c")
    printed = subprocess.run(command(query), capture_output=True, text=True, check=True, timeout=60).stdout
    resolver = Path("/etc/resolv.conf").read_text(encoding="utf-8").split()
    assert set(parse(printed).nameservers) <= set(resolver)
    assert bool(parse(printed).nameservers) is ("nameserver" in resolver)


# What programs of busybox, of BIND and of glibc print about a name.
PRINTED = {
    "nslookup": r"Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\nName:\tdb\nAddress: 10.1.2.3\nAddress: fd00::7\n",
    "nslookup of old": r"Server:    10.96.0.10\nAddress 1: 10.96.0.10 dns\n\nName:      db\nAddress 1: 10.1.2.3 db\n",
    "python3": r"\t10.1.2.3\tfd00::7",
    "getent": r"10.1.2.3        STREAM db\n10.1.2.3        DGRAM\nfd00::7         STREAM\n",
}


@pytest.mark.parametrize(("program", "printed"), PRINTED.items(), ids=PRINTED)
def test_the_shell_looks_up_each_name_that_the_resolver_tries(program: str, printed: str, tmp_path: Path) -> None:
    known = program.partition(" ")[0]
    for name, script in ((known, f'case "$*" in *"db."*) printf "{printed}" ;; esac'), ("timeout", 'shift; exec "$@"')):
        made = tmp_path / name
        made.write_text(f"#!{shutil.which('sh')}\n{script}\n")
        made.chmod(0o755)
    words = shell_command(ExecSurvey(namespace="n", pod="p", container="c", names=("db",)))
    shown = subprocess.run(
        [str(shutil.which("sh")), *words[1:]], capture_output=True, text=True, check=True, env={"PATH": str(tmp_path)}
    ).stdout
    found = parse_shell(shown).lookups
    whole = next(each for each in found if each.name == "db")
    assert whole.addresses == (("10.1.2.3",) if program.endswith("old") else ("10.1.2.3", "fd00::7"))


def test_lookups_keep_the_order_of_the_resolver() -> None:
    lines = "N\tdb\t2\tdb.svc\t10.1.2.3\nN\tdb\t10\tdb\nN\tdb\t1\tdb.msp.svc\n"
    answer = parse_shell(lines + END)
    assert [each.name for each in answer.lookups] == ["db.msp.svc", "db.svc", "db"]
    assert answer.lookups[1].addresses == ("10.1.2.3",)


@pytest.mark.skipif(not shutil.which("node"), reason="needs node")
def test_node_looks_up_each_name_that_the_resolver_tries() -> None:
    query = ExecSurvey(namespace="n", pod="p", container="c", names=("made-up.invalid",))
    printed = subprocess.run(node_command(query), capture_output=True, text=True, check=True, timeout=60).stdout
    found = parse_node(printed).lookups
    assert {each.host for each in found} == {"made-up.invalid"}
    assert "made-up.invalid" in [each.name for each in found]


def test_a_name_without_any_resolver_program_stays_timed_out(tmp_path: Path) -> None:
    for name, script in (("bash", "exit 124"), ("timeout", 'shift; exec "$@"')):
        program = tmp_path / name
        program.write_text(f"#!{shutil.which('sh')}\n{script}\n")
        program.chmod(0o755)
    words = shell_command(replace(QUESTION, dials=(Dial(host="db", port=5432),)))
    printed = subprocess.run(
        [str(shutil.which("sh")), *words[1:]], capture_output=True, text=True, check=True, env={"PATH": str(tmp_path)}
    ).stdout
    assert parse_shell(printed).connections[0].state is ConnectionState.TIMED_OUT


DRIVER = """
exports.Client = class {
  constructor(given) { this.given = given; }
  on() {}
  async connect() {
    const user = this.given.user || new URL(this.given.connectionString).username;
    throw Object.assign(new Error(`password authentication failed for user "${user}"`), { code: "28P01" });
  }
  async end() {}
};
"""


@pytest.mark.skipif(not shutil.which("node"), reason="needs node")
def test_a_login_by_what_only_the_process_has_shows_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "node_modules/pg").mkdir(parents=True)
    (tmp_path / "node_modules/pg/index.js").write_text(DRIVER)
    monkeypatch.setenv("ORDERS_USER", "made-up-user")
    monkeypatch.setenv("ORDERS_URL", "postgres://made-up-other:made-up-password@db/orders")
    login = LoginAs(
        purpose="server", host="db", port=5432, database="orders", user="", password_variables=("ORDERS_PW",)
    )
    tried = (
        msgspec.structs.replace(login, user_variable="ORDERS_USER"),
        msgspec.structs.replace(login, purpose="admin", url_variable="ORDERS_URL"),
        msgspec.structs.replace(login, purpose="unset", user_variable="ORDERS_NOBODY"),
    )
    query = ExecSurvey(namespace="n", pod="p", container="c", logins=tried)
    done = subprocess.run(node_command(query), cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert "made-up" not in done.stdout
    found = {each.purpose: each.code for each in parse_node(done.stdout).logins}
    assert found == {"server": "28P01", "admin": "28P01", "unset": "no-tool"}
