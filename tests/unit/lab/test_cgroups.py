"""The lab's control groups, whose folders and files the kernel may remove at any time."""

import errno
from pathlib import Path

import pytest

from tests.lab.kubernetes import cgroups, settings

GROUP = "lab-1/kubepods"


@pytest.fixture
def pods(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a node's pods with two groups, each with a process."""
    monkeypatch.setattr(cgroups, "ROOT", tmp_path)
    pods = tmp_path / "pids" / settings.CGROUP / GROUP
    for number, name in enumerate(("ended", "running"), 100):
        (pods / name).mkdir(parents=True)
        (pods / name / "cgroup.procs").write_text(f"{number}\n")
    (pods / "cgroup.procs").write_text("")
    return pods


def test_all_processes_below_a_group_are_its_members(pods: Path) -> None:
    assert sorted(cgroups.members(GROUP)) == [100, 101]


def test_a_group_that_was_removed_after_it_was_listed_has_no_members(pods: Path) -> None:
    (pods / "ended" / "cgroup.procs").unlink()
    assert cgroups.members(GROUP) == [101]


def test_a_group_that_is_removed_while_it_is_read_has_no_members(pods: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_text

    def read_text(path: Path) -> str:
        if path.parent.name == "ended":
            raise OSError(errno.ENODEV, "No such device")
        return read(path)

    monkeypatch.setattr(Path, "read_text", read_text)
    assert cgroups.members(GROUP) == [101]


def test_a_group_that_cannot_be_read_is_an_error(pods: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_text(_path: Path) -> str:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_text", read_text)
    with pytest.raises(PermissionError):
        cgroups.members(GROUP)


@pytest.mark.parametrize("name", ["cpu.shares", "cpu.weight"])
def test_the_lab_gets_more_cpu_than_a_process_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(cgroups, "ROOT", tmp_path)
    share = tmp_path / "cpu" / settings.CGROUP / name
    share.parent.mkdir(parents=True)
    share.write_text("100")
    cgroups.create("lab-1")
    assert int(share.read_text()) >= 1000
