"""The files of the agent against what the process has of them."""

from datetime import UTC, datetime

import msgspec
import pytest

from checks.secrets.files_filled import FILES_FILLED, FileProblem, troubles
from diagnose.model.report import Severity
from diagnose.queries.exec_survey.survey import FileShape, FileState, Shape, ValueComparison, Variable
from diagnose.target.target import VaultFacts, VaultFile
from tests.support.kit import (
    PLAIN,
    about,
    codes,
    context,
    survey,
)
from tests.support.objects import pod, running
from tests.support.vault import AGENT, CONTAINER, NOTES, injected

PROFILE = msgspec.structs.replace(PLAIN, required_variables=("ALGA_AUTH_KEY",))
STARTED = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
PATH = "/vault/secrets/auth-key"
TEMPLATE = 'export ALGA_AUTH_KEY="{{ .Data.data.alga_auth_key }}"'
VAULT_FILE = VaultFile(name="auth-key", path="secret/data/a", template=TEMPLATE, destination=PATH)


def troubled(
    held: ValueComparison,
    *,
    changed_s: int = 0,
    script: str = f". {PATH}\nexec node w.js",
    file: VaultFile = VAULT_FILE,
) -> list[FileProblem]:
    """Returns the troubles of a variable that the worker has so, in a file that changed so long after its start."""
    vault = VaultFacts(inject="true", role="r", auth_path="", address="", files=(file,), sourced=(PATH,))
    ctx = about(context(profile=PROFILE, container={"args": [script]}), vault=vault)
    assigns = (Variable("ALGA_AUTH_KEY", Shape.SET, held),)
    changed_at = int(STARTED.timestamp()) + changed_s
    shape = FileShape(PATH, FileState.PRESENT, size=40, assigns=assigns, changed_at=changed_at)
    return list(troubles(ctx, shape, file, STARTED))


def test_a_value_that_changed_after_the_start_is_stale() -> None:
    (trouble,) = troubled(ValueComparison.OTHER, changed_s=65)
    assert trouble.code.id == "secrets.value-stale"
    assert trouble.severity is Severity.CRITICAL
    assert trouble.detail == "written 18:01:05, worker started 18:00:00 UTC, values differ"
    assert trouble.steps[0].command == "kubectl -n msp rollout restart deployment/worker"


def test_a_key_is_added_and_the_pods_read_it() -> None:
    vault = VaultFacts(inject="true", role="r", auth_path="", address="", files=(VAULT_FILE,), sourced=(PATH,))
    ctx = about(context(profile=PROFILE, container={"args": [f". {PATH}"]}), vault=vault)
    shape = FileShape(PATH, FileState.PRESENT, size=40, assigns=(Variable("ALGA_AUTH_KEY", Shape.NO_VALUE),))
    (trouble,) = troubles(ctx, shape, VAULT_FILE, STARTED)
    assert trouble.code.id == "secrets.value-missing"
    assert trouble.steps[0].command.endswith("alga_auth_key=- && kubectl -n msp rollout restart deployment/worker")


def test_a_value_that_the_shell_changes_is_mangled() -> None:
    (trouble,) = troubled(ValueComparison.EXPANDED)
    assert trouble.code.id == "secrets.value-mangled"
    assert f"ALGA_AUTH_KEY in {PATH}" in trouble.summary


@pytest.mark.parametrize("held", [ValueComparison.SAME, ValueComparison.UNKNOWN])
def test_a_file_that_was_only_written_anew_is_well(held: ValueComparison) -> None:
    assert not troubled(held, changed_s=65)


def test_a_value_that_differs_from_the_start_is_the_command_s_own() -> None:
    assert not troubled(ValueComparison.OTHER)
    assert not troubled(ValueComparison.OTHER, changed_s=65, script=f". {PATH}\nALGA_AUTH_KEY=$(trim)\nexec node w.js")


def test_a_template_that_means_the_shell_to_expand_is_well() -> None:
    meant = VaultFile(name="a", path="p", template='export ALGA_AUTH_KEY="$POD-{{ .Data.data.k }}"', destination=PATH)
    assert not troubled(ValueComparison.EXPANDED, file=meant)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (FileShape(PATH, FileState.PRESENT, size=40, assigns=(Variable("ALGA_AUTH_KEY", Shape.SET),)), []),
        (FileShape(PATH, FileState.ABSENT), ["secrets.file-absent"]),
        (FileShape(PATH, FileState.UNREADABLE), ["secrets.file-unreadable"]),
    ],
)
def test_a_file_that_the_process_cannot_read_is_found(shape: FileShape, expected: list[str]) -> None:
    status = {"containerStatuses": [running(), running("vault-agent")]}
    own = pod("worker-1", CONTAINER, AGENT, ready=True, annotations=NOTES, status=status)
    assert codes(FILES_FILLED, injected(own, surveys=[survey(own, files=(shape,))])) == expected
