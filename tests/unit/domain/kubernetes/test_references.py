"""What the kubelet says of missing Secrets and ConfigMaps."""

import msgspec
import pytest

from diagnose.domain.kubernetes.references import MissingReference, fix_step, missing_in
from diagnose.domain.kubernetes.references import variables as variables_of
from diagnose.resources import Container, EnvSource, EnvVar, KeyRef, Volume
from tests.support.kit import Json


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ('secret "db-secrets" not found', MissingReference(kind="Secret", name="db-secrets")),
        ('configmap "c" not found', MissingReference(kind="ConfigMap", name="c")),
        ("couldn't find key K in Secret msp/s", MissingReference(kind="Secret", name="s", key="K")),
        ("couldn't find key K in ConfigMap msp/c", MissingReference(kind="ConfigMap", name="c", key="K")),
        ('MountVolume.SetUp failed for volume "v" : secret "s" not found', MissingReference(kind="Secret", name="s")),
        ("container has runAsNonRoot and image will run as root", None),
    ],
)
def test_the_kubelets_message_names_what_is_missing(message: str, found: MissingReference | None) -> None:
    assert missing_in(message) == found


def test_a_missing_secret_is_created_with_every_key_that_is_referred_to() -> None:
    env = tuple(
        EnvVar(name=name, value_from=EnvSource(secret_key_ref=KeyRef(name="s", key=key)))
        for name, key in (("A", "a"), ("B", "b"))
    )
    container = Container(name="c", env=env)
    missing = MissingReference(kind="Secret", name="s")
    assert variables_of(missing, container) == ("A", "B")
    command = fix_step(missing, "n", container).command
    assert command == "kubectl -n n create secret generic s --from-env-file=/dev/stdin"


def test_a_missing_key_of_a_secret_is_typed_at_a_prompt_and_never_on_the_command_line() -> None:
    missing = MissingReference(kind="Secret", name="s", key="a")
    command = str(fix_step(missing, "n", Container(name="c")).command)
    prompt = 'bash -c \'read -rsp "$1: " value && printf %s "$value"\' -- a'
    assert command.startswith(f"{prompt} | kubectl -n n create secret generic s")
    assert command.endswith("| kubectl -n n patch secret s --patch-file=/dev/stdin")


def test_a_missing_key_of_a_config_map_is_filled_in() -> None:
    missing = MissingReference(kind="ConfigMap", name="s", key="a")
    assert fix_step(missing, "n", Container(name="c")).command.endswith("""-p '{"data":{"a":"NEW_VALUE"}}'""")


@pytest.mark.parametrize(
    ("volume", "missing"),
    [
        ({"configMap": {"name": "settings"}}, MissingReference(kind="ConfigMap", name="settings", key="a.json")),
        ({"secret": {"secretName": "tls"}}, MissingReference(kind="Secret", name="tls", key="a.json")),
        ({}, None),
    ],
)
def test_a_key_that_a_volume_lacks_belongs_to_what_it_is_made_from(
    volume: Json, missing: MissingReference | None
) -> None:
    kind = "secret" if "secret" in volume else "config"
    message = f'MountVolume.SetUp failed for volume "extra" : configmap references non-existent {kind} key: a.json'
    assert missing_in(message, (msgspec.convert({"name": "extra"} | volume, Volume),)) == missing
