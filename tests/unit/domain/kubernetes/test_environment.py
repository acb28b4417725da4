"""What a pod template gives to the environment of a process, and what a log says is missing from it."""

import msgspec
import pytest

from diagnose.domain.kubernetes.environment import reported_missing, undelivered, unresolved
from diagnose.resources import Container, EnvFrom, EnvSource, EnvVar, KeyRef
from diagnose.target.target import VaultFacts, VaultFile
from tests.support.kit import (
    log,
)

TOLD = (
    '[winston] Attempt to write logs with no transports, which can increase memory usage: {"message":"\\n🚨 Required '
    "Configuration Missing for Temporal Worker 🚨\\n\\nThe following required configuration values are not set:\\n"
    '  • NEXTAUTH_SECRET: Secret used by NextAuth\\n  • APPLICATION_URL: Base URL\\n\\nPlease ensure","level":"error"}'
)
FILE = VaultFile(name="k", path="s/data/a", template='export KEY="{{ .Data.data.k }}"', destination="/vault/secrets/k")


def vault(*sourced: str) -> VaultFacts:
    return VaultFacts(inject="true", role="r", auth_path="auth/kubernetes", address="", files=(FILE,), sourced=sourced)


def test_the_log_names_every_missing_variable() -> None:
    assert reported_missing(log(TOLD)) == ("NEXTAUTH_SECRET", "APPLICATION_URL")


def test_a_template_delivers_by_value_reference_and_sourced_file() -> None:
    reference = EnvSource(secret_key_ref=KeyRef(name="s", key="k"))
    env = (EnvVar(name="A", value="1"), EnvVar(name="B", value_from=reference), EnvVar(name="C", value=" "))
    container = Container(name="c", env=env)
    wanted = ("A", "B", "C", "KEY", "D")
    assert undelivered(container, vault("/vault/secrets/k"), wanted) == ("C", "D")
    assert undelivered(container, vault(), wanted) == ("C", "KEY", "D")


def test_a_template_that_takes_whole_secrets_leaves_it_unknown() -> None:
    container = Container(name="c", env_from=(EnvFrom(secret_ref=KeyRef(name="s")),))
    assert undelivered(container, vault(), ("A",)) == ()


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("$(BEFORE)/x", ()),
        ("$(AFTER)", ("AFTER",)),
        ("$(NOBODY)-$(BEFORE)", ("NOBODY",)),
        ("$$(NOBODY)", ()),
        ("$(REDIS_SERVICE_HOST):$(REDIS_PORT_6379_TCP_PORT)", ()),
        ("$(not a name)", ()),
    ],
)
def test_a_reference_stays_where_nothing_before_it_defines_the_name(value: str, names: tuple[str, ...]) -> None:
    own = EnvVar(name="OWN", value=value)
    container = Container(name="c", env=(EnvVar(name="BEFORE", value="1"), own, EnvVar(name="AFTER", value="1")))
    assert unresolved(container, own) == names
    brought = msgspec.structs.replace(container, env_from=(EnvFrom(secret_ref=KeyRef(name="s")),))
    assert unresolved(brought, own) == ()
