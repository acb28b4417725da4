"""Each field of a pod template that differs is named with both values, and with the command that takes it back."""

from typing import Any

import msgspec
import pytest

from diagnose.commands.owner import Owner
from diagnose.domain.delivery.differences import Difference, as_text, changes, differences, undo
from diagnose.resources import PodTemplate
from diagnose.text.redaction import MASK

OWNER = Owner("Deployment", "worker", "msp")
SET_ENV = "kubectl -n msp set env deployment/worker -c worker"


def template(
    spec: dict[str, Any] | None = None, annotations: dict[str, str] | None = None, **worker: Any
) -> PodTemplate:
    containers = [{"name": "worker", **worker}, *(spec or {}).pop("others", ())]
    plain = {"metadata": {"annotations": annotations or {}}, "spec": {"containers": containers, **(spec or {})}}
    return msgspec.convert(plain, PodTemplate)


def env(**values: str) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def only(old: PodTemplate, new: PodTemplate) -> Difference:
    (found,) = differences(old, new)
    return found


def test_equal_templates_do_not_differ() -> None:
    assert differences(template(env=env(A="1")), template(env=env(A="1"))) == ()


def test_a_variable_is_set_back_to_its_literal_value() -> None:
    found = only(template(env=env(MODE="fast", A="1")), template(env=env(A="1", MODE="turbo")))
    assert (found.part("worker"), found.text("worker")) == ("env:MODE", "MODE is turbo (was fast)")
    assert undo([found], OWNER) == f"{SET_ENV} MODE=fast"


def test_a_variable_that_was_added_is_taken_away() -> None:
    found = only(template(), template(env=env(MODE="turbo")))
    assert found.text("worker") == "MODE is turbo (was not set)"
    assert undo([found], OWNER) == f"{SET_ENV} MODE-"


def test_several_variables_are_set_back_by_one_command() -> None:
    found = differences(template(env=env(A="1", B="2")), template(env=env(A="x", C="3")))
    assert undo(found, OWNER) == f"{SET_ENV} A=1 B=2 C-"


def test_a_variable_gets_its_source_back() -> None:
    source = {"name": "MODE", "valueFrom": {"configMapKeyRef": {"name": "modes", "key": "mode"}}}
    found = only(template(env=[source]), template(env=env(MODE="turbo")))
    assert found.text("worker") == "MODE is turbo (was from ConfigMap modes, key mode)"
    assert found.patch == {
        "spec": {"containers": [{"name": "worker", "env": [{"name": "MODE", "value": None, **source}]}]}
    }


def test_a_masked_value_is_not_set_back() -> None:
    found = only(template(env=env(TOKEN=MASK)), template(env=env(TOKEN="other")))
    assert not undo([found], OWNER)


def test_a_variable_of_a_source_that_is_not_read_is_not_set_back() -> None:
    found = only(template(env=[{"name": "IP", "valueFrom": {"fieldRef": {}}}]), template(env=env(IP="x")))
    assert not undo([found], OWNER)


def test_an_image_a_limit_and_an_account_have_commands_of_their_own() -> None:
    image = only(template(image="w:1"), template(image="w:2"))
    assert undo([image], OWNER) == "kubectl -n msp set image deployment/worker worker=w:1"
    limit = only(template(resources={"limits": {"memory": "1Gi"}}), template(resources={"limits": {"memory": "64Mi"}}))
    assert limit.text("worker") == "resources.limits.memory is 64Mi (was 1Gi)"
    assert undo([limit], OWNER) == "kubectl -n msp set resources deployment/worker -c worker --limits=memory=1Gi"
    account = only(template({"serviceAccountName": "a"}), template({"serviceAccountName": "b"}))
    assert undo([account], OWNER) == "kubectl -n msp set serviceaccount deployment/worker a"


def test_a_limit_that_was_added_is_removed() -> None:
    found = only(template(), template(resources={"limits": {"memory": "64Mi"}}))
    assert found.part("worker") == "resources"
    limits = {"limits": {"memory": None}}
    assert found.patch == {"spec": {"containers": [{"name": "worker", "resources": limits}]}}


def test_of_a_probe_only_the_field_that_changed_is_set_back() -> None:
    old, new = ({"httpGet": {"path": path, "port": 80}, "periodSeconds": 5} for path in ("/healthz", "/ready"))
    found = only(template(readinessProbe=old), template(readinessProbe=new))
    assert found.text("worker") == "readinessProbe.httpGet.path is /ready (was /healthz)"
    assert found.part("worker") == "probes"
    probe = {"readinessProbe": {"httpGet": {"path": "/healthz"}}}
    assert found.patch == {"spec": {"containers": [{"name": "worker", **probe}]}}


def test_arguments_are_set_back_as_a_whole() -> None:
    found = only(template(args=["--mode", "fast"]), template(args=["--mode", "turbo"]))
    assert found.text("worker") == "args is --mode turbo (was --mode fast)"
    assert found.patch == {"spec": {"containers": [{"name": "worker", "args": ("--mode", "fast")}]}}


def test_a_volume_that_was_added_is_deleted_and_one_that_was_removed_takes_a_rollback() -> None:
    volume = {"volumes": [{"name": "tmp", "emptyDir": {}}]}
    added = only(template(), template(dict(volume)))
    assert added.patch == {"spec": {"volumes": [{"$patch": "delete", "name": "tmp"}]}}
    assert not undo([only(template(dict(volume)), template())], OWNER)


def test_differences_of_several_kinds_are_taken_back_by_one_patch() -> None:
    old = template({"nodeSelector": {"disk": "ssd"}}, env=env(A="1"), args=["x"])
    new = template({"nodeSelector": {"disk": "hdd"}}, env=env(A="2"), args=["y"])
    found = differences(old, new)
    assert undo(found, OWNER).parts[-1] == (
        '{"spec":{"template":{"spec":{"containers":[{"name":"worker","args":["x"],'
        '"env":[{"name":"A","value":"1","valueFrom":null}]}],"nodeSelector":{"disk":"ssd"}}}}}'
    )


def test_another_container_is_named() -> None:
    old, new = (template({"others": [{"name": "proxy", "image": image}]}) for image in ("p:1", "p:2"))
    found = only(old, new)
    assert (found.part("worker"), found.text("worker")) == ("sidecar", "image of proxy is p:2 (was p:1)")
    assert only(template(), new).text("worker") == "container proxy is new"


def test_a_restart_and_a_checksum_are_no_differences() -> None:
    marks = {"kubectl.kubernetes.io/restartedAt": "2026-01-01", "checksum/config": "abc"}
    assert differences(template(), template(annotations=marks)) == ()


@pytest.mark.parametrize(
    ("spec", "worker", "expected"),
    [
        ({}, {"command": ["x"]}, "command"),
        ({}, {"envFrom": [{"secretRef": {"name": "s"}}]}, "env-from"),
        ({}, {"volumeMounts": [{"name": "v", "mountPath": "/v"}]}, "mounts"),
        ({}, {"securityContext": {"runAsUser": 1}}, "security"),
        ({"initContainers": [{"name": "i"}]}, {}, "init"),
        ({"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["db"]}]}, {}, "dns"),
        ({"tolerations": [{"key": "k"}]}, {}, "scheduling"),
        ({"terminationGracePeriodSeconds": 5}, {}, "other"),
        ({"setHostnameAsFQDN": True}, {}, "sandbox"),
    ],
)
def test_a_change_has_the_name_that_stages_declare(spec: dict[str, Any], worker: dict[str, Any], expected: str) -> None:
    assert changes(template(), template(spec, **worker), "worker") == {expected}


def test_an_annotation_is_named_with_its_key() -> None:
    vault = {"vault.hashicorp.com/role": "other"}
    found = only(template(), template(annotations=vault))
    assert found.part("worker") == "annotation:vault.hashicorp.com/role"
    assert found.patch == {"metadata": {"annotations": {"vault.hashicorp.com/role": None}}}


def test_many_differences_are_counted() -> None:
    found = differences(template(), template(env=env(A="1", B="2", C="3")))
    assert as_text(found, "worker", 1) == "A is 1 (was not set) and 2 more"


def test_of_long_values_the_end_that_differs_is_shown() -> None:
    script = ". /etc/profile\nexport MODE=production LEVEL=info\nexec node --enable-source-maps dist/{}.js\n"
    found = only(template(args=[script.format("worker")]), template(args=[script.format("worker-2")]))
    assert found.text("worker") == "args is …dist/worker-2.js (was …dist/worker.js)"


def test_without_the_value_before_the_current_one_is_whole_whatever_it_contains() -> None:
    found = only(template(env=env(MODE="fast")), template(env=env(MODE="turbo (was fast)")))
    assert found.text("worker", with_before=False) == "MODE is turbo (was fast)"


def test_what_is_no_longer_there_is_named() -> None:
    found = only(template(env=env(MODE="fast")), template())
    assert found.text("worker") == "MODE is not set (was fast)"
    mounted = template(volumeMounts=[{"name": "v", "mountPath": "/v"}])
    assert only(mounted, template()).text("worker") == "mount /v is gone"
