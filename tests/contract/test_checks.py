"""What holds for every check and every signature."""

import pkgutil
import re
import string
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

import checks
from checks import signatures
from diagnose.check.api import Check, Code
from diagnose.cli import descriptions
from diagnose.cli.catalogue import catalogue
from diagnose.logs.signatures import Signature
from diagnose.model.report import Confidence

ROOT = Path(checks.__file__).parent
SIGNATURES = signatures.load()
CODE = re.compile(r"\A[a-z]+\.[a-z0-9-]+\Z")


def every_code() -> list[tuple[Check, Code]]:
    return [(check, code) for check in checks.CHECKS for code in check.codes]


def test_every_module_of_checks_is_listed() -> None:
    listed = {check.id for check in checks.CHECKS}
    found = set()
    for topic in pkgutil.iter_modules([str(ROOT)]):
        if not topic.ispkg or topic.name in {"signatures", "profiles", "demo"}:
            continue
        for module in pkgutil.iter_modules([str(ROOT / topic.name)]):
            found.add(f"{topic.name}.{module.name.replace('_', '-')}")
    assert found == listed


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.id)
def test_a_check_reads_as_the_healthy_state(check: Check) -> None:
    assert CODE.match(check.id)
    assert 0 < len(check.title) <= 72
    assert not check.title.endswith(".")
    assert check.title.split()[0] not in {"Ensure", "Check", "Verify"}


@pytest.mark.parametrize(("check", "code"), every_code(), ids=lambda each: each.id)
def test_a_code_says_what_it_means_and_what_to_do(check: Check, code: Code) -> None:
    assert CODE.match(code.id)
    assert code.meaning.endswith(".")
    assert code.fix.endswith(".")


def test_a_code_is_declared_once() -> None:
    # Two checks may find the same by different looks, and then say the same of it.
    declared = {code.id: code for _, code in every_code()}
    assert all(declared[code.id] is code for _, code in every_code())


@pytest.mark.parametrize("signature", SIGNATURES, ids=lambda each: each.code)
def test_a_signature_refers_to_a_code_that_a_check_of_its_topic_declares(signature: Signature) -> None:
    # The check that reads a log may find what another one declares: the agent's log says that a role is missing.
    declaring = {check.id for check, code in every_code() if code.id == signature.code}
    topic = signature.check.partition(".")[0]
    assert signature.check in declaring or any(each.startswith(f"{topic}.") for each in declaring)


def test_a_signature_does_not_declare_a_code() -> None:
    for topic in signatures.TOPICS:
        entries = tomllib.loads((files("checks.signatures") / f"{topic}.toml").read_text())["signature"]
        assert not {key for entry in entries for key in entry} & {"meaning", "severity", "confidence", "transient"}


@pytest.mark.parametrize(
    ("code", "transient"),
    [
        ("release.rollout-stuck", True),
        ("workload.registry-failing", True),
        ("workload.image-not-found", False),
        ("vault.role-not-found", False),
        ("vault.policy-denied", False),
        ("secrets.secret-not-found", False),
        ("database.login-rejected", False),
        ("config.variable-missing", False),
    ],
)
def test_what_is_wrongly_set_does_not_heal_by_waiting(code: str, transient: bool) -> None:
    assert {each.transient for _, each in every_code() if each.id == code} == {transient}


@pytest.mark.parametrize("signature", SIGNATURES, ids=lambda each: each.code)
def test_a_symptom_in_a_log_is_a_likely_cause(signature: Signature) -> None:
    is_symptom = any(code.symptom for _, code in every_code() if code.id == signature.code)
    assert (signature.confidence is Confidence.LIKELY) is (is_symptom or bool(signature.alternatives))
    assert {each.code for each in signature.alternatives} <= {"", *(code.id for _, code in every_code())}


def test_a_code_is_a_symptom_in_each_of_its_declarations() -> None:
    declared = {(code.id, code.symptom) for _, code in every_code()}
    assert len(declared) == len({each for each, _ in declared})


def test_a_symptom_names_what_it_may_follow_from() -> None:
    known = {code.id for _, code in every_code()}
    for _, code in every_code():
        assert bool(code.alternatives) is code.symptom, code.id
        assert {getattr(each, "code", "") for each in code.alternatives} <= {"", *known}, code.id
        assert all(each[:1].isupper() and each.endswith(".") for each in code.alternatives), code.id


@pytest.mark.parametrize("signature", SIGNATURES, ids=lambda each: each.code)
def test_a_signature_is_complete(signature: Signature) -> None:
    assert CODE.match(signature.code)
    assert signature.check in {check.id for check in checks.CHECKS}
    assert signature.compiled.groups >= 0
    assert signature.fix.endswith(".")
    assert signature.steps
    assert signature.seen in {"lab", "library", "source"}


@pytest.mark.parametrize("signature", SIGNATURES, ids=lambda each: each.code)
def test_a_signature_only_uses_names_that_there_are(signature: Signature) -> None:
    known = {
        "namespace", "noun", "workload", "owner", "container", "image", "service_account", "release", "vault_role",
        "vault_auth_path", "vault_address", "db_host", "db_port", "db_name", "db_user", "db_admin_user",
        "db_host_variable", "db_name_variable", "db_password_variable",
        "temporal_address", "temporal_namespace", "pod", "node_options", *signature.compiled.groupindex,
    }  # fmt: skip
    texts = [signature.summary, *(part for step in signature.steps for part in (step.text, step.changes))]
    used = {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}
    used |= {name for step in signature.steps for name in step.template.names}
    assert used <= known


def test_every_file_of_signatures_is_listed() -> None:
    found = {
        path.name.removesuffix(".toml") for path in files("checks.signatures").iterdir() if path.name.endswith(".toml")
    }
    assert found == set(signatures.TOPICS)
    for name in found:
        assert tomllib.loads((files("checks.signatures") / f"{name}.toml").read_text())["signature"]


def test_everything_can_be_explained() -> None:
    known = catalogue()
    for name in descriptions.all_names(known):
        assert descriptions.explain(known, name)


def test_the_catalogue_in_the_docs_is_what_the_declarations_say() -> None:
    written = (Path(__file__).parents[2] / "docs/checks.md").read_text(encoding="utf-8")
    assert written == descriptions.markdown(catalogue()), "stale: run `make docs`"


def test_every_check_and_every_code_has_one_anchor_with_its_name() -> None:
    anchors = re.findall(r'<a id="([^"]+)"></a>', descriptions.markdown(catalogue()))
    named = {name for check in checks.CHECKS for name in (check.id, *(code.id for code in check.codes))}
    assert sorted(anchors) == sorted(named)
