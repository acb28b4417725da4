"""Files of Secrets and ConfigMaps that the container's user may not read."""

from typing import Any

import pytest

from checks.config.variables_set import VARIABLES_SET
from checks.database.login_accepted import LOGIN_ACCEPTED
from checks.secrets.files_readable import FILES_READABLE
from diagnose.check.api import Context
from diagnose.model.report import Confidence
from diagnose.queries.exec_survey.survey import ExecSurvey as Survey
from diagnose.queries.exec_survey.survey import Process, SurveyAnswer
from diagnose.queries.kubernetes import LogLine, LogText, ReadLog
from tests.support.kit import Json, context, findings, log, outcome
from tests.support.objects import crashing, pod, running, service, variables

FOLDER = "/etc/app/tls"
DENIED = f"open {FOLDER}/tls.crt: permission denied"


def secret(mode: int = 0o400, **more: Any) -> Json:
    return {"name": "files", "secret": {"secretName": "app-tls", "defaultMode": mode, **more}}


def settings(mode: int = 0o400) -> Json:
    return {"name": "files", "configMap": {"name": "app-settings", "defaultMode": mode}}


def failing(volume: Json, *, user: int | None = None, name: str = "worker-1", **spec: Any) -> Json:
    context_of = {"securityContext": {"runAsUser": user}} if user is not None else {}
    mounts = [{"name": "files", "mountPath": FOLDER}]
    container = {"name": "worker", "image": "app:1", "volumeMounts": mounts, **context_of}
    return pod(name, container, volumes=[volume], status={"containerStatuses": [crashing(1)]}, **spec)


MAP = {"metadata": {"name": "app-settings"}, "data": {"settings": "export PRODUCTS_URL=http://catalog/products\n"}}


def seen(one: Json, *lines: str, **kinds: Any) -> Context:
    return context(one, logs=[log(*lines)], pods=[one], configmaps=[MAP], **kinds)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(DENIED, id="Go"),
        pytest.param(f"Error: EACCES: permission denied, open '{FOLDER}/tls.key'", id="Node.js"),
        pytest.param(f"PermissionError: [Errno 13] Permission denied: '{FOLDER}/tls.crt'", id="Python"),
        pytest.param(f"java.nio.file.AccessDeniedException: {FOLDER}/keystore.p12", id="Java"),
        pytest.param(f"System.UnauthorizedAccessException: Access to the path '{FOLDER}/a' is denied.", id=".NET"),
    ],
)
def test_a_file_that_the_program_may_not_open_is_certain(line: str) -> None:
    (finding,) = findings(FILES_READABLE, seen(failing(secret(), user=65532), "starting", line, "exit"))
    assert (finding.code, finding.confidence) == ("secrets.file-not-readable", Confidence.CERTAIN)
    assert "Secret app-tls at /etc/app/tls" in finding.summary
    assert "mode 0400" in finding.summary
    assert '"secret":{"defaultMode":292}' in finding.remediation.steps[0].command


def test_a_user_that_only_the_image_knows_is_no_obstacle_to_the_programs_own_error() -> None:
    (finding,) = findings(FILES_READABLE, seen(failing(secret()), DENIED))
    assert finding.confidence is Confidence.CERTAIN


def test_a_name_that_the_unread_file_of_a_config_map_has_is_certain_where_the_user_is_known() -> None:
    (finding,) = findings(FILES_READABLE, seen(failing(settings(), user=1000), "KeyError: 'PRODUCTS_URL'"))
    assert finding.confidence is Confidence.CERTAIN
    assert "ConfigMap app-settings" in finding.summary


def test_the_image_of_another_pod_shows_the_user() -> None:
    other = pod(
        "other-1", {"name": "main", "image": "app:1"}, ready=True, status={"containerStatuses": [running("main")]}
    )
    one = failing(settings())
    answers = {Survey: SurveyAnswer("sh", process=Process(uid=1000))}
    ctx = context(one, logs=[log("KeyError: 'PRODUCTS_URL'")], pods=[one, other], configmaps=[MAP], answers=answers)
    (finding,) = findings(FILES_READABLE, ctx)
    assert finding.confidence is Confidence.CERTAIN
    assert "user 1000" in finding.summary


def test_a_missing_variable_with_an_unread_secret_is_likely() -> None:
    lines = ("Required Configuration Missing", "  • NEXTAUTH_SECRET: is required")
    (finding,) = findings(FILES_READABLE, seen(failing(secret(), user=1000), "\n".join(lines)))
    assert finding.confidence is Confidence.LIKELY
    assert finding.alternative_codes == ("config.variable-missing",)


def test_a_mode_of_one_file_is_mended_by_a_group() -> None:
    volume = secret(0o644, items=[{"key": "tls.crt", "path": "tls.crt", "mode": 0o400}])
    (finding,) = findings(FILES_READABLE, seen(failing(volume, user=1000), DENIED))
    assert '"fsGroup":1000' in finding.remediation.steps[0].command


@pytest.mark.parametrize(
    ("one", "line"),
    [
        pytest.param(failing(secret(0o644), user=1000), DENIED, id="everybody may read it"),
        pytest.param(failing(secret(), user=0), DENIED, id="root reads it"),
        pytest.param(
            failing(secret(), user=1000, securityContext={"fsGroup": 1000}), DENIED, id="its group may read it"
        ),
        pytest.param(failing(secret(), user=1000), "open /data/x: permission denied", id="another file"),
        pytest.param(failing(settings(), user=1000), "KeyError: 'OTHER_URL'", id="a name that it does not have"),
        pytest.param(failing(secret(), user=1000), "connection refused", id="another reason"),
    ],
)
def test_what_the_modes_do_not_cause_is_left_to_others(one: Json, line: str) -> None:
    assert outcome(FILES_READABLE, seen(one, line)).findings == ()


def test_the_pods_of_a_dependency_say_by_their_own_log_what_they_may_not_read() -> None:
    mounts = [{"name": "users", "mountPath": "/etc/pooler"}]
    volume = {"name": "users", "secret": {"secretName": "pooler-users", "defaultMode": 0o400}}
    pooler = pod(
        "pooler-1", {"name": "main", "volumeMounts": mounts}, ready=True, labels={"app": "pooler"}, volumes=[volume]
    )
    one = pod("worker-1", status={"containerStatuses": [crashing(1)]})
    said = LogText((LogLine("could not open auth_file /etc/pooler/users.txt: Permission denied"),))
    ctx = context(
        one,
        container={"env": variables(DB_HOST="pooler.msp.svc", DB_NAME="app")},
        pods=[one, pooler],
        services=[service("pooler", selector={"app": "pooler"})],
        answers={ReadLog: said},
    )
    (finding,) = findings(FILES_READABLE, ctx)
    assert "Secret pooler-users" in finding.summary
    assert finding.pods == ()
    stage = FILES_READABLE.stage_of("secrets.file-not-readable")
    assert stage in LOGIN_ACCEPTED.stage_of("database.login-rejected").earlier


def test_it_explains_a_variable_that_is_not_set() -> None:
    stage = FILES_READABLE.stage_of("secrets.file-not-readable")
    assert stage in VARIABLES_SET.stage_of("config.variable-missing").earlier
