"""Which template it is that the agent cannot render."""

import pytest

from checks.vault.templates_rendered import template_meant
from diagnose.target.target import VaultFile

WHOLE = '{{- with secret "secret/data/a" -}}\nexport A="{{ .Data.data.k }}"\n{{- end }}'


def file(name: str, template: str) -> VaultFile:
    return VaultFile(name=name, path="secret/data/a", template=template, destination=f"/vault/secrets/{name}")


@pytest.mark.parametrize(
    ("template", "code", "groups"),
    [
        (WHOLE.replace("{{- end }}", ""), "vault.template-invalid", {"reason": "unexpected EOF"}),
        (f"{WHOLE}{{{{ end }}}}", "vault.template-invalid", {"reason": "unexpected {{end}}"}),
        (
            WHOLE.replace("secret ", "secrets2 "),
            "vault.template-invalid",
            {"reason": 'function "secrets2" not defined'},
        ),
        (WHOLE.replace(".k ", ".other "), "vault.key-missing", {"key": "other"}),
    ],
)
def test_the_template_that_fails_is_told_by_its_text(template: str, code: str, groups: dict[str, str]) -> None:
    meant = template_meant((file("good", WHOLE), file("bad", template)), code, groups)
    assert meant is not None
    assert meant.name == "bad"


def test_where_two_templates_can_fail_so_neither_is_named() -> None:
    assert template_meant((file("a", WHOLE), file("b", WHOLE)), "vault.key-missing", {"key": "k"}) is None
