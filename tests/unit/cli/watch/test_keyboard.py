"""Keys as terminals send them."""

import os
import pty
import time
import tty
from collections.abc import Iterator

import pytest

from diagnose.cli.watch.keyboard import Keyboard


@pytest.fixture
def terminal() -> Iterator[tuple[int, Keyboard]]:
    """A terminal and the keyboard of a program on it."""
    ours, child = pty.openpty()
    tty.setcbreak(child)
    yield ours, Keyboard(child)
    os.close(ours)
    os.close(child)


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        (b"q", ["q"]),
        (b"\x1b[A\x1b[B", ["up", "down"]),
        (b"\x1bOA\x1bOB", ["up", "down"]),
        (b"kj", ["up", "down"]),
        (b"\n", ["enter"]),
        (b"\x1b", ["escape"]),
        (b"\x1b[1;5Cc", ["\x1b[1;5C", "c"]),
        ("ü?".encode(), ["ü", "?"]),
        (b"\x1b\x1b[A", ["escape", "up"]),
    ],
)
def test_each_key_is_one_and_has_its_name(terminal: tuple[int, Keyboard], sent: bytes, keys: list[str]) -> None:
    ours, keyboard = terminal
    os.write(ours, sent)
    assert [keyboard.pressed(1.0) for _ in keys] == keys
    assert keyboard.pressed(0.0) == ""


def test_waking_ends_the_waiting_without_a_key(terminal: tuple[int, Keyboard]) -> None:
    keyboard = terminal[1]
    keyboard.wake()
    began = time.monotonic()
    assert keyboard.pressed(30.0) == ""
    assert time.monotonic() - began < 10.0
