"""How the process ends: on signals, on time, with closed and full streams; always with its files and its exit code."""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

import reports
from tests.support import recordings

PATIENCE_S = 60
"""How long a loaded machine may take for what takes two seconds; every run here has ten minutes."""
KUBECONFIG = """
apiVersion: v1
kind: Config
clusters: [{{name: c, cluster: {{server: "http://127.0.0.1:{port}"}}}}]
users: [{{name: u, user: {user}}}]
contexts: [{{name: c, context: {{cluster: c, user: u, namespace: msp}}}}]
current-context: c
"""
WAITING_PLUGIN = (
    "{exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: sh, "
    "args: [-c, 'echo $$ >$STARTED; exec sleep 60']}}"
)
# The main thread stays in the import of a module, as on a machine that is just very slow.
SLOW_IMPORT = """
import sys, time
class Slow:
    def find_spec(self, name, *_):
        if name == "MODULE":
            print("importing", flush=True)
            time.sleep(600)
sys.meta_path.insert(0, Slow())
from diagnose.cli.main import main
main()
"""
MESSAGE = "diagnose: ended by a signal\n"


class Silent:
    """A server that accepts a connection and never answers."""

    def __init__(self, folder: Path) -> None:
        self._server = socket.create_server(("127.0.0.1", 0), backlog=50)
        self._server.settimeout(PATIENCE_S)
        self.kubeconfig = kubeconfig(folder, self._server.getsockname()[1])
        self._accepted: list[socket.socket] = []

    def wait(self) -> None:
        self._accepted.append(self._server.accept()[0])

    def close(self) -> None:
        for each in (self._server, *self._accepted):
            each.close()


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[Silent]:
    server = Silent(tmp_path)
    yield server
    server.close()


def output(process: "subprocess.Popen[str]") -> IO[str]:
    assert process.stdout is not None
    return process.stdout


def kubeconfig(folder: Path, port: int, user: str = "{}") -> Path:
    path = folder / "config"
    path.write_text(KUBECONFIG.format(port=port, user=user))
    return path


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts processes; none is left at the end."""
    processes: list[subprocess.Popen[str]] = []

    def started(
        *arguments: str,
        program: tuple[str, ...] = ("-m", "diagnose"),
        errors: int = subprocess.PIPE,
        **environment: str,
    ) -> "subprocess.Popen[str]":
        processes.append(
            subprocess.Popen(
                [sys.executable, *program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=os.environ | environment,
            )
        )
        return processes[-1]

    yield started
    for each in processes:
        each.kill()
        each.communicate()


def redirected(by: str, *arguments: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    """Runs it by a shell, which redirects its streams."""
    command = ["bash", "-c", f'"$@" {by}; exit ${{PIPESTATUS[0]}}', "-", sys.executable, "-m", "diagnose", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S, **options)


def replay(name: str, *arguments: str) -> tuple[str, ...]:
    return ("all", "--replay", str(recordings.path(name)), *arguments)


def all_formats(folder: Path) -> list[str]:
    return [part for name in reports.RENDERERS for part in ("--report", f"{name}={folder / f'report.{name}'}")]


def assert_interrupted(folder: Path) -> None:
    """Every format has its file, which is valid, and nothing else is left."""
    found = {path.suffix[1:]: path.read_text(encoding="utf-8") for path in folder.glob("report.*")}
    assert sorted(found) == sorted(reports.RENDERERS)
    report = json.loads(found["json"])
    assert (report["exit_code"], report["interrupted"], report["complete"]) == (130, True, False)
    json.loads(found["sarif"]), json.loads(found["gitlab"])
    ET.fromstring(found["junit"])
    assert found["html"].rstrip().endswith("</html>")
    assert all(found[name].endswith("\n") for name in ("console", "markdown", "prometheus"))
    assert not list(folder.glob(".*"))


@pytest.mark.parametrize("module", ["diagnose.engine.diagnosis", "checks"])
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_during_the_imports_leaves_every_report(
    tmp_path: Path, sent: signal.Signals, module: str, silent: Silent, start: Start
) -> None:
    program = ("-c", SLOW_IMPORT.replace("MODULE", module))
    process = start("all", *all_formats(tmp_path), program=program, KUBECONFIG=str(silent.kubeconfig))
    assert output(process).readline() == "importing\n"
    process.send_signal(sent)
    assert process.communicate(timeout=PATIENCE_S) == ("", MESSAGE)
    assert process.returncode == 130
    assert_interrupted(tmp_path)


@pytest.mark.parametrize("times", [1, 2])
def test_a_signal_during_the_discovery_leaves_every_report(
    tmp_path: Path, silent: Silent, times: int, start: Start
) -> None:
    process = start("all", "--timeout", "600", *all_formats(tmp_path), KUBECONFIG=str(silent.kubeconfig))
    silent.wait()
    for _ in range(times):
        process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=PATIENCE_S)[1] == MESSAGE
    assert process.returncode == 130
    assert_interrupted(tmp_path)


def waiting_for_a_login(start: Start, folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    begun = folder / "begun"
    config = str(kubeconfig(folder, 1, WAITING_PLUGIN))
    process = start("all", *arguments, *all_formats(folder), KUBECONFIG=config, STARTED=str(begun))
    while not (begun.exists() and begun.read_text()) and process.poll() is None:
        signal.sigtimedwait([], 0.02)
    return process


def assert_no_login_runs(folder: Path) -> None:
    status = Path("/proc") / (folder / "begun").read_text().strip() / "stat"
    # In a container nobody may wait for a process that has ended.
    assert not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_signal_while_a_login_waits_for_a_person_leaves_every_report(tmp_path: Path, start: Start) -> None:
    process = waiting_for_a_login(start, tmp_path, "--timeout", "600")
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=PATIENCE_S) == 130
    assert_interrupted(tmp_path)
    assert_no_login_runs(tmp_path)


def test_a_login_that_waits_for_a_person_ends_with_the_time_limit(tmp_path: Path, start: Start) -> None:
    process = waiting_for_a_login(start, tmp_path, "--timeout", "2")
    assert process.wait(timeout=PATIENCE_S / 2) == 3
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["exit_code"] == 3
    # On a loaded machine the time may be over before the login begins.
    if (tmp_path / "begun").exists():
        assert_no_login_runs(tmp_path)


def test_a_recording_that_nobody_writes_ends_with_the_time_limit(tmp_path: Path, start: Start) -> None:
    os.mkfifo(tmp_path / "pipe")
    files = ("--replay", str(tmp_path / "pipe"), "--report", f"json={tmp_path}/report.json")
    assert start("all", *files, "--timeout", "2").wait(timeout=PATIENCE_S / 3) == 3
    assert json.loads((tmp_path / "report.json").read_text())["exit_code"] == 3


@pytest.mark.parametrize("errors", [subprocess.PIPE, subprocess.STDOUT], ids=["alone", "with stderr"])
def test_a_signal_while_nobody_reads_stdout_leaves_complete_reports(tmp_path: Path, start: Start, errors: int) -> None:
    process = start(*replay("V10", *all_formats(tmp_path), "-o", "html"), errors=errors)
    # The beginning of what is longer than a pipe's buffer comes after all files.
    assert output(process).read(1) == "<"
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=PATIENCE_S) == 130
    if errors == subprocess.PIPE:
        assert process.communicate()[1].endswith(MESSAGE)
    assert json.loads((tmp_path / "report.json").read_text())["verdict"] == "degraded"


@pytest.mark.parametrize(
    "arguments",
    [
        ("gate", "--phase", "post", "--wait", "1h"),
        ("watch",),
        ("rbac", "--check"),
        ("alerts",),
        ("init", "--stdout"),
        ("namespaces", "-l", "app=worker"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_signal_ends_every_command_that_waits_for_a_cluster(
    silent: Silent, arguments: tuple[str, ...], start: Start
) -> None:
    process = start(*arguments, KUBECONFIG=str(silent.kubeconfig), DIAGNOSE_TIMEOUT="600")
    silent.wait()
    process.send_signal(signal.SIGTERM)
    complaints = process.communicate(timeout=PATIENCE_S)[1]
    assert (process.returncode, complaints) == (130, MESSAGE)


@pytest.mark.parametrize(
    "arguments",
    [("render", "PIPE"), ("diff", "PIPE", "PIPE"), ("merge", "PIPE", "--report", "json=FILE")],
    ids=lambda arguments: arguments[0],
)
def test_a_signal_ends_every_command_that_waits_for_a_file(
    tmp_path: Path, arguments: tuple[str, ...], start: Start
) -> None:
    pipe, file = tmp_path / "pipe", tmp_path / "merged.json"
    os.mkfifo(pipe)
    process = start(*(each.replace("PIPE", str(pipe)).replace("FILE", str(file)) for each in arguments))
    # Opening it waits for the reader.
    with pipe.open("wb"):
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=PATIENCE_S) == ("", MESSAGE)
    assert process.returncode == 130
    if arguments[0] == "merge":
        assert json.loads(file.read_text())["exit_code"] == 3


@pytest.mark.parametrize(
    ("by", "complaint"),
    [
        (">&-", "diagnose: stdout cannot be written: Bad file descriptor\n"),
        (">/dev/full", "diagnose: stdout cannot be written: No space left on device\n"),
        ("2>&-", ""),
        ("2>/dev/full", ""),
        ("<&- >&- 2>&-", ""),
        (">/dev/full 2>/dev/full", ""),
        ("| true", ""),
        ("| head -c 1 >/dev/null", ""),
    ],
)
@pytest.mark.parametrize(("name", "code"), [("V10", 1), ("N01", 0)])
def test_a_stream_that_cannot_be_written_changes_no_verdict(
    tmp_path: Path, by: str, complaint: str, name: str, code: int
) -> None:
    file = tmp_path / "report.json"
    ended = redirected(by, *replay(name, "-o", "console", "--report", f"json={file}", "-v"))
    written = "" if "2>" in by else f"written: {file}\n"
    assert (ended.returncode, ended.stderr) == (code, f"{written}{complaint}")
    assert json.loads(file.read_text())["exit_code"] == code


@pytest.mark.parametrize("arguments", [("list",), ("--help",), ("completion", "bash"), ("demo", "--list")])
def test_what_only_prints_is_incomplete_where_it_cannot_print(arguments: tuple[str, ...]) -> None:
    ended = redirected(">/dev/full", *arguments)
    assert (ended.returncode, ended.stderr) == (3, "diagnose: stdout cannot be written: No space left on device\n")
    assert redirected("| head -c 1", *arguments).returncode == 0


def test_reports_go_through_links_pipes_and_descriptors(tmp_path: Path) -> None:
    target, link, pipe = tmp_path / "target", tmp_path / "link", tmp_path / "pipe"
    link.symlink_to("target")
    os.mkfifo(pipe)
    outputs = ("console", "json=/dev/stdout", f"markdown={link}", "html=/dev/null", f"sarif={pipe}")
    arguments = [part for each in outputs for part in ("--report", each)]
    ended = redirected(f">{tmp_path}/output", *replay("N01", *arguments))
    assert (ended.returncode, ended.stderr) == (
        0,
        f"diagnose: the report {pipe} cannot be written: no process reads this pipe\nwritten: {link}\n",
    )
    console, _, report = (tmp_path / "output").read_text().partition("\n{\n")
    assert "HEALTHY" in console
    assert json.loads("{" + report)["verdict"] == "healthy"
    assert link.is_symlink()
    assert "HEALTHY" in target.read_text()
    assert pipe.is_fifo()
    assert Path("/dev/null").is_char_device()


def test_a_full_disk_costs_only_the_report_that_does_not_fit(tmp_path: Path) -> None:
    outputs = (f"json={tmp_path}/large", f"github={tmp_path}/small", f"html={tmp_path}/stub")
    arguments = [part for each in outputs for part in ("--report", each)]
    limited = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (12_288, 12_288))  # noqa: E731
    ended = redirected("", *replay("N01", *arguments, "--record", f"{tmp_path}/record"), preexec_fn=limited)
    assert ended.returncode == 0
    named = (f"report {tmp_path}/large", f"report {tmp_path}/stub", f"recording {tmp_path}/record")
    complaints = (f"diagnose: the {name} cannot be written: File too large\n" for name in named)
    assert ended.stderr == f"{''.join(complaints)}written: {tmp_path}/small\n"
    assert json.loads((tmp_path / "large").read_text())["complete"] is False
    assert "HEALTHY" in (tmp_path / "small").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["large", "small"]


def test_all_paths_that_cannot_be_written_are_named_before_the_run(tmp_path: Path, silent: Silent) -> None:
    outputs = (f"json={tmp_path}/no/report", f"markdown={tmp_path}", f"html={tmp_path}/{'n' * 300}")
    arguments = [part for each in outputs for part in ("--report", each)]
    ended = redirected("", "all", *arguments, "--record", "/proc/record")
    assert (ended.returncode, ended.stdout, ended.stderr.count("cannot be written")) == (2, "", 4)


@pytest.mark.parametrize(
    "given",
    [
        ("--report", "json=a", "--report", "markdown=./a"),
        ("--report", "json=a", "--record", "link"),
        ("--report", "json=RECORDING"),
        ("--report", "json=/dev/stdout", "--report", "markdown=/dev/fd/1"),
    ],
)
def test_two_files_of_one_path_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    recording = tmp_path / "recording"
    recording.write_bytes(recordings.path("N01").read_bytes())
    before = recording.read_bytes()
    (tmp_path / "link").symlink_to("a")
    arguments = (each.replace("RECORDING", str(recording)) for each in given)
    ended = redirected("", "all", "--replay", str(recording), *arguments)
    assert ended.returncode == 2
    assert "is given twice" in ended.stderr
    assert recording.read_bytes() == before


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "1e400", "999999999", "5x", "25h", "1m1", ""])
def test_a_time_limit_is_a_duration_up_to_a_day(value: str) -> None:
    ended = redirected("", "all", f"--timeout={value}")
    assert ended.returncode == 2
    assert "Invalid value for '--timeout'" in ended.stderr


@pytest.mark.parametrize(
    ("limit", "amount"), [(resource.RLIMIT_AS, 200 << 20), (resource.RLIMIT_NOFILE, 6)], ids=["memory", "files"]
)
def test_a_limit_of_the_machine_is_no_fault_of_the_tool(tmp_path: Path, limit: int, amount: int) -> None:
    limited = lambda: resource.setrlimit(limit, (amount, amount))  # noqa: E731
    ended = redirected("", *replay("N01", "--report", f"json={tmp_path}/report"), preexec_fn=limited)
    assert ended.returncode in {0, 3}
    assert "itself failed" not in ended.stderr
    assert "Traceback" not in ended.stderr
