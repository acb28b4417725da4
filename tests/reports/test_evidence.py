"""Which line of a piece of evidence is shown, and which part of it where it is long."""

import pytest
from msgspec.structs import replace

from diagnose.commands import others
from diagnose.logs.signatures import excerpt
from diagnose.model.report import Cause, Evidence, Remediation, Status, Step
from reports.text.evidence import MAX_LINE, informative_line, shown_evidence
from tests.reports.samples import ROLE_NOT_FOUND, outcome, report

IMAGE = 'image "docker.io/private/worker:abc12345"'


@pytest.mark.parametrize(
    ("text", "sentence", "shown"),
    [
        (
            f'Failed to pull {IMAGE}: failed to pull and unpack {IMAGE}: failed to do request: Head "https://'
            'docker.io/v2/private/worker/manifests/abc12345": tls: failed to verify certificate: x509: certificate '
            "signed by unknown authority",
            "ImagePullBackOff: node lab-1 does not trust docker.io.",
            "x509: certificate signed by unknown authority",
        ),
        (
            '2026-11-24T19:49:19.622Z [ERROR] agent.auth.handler: error authenticating: error="Put '
            '\\"http://vault.vault.svc:8200/v1/auth/kubernetes/login\\": dial tcp: lookup vault.vault.svc on '
            '10.96.0.10:53: read udp 10.91.1.22:38156->10.96.0.10:53: i/o timeout" backoff=1.82s',
            "The cluster's DNS has no ready endpoints.",
            "lookup vault.vault.svc on 10.96.0.10:53: read udp 10.91.1.22:38156->10.96.0.10:53: i/o timeout",
        ),
        (
            'error: insert into "jobs" ("runner_type", "status", "tenant", "type") values ($1, $2, $3, $4) - could not '
            'extend file "pg_tblspc/24637/PG_15_202209061/16388/24638": No space left on device',
            "The volume of PostgreSQL is full.",
            'could not extend file "pg_tblspc/24637/PG_15_202209061/16388/24638": No space left on device',
        ),
        (
            'failed calling webhook "validate.policy.example.com": failed to call webhook: Post "https://'
            'lab-policy-controller.kube-system.svc:443/validate?timeout=10s": service "lab-policy-controller" '
            "not found",
            "Admission webhook validate.policy.example.com does not answer.",
            'service "lab-policy-controller" not found',
        ),
        (
            'error="template server: (dynamic): execute: template: :2:30: executing \\"\\" at <.Data.data.lab_key>: '
            'map has no entry for key \\"lab_key\\"" exitCode=1',
            'Annotation agent-inject-template-key reads key "lab_key", which its Vault secret does not have.',
            'map has no entry for key "lab_key"',
        ),
        (
            "[WARN]  agent: (view) vault.read(secret/data/lab/shared): no secret exists at secret/data/lab/shared "
            '(retry attempt 6 after "8s") and here follows what the program does until the next attempt',
            "The Vault secret secret/data/lab/shared is missing or deleted, so the agent cannot render its file.",
            "no secret exists at secret/data/lab/shared",
        ),
        (
            "/usr/local/bin/python3.12: Error while finding module specification for 'shop.worker' "
            "(ModuleNotFoundError: No module named 'shop')",
            "The worker of shop does not start.",
            "(ModuleNotFoundError: No module named 'shop')",
        ),
        (
            "psycopg.errors.UndefinedColumn: column orders.customer_reference_number does not exist LINE 1: SELECT "
            "orders.customer_reference_number FROM orders WHERE id = $1",
            "A statement fails.",
            "column orders.customer_reference_number does not exist",
        ),
        (
            "java.lang.ClassNotFoundException: com.example.shop.workers.payments.PaymentWorkflowImplementationFactory "
            "in unnamed module of loader 'app'",
            "Container worker exits (exit code 1).",
            "ClassNotFoundException: com.example.shop.workers.payments.PaymentWorkflowImplementationFactory",
        ),
    ],
    ids=["image", "dns", "database", "webhook", "template", "secret", "module", "column", "class"],
)
def test_a_long_error_is_shown_with_its_innermost_cause(text: str, sentence: str, shown: str) -> None:
    line = informative_line(text, sentence)
    assert shown in line
    assert "\\" not in line
    assert len(line) <= MAX_LINE + 3


def test_the_reason_for_an_unscheduled_pod_is_not_hidden_by_what_is_said_of_preemption() -> None:
    reason = "0/2 nodes are available: 2 Insufficient cpu"
    behind = ". no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful."
    assert informative_line(f"{reason}{behind}", "Pod a is Pending: 2 nodes have too little free cpu.") == reason
    assert informative_line(f"{reason}. not found", "Pod a is Pending.") == reason


def test_an_answer_of_vault_is_one_line_with_its_code_and_its_errors() -> None:
    text = "Error making API request.\nURL: PUT http://vault:8200/v1/auth/kubernetes/login\nCode: 403. Errors:\n\n"
    one = f"{text}* permission denied"
    several = f"{text}* 1 error occurred:\n\t* permission denied\n"
    for each in (one, several):
        assert informative_line(each, "Vault refuses the login at auth/kubernetes.").endswith(
            "v1/auth/kubernetes/login Code: 403. Errors: permission denied"
        )


def test_the_message_of_a_refusal_of_the_api_server_is_shown_without_its_json() -> None:
    status = (
        'err="{\\"kind\\":\\"Status\\",\\"apiVersion\\":\\"v1\\",\\"status\\":\\"Failure\\",\\"message\\":\\"pods is '
        'forbidden: User \\\\\\"lab\\\\\\" cannot list resource\\",\\"reason\\":\\"Forbidden\\",\\"code\\":403}"'
    )
    assert informative_line(status, "The account may not list pods.").endswith('User "lab" cannot list resource')


def test_a_long_text_without_any_sign_of_an_error_keeps_whole_words() -> None:
    text = "progress of something else " * 20
    assert set(informative_line(text, "A worker stops.").strip("… ").split()) <= set(text.split())


def test_evidence_that_only_repeats_the_sentence_or_the_fix_is_left_out() -> None:
    finding = replace(
        ROLE_NOT_FOUND,
        summary="/vault/secrets/key is empty, so it sets none of the variables that the worker needs.",
        remediation=Remediation(summary="Set it.", steps=(Step("Set back LAB_MODE to fast (was slow)."),)),
        evidence=(
            Evidence(source="a", text="/vault/secrets/key is empty, so it sets none of the variables the worker needs"),
            Evidence(source="b", text="LAB_MODE is fast (was slow)"),
            Evidence(source="c", text="line 4 of the template has no export"),
        ),
    )
    assert shown_evidence(Cause(check="a.b", finding=finding), report()) == ("c: line 4 of the template has no export",)


def test_a_command_that_looks_for_a_text_does_not_state_it() -> None:
    refused = Evidence(source="login from pod a", text="08P01 SASL authentication failed")
    look = Step("Look for it in its log.", others.grep("SASL authentication failed|08P01", "-E"))
    finding = replace(
        ROLE_NOT_FOUND, evidence=(refused,), remediation=Remediation(summary="Restart it.", steps=(look,))
    )
    assert shown_evidence(Cause(check="a.b", finding=finding), report()) == (f"{refused.source}: {refused.text}",)


def test_what_an_error_introduces_is_part_of_its_excerpt() -> None:
    text = "Error making API request.\n\nURL: PUT /v1/auth\nCode: 429. Errors:\n\n"
    assert excerpt(f"{text}* 1 error occurred:\n\t* quota exceeded\n\nlater", "Code: 429").splitlines()[3:] == [
        "* 1 error occurred:", "* quota exceeded", "…[1 more lines]"
    ]  # fmt: skip


def test_a_cause_without_evidence_of_its_own_shows_the_error_that_it_explains() -> None:
    finding = replace(ROLE_NOT_FOUND, summary="The pod template has no annotation lab/role.", evidence=())
    texts = (
        "3 of 4 pods are ready",
        "exit code 1, reason Error, after 1 s",
        "it was denied: no annotation role",
    )
    explained = (replace(ROLE_NOT_FOUND, evidence=(Evidence(source="a", text=each),)) for each in texts)
    failed = outcome("workload.admitted", Status.FAIL, findings=tuple(explained))
    cause = Cause(check="vault.role-bound", finding=finding, explains=("workload.admitted",))
    assert shown_evidence(cause, report(failed)) == ("a: it was denied: no annotation role",)
    assert not shown_evidence(replace(cause, explains=()), report(failed))


def test_an_exception_that_the_sentence_quotes_is_no_news() -> None:
    finding = replace(
        ROLE_NOT_FOUND,
        summary="Revision 2 fails: Cannot read properties of undefined.",
        remediation=Remediation(summary="Undo it."),
    )
    repeats = Evidence(source="pod a", text="Uncaught exception (Cannot read properties of undefined)")
    news = Evidence(source="ReplicaSet a", text="NODE_OPTIONS is --require /preload.cjs (was not set)")
    cause = Cause(check="a.b", finding=replace(finding, evidence=(repeats, news)))
    assert [each.partition(":")[0] for each in shown_evidence(cause, report())] == ["ReplicaSet a"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "Traceback (most recent call last):\n"
            '  File "/srv/site-packages/temporalio/worker/_worker.py", line 331, in <module>\n'
            "    from shop import orders\nModuleNotFoundError: No module named 'shop'",
            "ModuleNotFoundError: No module named 'shop'",
        ),
        (
            "Error: Cannot find module 'shop'\n    at Function.worker (node:internal/modules:1225:15)\n"
            "    at worker.module (/app/worker.js:1:1)",
            "Error: Cannot find module 'shop'",
        ),
        (
            'Exception in thread "main" java.lang.IllegalStateException: no queue\n'
            "\tat com.example.Worker.module(W.java:3)\n\t... 12 more",
            'Exception in thread "main" java.lang.IllegalStateException: no queue',
        ),
    ],
    ids=["python", "node", "java"],
)
def test_of_a_stack_the_error_is_shown_and_no_frame(text: str, shown: str) -> None:
    assert informative_line(text, "The worker exits: a module is missing.") == shown
