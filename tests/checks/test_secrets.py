"""What the kubelet and the shells say of missing secrets, and what becomes of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from checks import signatures
from checks.secrets.files_filled import FILES_FILLED, Trouble, troubles
from diagnose.check.api import Context
from diagnose.commands.command import NONE
from diagnose.domain.kubernetes.references import Missing, mend, missing_in, variables
from diagnose.logs.signatures import ContainerLog, Writer, find
from diagnose.model.report import Severity
from diagnose.queries.exec_survey.survey import FileShape, FileState, Held, Shape, Variable
from diagnose.queries.kubernetes import LogLine, LogText
from diagnose.resources import Container, EnvSource, EnvVar, KeyRef, PodTemplate, VolumeMount
from diagnose.target.profile import Profile
from diagnose.target.request import Request
from diagnose.target.target import Target, VaultFacts, VaultFile


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ('secret "db-secrets" not found', Missing(kind="Secret", name="db-secrets")),
        ('configmap "c" not found', Missing(kind="ConfigMap", name="c")),
        ("couldn't find key K in Secret msp/s", Missing(kind="Secret", name="s", key="K")),
        ("couldn't find key K in ConfigMap msp/c", Missing(kind="ConfigMap", name="c", key="K")),
        ('MountVolume.SetUp failed for volume "v" : secret "s" not found', Missing(kind="Secret", name="s")),
        ("container has runAsNonRoot and image will run as root", None),
    ],
)
def test_the_kubelet_says_what_is_missing(message: str, found: Missing | None) -> None:
    assert missing_in(message) == found


def test_a_missing_secret_is_made_with_every_key_that_is_wanted() -> None:
    env = tuple(
        EnvVar(name=name, value_from=EnvSource(secret_key_ref=KeyRef(name="s", key=key)))
        for name, key in (("A", "a"), ("B", "b"))
    )
    container = Container(name="c", env=env)
    missing = Missing(kind="Secret", name="s")
    assert variables(missing, container) == ("A", "B")
    command = mend(missing, "n", container).command
    assert command == "kubectl -n n create secret generic s --from-literal=a=NEW_VALUE --from-literal=b=NEW_VALUE"


def test_the_deepest_mount_holds_a_file() -> None:
    mounts = (VolumeMount("root", "/vault"), VolumeMount("deep", "/vault/secrets"), VolumeMount("no", "/vault/sec"))
    container = Container(name="c", volume_mounts=mounts)
    found = container.mount_at("/vault/secrets/a")
    assert found is not None
    assert found.name == "deep"
    assert container.mount_at("/etc/a") is None


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("/bin/sh: 1: .: cannot open /vault/secrets/a: No such file", "secrets.file-absent"),
        ("sh: 1: .: Can't open /vault/secrets/a: No such file", "secrets.file-absent"),
        ("sh: .: line 0: can't open '/vault/secrets/a': No such file or directory", "secrets.file-absent"),
        ("bash: line 1: /vault/secrets/a: No such file or directory", "secrets.file-absent"),
        ("/bin/sh: 1: .: cannot open /vault/secrets/a: Permission denied", "secrets.file-unreadable"),
        ("/bin/sh: 1: /vault/secrets/a: data:: not found", "secrets.file-not-shell"),
        ("/bin/sh: 1: /vault/secrets/a: Syntax error: Unterminated quoted string", "secrets.value-mangled"),
    ],
)
def test_shells_tell_of_a_file_in_their_own_words(line: str, code: str) -> None:
    log = ContainerLog(
        pod="p",
        container="c",
        writer=Writer.WORKER,
        run="current",
        ready=False,
        command=NONE,
        text=LogText((LogLine(line),)),
    )
    assert [match.signature.code for match in find([log], signatures.load())] == [code]


STARTED = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
PATH = "/vault/secrets/auth-key"
TEMPLATE = 'export ALGA_AUTH_KEY="{{ .Data.data.alga_auth_key }}"'
VAULT_FILE = VaultFile(name="auth-key", path="secret/data/a", template=TEMPLATE, destination=PATH)


def troubled(
    held: Held, *, changed_s: int = 0, script: str = f". {PATH}\nexec node w.js", file: VaultFile = VAULT_FILE
) -> list[Trouble]:
    """What is said of a variable that the worker holds so, in a file that changed so long after its start."""
    vault = VaultFacts(inject="true", role="r", auth_path="", address="", files=(file,), sourced=(PATH,))
    target = Target(
        request=Request(context="c", namespace="msp"), profile=Profile(name="p", required_variables=("ALGA_AUTH_KEY",)),
        kind="Deployment", name="w", deployment=None, replica_sets=(), pods=(), template=PodTemplate(),
        container=Container(name="w", args=(script,)), database=None, temporal=None, vault=vault, release=None,
    )  # fmt: skip
    run_data: Any = None
    ctx = Context(target=target, now=STARTED, run_data=run_data, check=FILES_FILLED, names={"workload": "w"})
    assigns = (Variable("ALGA_AUTH_KEY", Shape.SET, held),)
    changed_at = int(STARTED.timestamp()) + changed_s
    shape = FileShape(PATH, FileState.PRESENT, size=40, assigns=assigns, changed_at=changed_at)
    return list(troubles(ctx, shape, file, STARTED))


def test_a_value_that_changed_after_the_start_is_stale() -> None:
    (trouble,) = troubled(Held.OTHER, changed_s=65)
    assert trouble.code.id == "secrets.value-stale"
    assert trouble.severity is Severity.CRITICAL
    assert trouble.detail == "written 18:01:05, worker started 18:00:00 UTC, values differ"
    assert trouble.steps[0].command == "kubectl -n msp rollout restart deployment/w"


def test_a_value_that_the_shell_changes_is_mangled() -> None:
    (trouble,) = troubled(Held.EXPANDED)
    assert trouble.code.id == "secrets.value-mangled"
    assert f"ALGA_AUTH_KEY in {PATH}" in trouble.summary


@pytest.mark.parametrize("held", [Held.SAME, Held.UNTOLD])
def test_a_file_that_was_only_written_anew_is_well(held: Held) -> None:
    assert not troubled(held, changed_s=65)


def test_a_value_that_differs_from_the_start_is_the_command_s_own() -> None:
    assert not troubled(Held.OTHER)
    assert not troubled(Held.OTHER, changed_s=65, script=f". {PATH}\nALGA_AUTH_KEY=$(trim)\nexec node w.js")


def test_a_template_that_means_the_shell_to_expand_is_well() -> None:
    meant = VaultFile(name="a", path="p", template='export ALGA_AUTH_KEY="$POD-{{ .Data.data.k }}"', destination=PATH)
    assert not troubled(Held.EXPANDED, file=meant)
