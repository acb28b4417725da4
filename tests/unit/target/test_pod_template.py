"""What a pod template says of Vault."""

import base64
import json

import pytest

from diagnose.resources import (
    Container,
    EnvVar,
    Meta,
    Pod,
    PodSpec,
)
from diagnose.target import pod_template
from diagnose.target.target import VaultFile


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{{- with secret "s/data/a" -}}\nexport A="{{ .Data.data.k }}"\n{{- end }}', ("A", "k", "s/data/a", True)),
        ('{{- with secret "s/data/a" -}}export A="{{ .Data.k }}"{{- end }}', ("A", "k", "s/data/a", False)),
        ('{{ with secret "s/data/a" }}A=\'{{ index .Data.data "k-1" }}\'{{ end }}', ("A", "k-1", "s/data/a", True)),
    ],
)
def test_a_template_shows_which_key_a_variable_is_from(template: str, expected: tuple[str, str, str, bool]) -> None:
    file = VaultFile(name="a", path="s/data/z", template=template, destination="/vault/secrets/a")
    (found,) = pod_template.exports(file)
    assert (found.name, found.key, found.path, found.versioned) == expected
    assert not pod_template.is_open(file)


@pytest.mark.parametrize(
    "template", ["", "/etc/template.ctmpl", "{{ range $k, $v := .Data }}export {{ $k }}=1{{ end }}"]
)
def test_a_template_without_names_is_open(template: str) -> None:
    assert pod_template.is_open(VaultFile(name="a", path="p", template=template, destination="/vault/secrets/a"))


def test_where_agents_log_in_is_in_the_injectors_configuration() -> None:
    config = {"auto_auth": {"method": {"mount_path": "auth/k8s"}}, "vault": {"address": "http://v:8200"}}
    encoded = base64.b64encode(json.dumps(config).encode()).decode()
    agent = Container(name="vault-agent-init", env=(EnvVar(name="VAULT_CONFIG", value=encoded),))
    pod = Pod(metadata=Meta(name="p"), spec=PodSpec(init_containers=(agent,)))
    assert (pod_template.agent_mount([pod]), pod_template.agent_address([pod])) == ("auth/k8s", "http://v:8200")
    assert pod_template.agent_mount([Pod(spec=PodSpec(containers=(Container(name="vault-agent"),)))]) == ""
