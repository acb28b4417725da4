"""What the kubelet and the shells say of missing secrets, and what becomes of it."""

import pytest

from checks import signatures
from checks.references import Missing, mend, missing_in, variables
from checks.secrets.volume_mounted import mount_of
from diagnose.probes.kubernetes import LogLine, LogText
from diagnose.probes.objects import Container, EnvSource, EnvVar, KeyRef, VolumeMount
from diagnose.signatures import ContainerLog, Writer, find


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
    found = mount_of(container, "/vault/secrets/a")
    assert found is not None
    assert found.name == "deep"
    assert mount_of(container, "/etc/a") is None


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
        command="",
        text=LogText((LogLine(line),)),
    )
    assert [match.signature.code for match in find([log], signatures.load())] == [code]
