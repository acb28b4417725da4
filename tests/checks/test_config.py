"""Which required variables a log names, and which a template cannot deliver."""

import msgspec
import pytest

from checks.config.shared_alike import differs
from checks.config.values_sound import BOOLEAN, LEVEL, NO_SCHEME, NUMBER, UNRENDERED, WRAPPED, judge
from diagnose.check.api import Code
from diagnose.commands.command import NONE
from diagnose.domain.kubernetes.environment import named_in, undelivered, unresolved
from diagnose.logs.signatures import ContainerLog, Writer
from diagnose.queries.kubernetes import LogLine, LogText
from diagnose.resources import Container, EnvFrom, EnvSource, EnvVar, KeyRef
from diagnose.target.target import VaultFacts, VaultFile

TOLD = (
    '[winston] Attempt to write logs with no transports, which can increase memory usage: {"message":"\\n🚨 Required '
    "Configuration Missing for Temporal Worker 🚨\\n\\nThe following required configuration values are not set:\\n"
    '  • NEXTAUTH_SECRET: Secret used by NextAuth\\n  • APPLICATION_URL: Base URL\\n\\nPlease ensure","level":"error"}'
)
FILE = VaultFile(name="k", path="s/data/a", template='export KEY="{{ .Data.data.k }}"', destination="/vault/secrets/k")


def vault(*sourced: str) -> VaultFacts:
    return VaultFacts(inject="true", role="r", auth_path="auth/kubernetes", address="", files=(FILE,), sourced=sourced)


def test_the_log_names_every_missing_variable() -> None:
    log = ContainerLog(
        pod="p",
        container="c",
        writer=Writer.WORKER,
        run="current",
        ready=False,
        command=NONE,
        text=LogText((LogLine(TOLD),)),
    )
    assert named_in(log) == ("NEXTAUTH_SECRET", "APPLICATION_URL")


def test_a_template_delivers_by_value_reference_and_sourced_file() -> None:
    reference = EnvSource(secret_key_ref=KeyRef(name="s", key="k"))
    env = (EnvVar(name="A", value="1"), EnvVar(name="B", value_from=reference), EnvVar(name="C", value=" "))
    container = Container(name="c", env=env)
    wanted = ("A", "B", "C", "KEY", "D")
    assert undelivered(container, vault("/vault/secrets/k"), wanted) == ("C", "D")
    assert undelivered(container, vault(), wanted) == ("C", "KEY", "D")


def test_a_template_that_takes_whole_secrets_tells_nothing() -> None:
    container = Container(name="c", env_from=(EnvFrom(secret_ref=KeyRef(name="s")),))
    assert undelivered(container, vault(), ("A",)) == ()


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("APPLICATION_URL", "algapsa.com", NO_SCHEME),
        ("APPLICATION_URL", "http://alga-psa.msp:3000", None),
        ("PUBLIC_URL", "/", None),
        ("LOG_LEVEL", "INFO", LEVEL),
        ("LOG_LEVEL", "debug", None),
        ("REDIS_PORT", "tcp://10.96.0.7:6379", NUMBER),
        ("ITERATIONS", "10000", None),
        ("ITERATIONS", "ten", NUMBER),
        ("ENABLE_HEALTH_CHECK", "True", BOOLEAN),
        ("ENABLE_HEALTH_CHECK", "false", None),
        ("STORE", "store.example", NO_SCHEME),
        ("ALGORITHM", '"sha512"', WRAPPED),
        ("ALGORITHM", "sha512 ", WRAPPED),
        ("GREETING", 'say "yes" or "no"', None),
        ("EMPTY", '""', None),
        ("RUNNER_BASE_URL", "{{ .Values.runner.url }}", UNRENDERED),
        ("EMAIL_DOMAIN", "${EMAIL_DOMAIN}", UNRENDERED),
        ("RESEND_DEFAULT_FROM_NAME", "<no value>", UNRENDERED),
        ("GREETING", "change nothing", None),
        ("CERTIFICATE", "-----BEGIN\nabc\n-----END\n", None),
    ],
)
def test_a_value_is_suspect_only_where_it_cannot_be_meant_so(name: str, value: str, code: Code | None) -> None:
    judged = judge(name, value, {"ITERATIONS": "number", "ENABLE_HEALTH_CHECK": "boolean", "STORE": "url"})
    assert (judged[0] if judged else None) is code


def test_only_values_in_both_templates_are_compared() -> None:
    reference = EnvSource(secret_key_ref=KeyRef(name="s", key="k"))
    own = Container(name="c", env=(EnvVar(name="A", value="1"), EnvVar(name="B", value_from=reference)))
    other = Container(name="d", env=(EnvVar(name="A", value="2"), EnvVar(name="B", value="2")))
    assert [name for name in ("A", "B", "C") if differs(name, own, other)] == ["A"]


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
