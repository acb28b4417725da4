"""`diagnose watch` on a real pseudo-terminal, over recordings that take each other's place as the world changes."""

import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import recordings

PATIENCE_S = 40.0
COMMAND = (sys.executable, "-m", "diagnose", "watch", "--interval", "0.2")
ENTERS, LEAVES, SHOWS_CURSOR = "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h"
_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class RunData:
    """A file that a recording is in; another may take its place, or none."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.turn(name)

    def turn(self, name: str) -> None:
        made = self.path.with_suffix(".new")
        shutil.copy(recordings.path(name), made)
        made.replace(self.path)

    def lose(self) -> None:
        self.path.unlink()


class Screen:
    """A run of the command on a terminal of its own."""

    def __init__(self, run_data: RunData, *flags: str, size: tuple[int, int] = (30, 120)) -> None:
        self.terminal, child = pty.openpty()
        self.resize(*size)
        self.before = termios.tcgetattr(child)
        environment = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}
        # Set by whoever runs the tests, they would hide the terminal's own size.
        for name in ("NO_COLOR", "LINES", "COLUMNS", "TMUX", "TERM_PROGRAM"):
            environment.pop(name, None)
        self.process = subprocess.Popen(
            (*COMMAND, "--replay", str(run_data.path), *flags),
            stdin=child,
            stdout=child,
            stderr=child,
            env=environment,
            start_new_session=True,
            # Makes Ctrl-C a signal, as on a person's terminal; these tests have no threads.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
        )
        self.child = child
        self.shown = ""

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds: float) -> None:
        if select.select([self.terminal], [], [], seconds)[0]:
            try:
                self.shown += os.read(self.terminal, 1 << 16).decode(errors="replace")
            except OSError:
                time.sleep(0.01)

    def wait_for(self, text: str, *, after: int = 0) -> None:
        ends = time.monotonic() + PATIENCE_S
        while text not in (new := self.shown[after:]) and text not in _SEQUENCE.sub("", new):
            assert time.monotonic() < ends, f"{text!r} was not shown: {self.plain()[-1500:]}"
            assert self.process.poll() is None, f"it ended with {self.process.returncode}: {self.plain()[-1500:]}"
            self.read(0.1)

    def plain(self) -> str:
        return _SEQUENCE.sub("", self.shown)

    def press(self, keys: bytes) -> None:
        os.write(self.terminal, keys)

    def end(self) -> int:
        ends = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            assert time.monotonic() < ends, "it does not end"
            self.read(0.1)
        self.read(0.1)
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.terminal)
        os.close(self.child)

    def assert_restored(self) -> None:
        """The screen before is back, the cursor is seen, and keys are echoed as before."""
        assert self.shown.rindex(LEAVES) > self.shown.rindex(ENTERS)
        assert SHOWS_CURSOR in self.shown[self.shown.rindex(ENTERS) :]
        assert termios.tcgetattr(self.child) == self.before


@pytest.fixture
def run_data(tmp_path: Path) -> RunData:
    return RunData(tmp_path / "world.diag", "K02")


@pytest.fixture
def screen(run_data: RunData) -> Iterator[Screen]:
    made = Screen(run_data)
    yield made
    made.close()


def test_q_ends_it_with_the_code_of_the_last_report_and_the_terminal_is_restored(screen: Screen) -> None:
    screen.wait_for("workload.image-not-found")
    screen.press(b"q")
    assert screen.end() == 1
    screen.assert_restored()
    # What stays is after the alternate screen.
    kept = screen.shown[screen.shown.rindex(LEAVES) :]
    assert "AT RISK" in kept
    assert "fix: kubectl -n msp set image deployment/temporal-worker" in kept
    assert re.search(r"quit after \d+ runs? \(exit 1\)\s*\Z", kept)


@pytest.mark.parametrize("how", [b"\x03", signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_ctrl_c_and_signals_end_it_as_cleanly(screen: Screen, how: bytes | signal.Signals) -> None:
    screen.wait_for("workload.image-not-found")
    if isinstance(how, bytes):
        screen.press(how)
    else:
        screen.process.send_signal(how)
    assert screen.end() == 130
    screen.assert_restored()


def test_without_a_finished_run_it_ends_as_interrupted(screen: Screen) -> None:
    screen.wait_for(ENTERS)
    screen.process.send_signal(signal.SIGTERM)
    assert screen.end() == 130
    screen.assert_restored()


def test_pods_are_shown_with_state_and_restarts_and_what_went_wrong_first(screen: Screen) -> None:
    screen.wait_for("0 restarts")
    assert re.search(r"temporal-worker-7785f55f76-7x9gc +not ready +ImagePullBackOff +0 restarts", screen.plain())
    assert "4 pods" in screen.plain()
    screen.press(b"q")
    screen.end()


def test_what_changes_is_shown_and_a_lost_world_is_shown_and_tried_again(run_data: RunData, screen: Screen) -> None:
    screen.wait_for("workload.image-not-found")
    run_data.lose()
    screen.wait_for("NO DATA")
    run_data.turn("N01")
    screen.wait_for("HEALTHY")
    screen.wait_for("resolved: workload.image-not-found")
    screen.wait_for("is gone")
    screen.press(b"q")
    assert screen.end() == 0


def test_a_world_that_is_lost_at_the_end_is_no_good_end(run_data: RunData, screen: Screen) -> None:
    run_data.turn("N01")
    screen.wait_for("HEALTHY")
    run_data.lose()
    screen.wait_for("NO DATA")
    screen.press(b"q")
    assert screen.end() == 3


def test_a_smaller_terminal_is_filled_anew_and_never_more_than_that(screen: Screen) -> None:
    screen.wait_for("workload.image-not-found")
    screen.resize(10, 50)
    before = len(screen.shown)
    # The kernel tells of the new size; the first whole frame after that is of it.
    screen.wait_for("q quit", after=before)
    screen.wait_for("q quit", after=len(screen.shown))
    screen.press(b"q")
    screen.end()
    frames = [
        _SEQUENCE.sub("", each).splitlines() for each in screen.shown[: screen.shown.rindex(LEAVES)].split("\x1b[H")
    ]
    assert max(map(len, frames)) == 30
    assert len(frames[-1]) == 10
    assert max(map(len, frames[-1])) <= 50
    assert max(len(row) for rows in frames for row in rows) == 120


def test_enter_shows_the_whole_fix_and_c_copies_its_command(screen: Screen) -> None:
    screen.wait_for("kubectl -n msp set image deployment/temporal-worker")
    screen.press(b"\r")
    screen.wait_for("3. ")
    screen.press(b"c")
    screen.wait_for("sent to the terminal's clipboard")
    copied = re.findall(r"\x1b\]52;c;([A-Za-z0-9+/=]+)\x07", screen.shown)
    assert [b64decode(each).decode() for each in copied] == [
        "kubectl -n msp set image deployment/temporal-worker temporal-worker=docker.io/lab/temporal-worker:bd782c4b"
    ]
    screen.press(b"\x1b[B?")
    screen.wait_for("select a cause")
    screen.press(b"\x1b")
    screen.wait_for("changed before that", after=len(screen.shown))
    screen.press(b"q")
    assert screen.end() == 1
    screen.assert_restored()


def test_the_selected_cause_is_the_one_whose_fix_is_shown(run_data: RunData) -> None:
    run_data.turn("C-P01-T07")
    made = Screen(run_data)
    try:
        made.wait_for("> ✗")
        first = re.search(r"> ✗ (\S+),", made.plain())
        assert first
        made.press(b"j")
        made.wait_for("> ✗", after=len(made.shown))
        made.wait_for(f"  ✗ {first[1]}")
        made.press(b"\x1b[A")
        made.wait_for(f"> ✗ {first[1]}", after=len(made.shown))
        made.press(b"q")
        made.end()
    finally:
        made.close()


def test_paused_nothing_runs_but_by_r(run_data: RunData, screen: Screen) -> None:
    screen.wait_for("workload.image-not-found")
    screen.press(b"p")
    screen.wait_for("paused, p continues")
    run_data.turn("N01")
    screen.read(1.0)
    assert "HEALTHY" not in screen.plain()
    screen.press(b"r")
    screen.wait_for("HEALTHY")
    assert "paused, p continues" in screen.plain()[screen.plain().rindex("diagnose watch") :]
    screen.press(b"p")
    screen.wait_for("next in", after=len(screen.shown))
    screen.press(b"q")
    assert screen.end() == 0


def test_forty_columns_show_state_fix_and_keys(run_data: RunData) -> None:
    made = Screen(run_data, "--ascii", size=(24, 40))
    try:
        made.wait_for("q quit - ? help")
        made.wait_for("kubectl -n msp set image")
        made.press(b"\x03")
        assert made.end() == 130
    finally:
        made.close()
    frames = [_SEQUENCE.sub("", each).splitlines() for each in made.shown[: made.shown.rindex(LEAVES)].split("\x1b[H")]
    assert max(len(row) for rows in frames for row in rows) <= 40
    assert "! AT RISK" in made.plain()


def test_until_healthy_ends_when_the_time_is_over_with_the_code_of_the_last_report(run_data: RunData) -> None:
    process = in_lines(run_data, "--until-healthy", "--wait", "6s")
    shown, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert re.search(r"^not healthy after \d+ s \(exit 1\)\n\Z", shown, re.MULTILINE)


def test_a_limit_without_an_aim_is_refused(run_data: RunData) -> None:
    process = in_lines(run_data, "--wait", "5s")
    _, complaints = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 2
    assert "--until-healthy" in complaints


def test_until_healthy_ends_by_itself_with_0(run_data: RunData) -> None:
    made = Screen(run_data, "--until-healthy")
    try:
        made.wait_for("workload.image-not-found")
        run_data.turn("N01")
        assert made.end() == 0
        made.assert_restored()
    finally:
        made.close()


def in_lines(run_data: RunData, *flags: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        (*COMMAND, "--replay", str(run_data.path), *flags),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
    )


def test_off_a_terminal_it_prints_a_line_for_each_change_and_nothing_else(run_data: RunData, tmp_path: Path) -> None:
    recording, report = tmp_path / "kept.diag", tmp_path / "report.json"
    process = in_lines(run_data, "--until-healthy", "--record", str(recording), "--report", f"json={report}")
    assert process.stdout is not None
    first = [process.stdout.readline() for _ in range(2)]
    run_data.turn("N01")
    rest, complaints = process.communicate(timeout=PATIENCE_S)
    lines = [*first, *rest.splitlines(keepends=True)]
    assert process.returncode == 0
    assert complaints == f"written: {report}, {recording}\n"
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ! AT RISK\n", lines[0])
    assert "workload.image-not-found" in lines[1]
    assert "→ HEALTHY" in rest
    assert re.fullmatch(r"healthy after \d+ s\n", lines[-1])
    assert "\x1b" not in "".join(lines)
    assert len(lines) == len(set(lines))
    assert json.loads(report.read_text(encoding="utf-8"))["verdict"] == "healthy"
    assert recording.stat().st_size > 0


def test_off_a_terminal_a_signal_ends_it_as_interrupted(run_data: RunData) -> None:
    process = in_lines(run_data, "--ascii")
    assert process.stdout is not None
    assert "! AT RISK" in process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    _, complaints = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, complaints) == (130, "diagnose: ended by a signal\n")


def test_a_first_run_that_cannot_start_is_a_usage_error(run_data: RunData, tmp_path: Path) -> None:
    (tmp_path / "world.diag").write_bytes(b"no recording")
    process = in_lines(run_data)
    _, complaints = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 2
    assert "is not a recording" in complaints


def test_a_report_needs_a_file_of_its_own(run_data: RunData) -> None:
    process = in_lines(run_data, "--report", "json")
    _, complaints = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 2
    assert "--report json=FILE" in complaints
