"""An undo takes back what the API server, or the program, takes only together."""

from typing import Any

import msgspec
import pytest

from diagnose.commands.owner import Owner
from diagnose.domain.delivery.coupled import coupled
from diagnose.domain.delivery.differences import Element, differences, undo
from diagnose.resources import PodTemplate

WORKER: dict[str, Any] = {"name": "worker"}
MOUNT = {"name": "cache", "mountPath": "/cache"}
CACHE: dict[str, Any] = {"volumes": [{"name": "cache", "emptyDir": {}}]}


def template(container: dict[str, Any] | None = None, **spec: Any) -> PodTemplate:
    containers = [{**WORKER, **(container or {})}]
    return msgspec.convert({"spec": {"containers": containers, **spec}}, PodTemplate)


def taken_back(old: PodTemplate, new: PodTemplate, name: str) -> list[str]:
    """Returns what is taken back with the element of that name."""
    every = differences(old, new)
    found = [each for each in every if isinstance(each.path[-1], Element) and each.path[-1].value == name]
    assert found
    return [each.label("worker") for each in coupled(found, every)]


MOUNTED: dict[str, Any] = {"volumeMounts": [MOUNT]}


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (template(MOUNTED, **CACHE), ["mount /cache", "volume cache"]),
        (
            template(initContainers=[{"name": "warm", "volumeMounts": [MOUNT]}], **CACHE),
            ["init container warm", "volume cache"],
        ),
        (template({**MOUNTED, "args": ["--dir=/cache/a"]}, **CACHE), ["args", "mount /cache", "volume cache"]),
        (
            template({**MOUNTED, "env": [{"name": "HOME", "value": "/cache"}]}, **CACHE),
            ["HOME", "mount /cache", "volume cache"],
        ),
        (template({**MOUNTED, "args": ["--dir=/cached"]}, **CACHE), ["mount /cache", "volume cache"]),
        (template({"args": ["--dir=/tmp"]}, **CACHE), ["volume cache"]),
    ],
)
def test_a_new_volume_goes_with_all_that_uses_it(new: PodTemplate, expected: list[str]) -> None:
    assert sorted(taken_back(template(), new, "cache")) == sorted(expected)


def test_a_mount_comes_back_with_its_volume() -> None:
    assert sorted(taken_back(template(MOUNTED, **CACHE), template(), "/cache")) == ["mount /cache", "volume cache"]
    # The volume is still there, so the mount alone is enough.
    assert taken_back(template(MOUNTED, **CACHE), template(**CACHE), "/cache") == ["mount /cache"]


def test_the_command_deletes_mount_and_volume_in_one_patch() -> None:
    every = differences(template(), template(MOUNTED, **CACHE))
    command = undo(coupled(every[-1:], every), Owner("Deployment", "worker", "msp"))
    assert '"volumeMounts":[{"$patch":"delete","mountPath":"/cache"}]' in command
    assert '"volumes":[{"$patch":"delete","name":"cache"}]' in command
