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


def of_variables(names: list[str], first: str) -> list[str]:
    """Returns what is taken back with the first of these variables, each of which one rollout brought."""
    old, new = template(), template({"env": [{"name": each, "value": "x"} for each in names]})
    return taken_back(old, new, first)


@pytest.mark.parametrize(
    ("first", "names", "expected"),
    [
        (
            "TEMPORAL_TLS_CA",
            ["TEMPORAL_ADDRESS", "TEMPORAL_TLS_CA", "DB_HOST"],
            ["TEMPORAL_ADDRESS", "TEMPORAL_TLS_CA"],
        ),
        ("DB_HOST", ["DB_HOST", "DB_SSL", "DB_NAME"], ["DB_HOST", "DB_SSL"]),
        ("DB_HOST", ["DB_HOST", "DB_NAME", "DB_PORT"], ["DB_HOST", "DB_PORT"]),
        ("DB_SSL_MODE", ["CACHE_URL", "DB_SSL_MODE"], ["DB_SSL_MODE"]),
        ("CARTS", ["CARTS", "CA"], ["CARTS"]),
        ("PGHOST", ["PGHOST", "PGPORT", "PGSSLMODE", "PGDATABASE"], ["PGHOST", "PGPORT", "PGSSLMODE"]),
        ("VAULT_ADDR", ["VAULT_ADDR", "VAULT_CACERT", "VAULT_ROLE"], ["VAULT_ADDR", "VAULT_CACERT"]),
        # Names of no server need not be about one.
        ("PORT", ["PORT", "SERVICE_NAME", "CLIENT_ID"], ["PORT"]),
    ],
)
def test_the_settings_of_one_connection_go_together(first: str, names: list[str], expected: list[str]) -> None:
    assert sorted(of_variables(names, first)) == sorted(expected)


def test_the_annotations_of_the_agents_connection_go_together() -> None:
    notes = {"service": "https://vault.test:8200", "ca-cert": "/vault/tls/ca.crt", "role": "worker"}
    new = {"annotations": {f"vault.hashicorp.com/{name}": value for name, value in notes.items()}}
    every = differences(template(), msgspec.convert({"metadata": new, "spec": {"containers": [WORKER]}}, PodTemplate))
    found = [each for each in every if str(each.path[-1]).endswith("ca-cert")]
    assert found
    taken = [str(each.path[-1]).partition("/")[2] for each in coupled(found, every)]
    assert sorted(taken) == ["ca-cert", "service"]


def serving(port: int, asked: int | str) -> PodTemplate:
    probe = {"httpGet": {"path": "/health", "port": asked}}
    return template({"env": [{"name": "HEALTH_CHECK_PORT", "value": str(port)}], "readinessProbe": probe})


def test_a_variable_with_a_port_goes_with_the_probes_that_ask_it() -> None:
    assert taken_back(serving(8080, "health"), serving(80, 80), "HEALTH_CHECK_PORT") == [
        "HEALTH_CHECK_PORT",
        "readinessProbe.httpGet.port",
    ]
    assert taken_back(serving(8080, "health"), serving(80, 9090), "HEALTH_CHECK_PORT") == ["HEALTH_CHECK_PORT"]


def test_variables_with_one_number_do_not_go_together() -> None:
    old, new = template(), template({"env": [{"name": each, "value": "5"} for each in ("RETRIES", "SECONDS")]})
    assert taken_back(old, new, "RETRIES") == ["RETRIES"]
