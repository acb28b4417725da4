"""Which required variables a log names, and which a template cannot deliver."""

from checks.variables import named_in, undelivered
from diagnose.probes.kubernetes import LogLine, LogText
from diagnose.probes.objects import Container, EnvFrom, EnvSource, EnvVar, KeyRef
from diagnose.signatures import ContainerLog, Writer
from diagnose.target import VaultFacts, VaultFile

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
        command="",
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
