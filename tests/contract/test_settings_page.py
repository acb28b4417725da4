"""docs/settings.md names every key with its default, and no other."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from diagnose.cli import settings
from diagnose.cli.settings import ProfileSettings, RunSettings, Settings, SiteSignature
from diagnose.engine.catalogue import NAMES
from diagnose.logs.signatures import SignatureStep
from diagnose.model.report import Mute
from diagnose.target.request import Selection
from diagnose.target.thresholds import Thresholds

PAGE = (Path(__file__).parents[2] / "docs/settings.md").read_text(encoding="utf-8")
TABLES: dict[str, Any] = {
    "[target]": Selection,
    "[run]": RunSettings,
    "[profile]": ProfileSettings,
    "[thresholds]": Thresholds,
    "[[signatures]]": SiteSignature,
    "[[mute]]": Mute,
}
MAPPINGS = ("[owners]", "[links]")
"""The tables whose keys are the user's own."""
SECTIONS = {
    found[1]: found[2] for found in re.finditer(r"^## `(\[+\w+\]+)`\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
}


def rows(section: str) -> dict[str, str]:
    """The keys of a table with their default."""
    found: dict[str, str] = {}
    for line in SECTIONS[section].splitlines():
        if line.startswith("| `"):
            keys, default = line.split("|")[1:3]
            found |= dict.fromkeys(re.findall(r"`(\w+)`", keys), default.strip())
    return found


def test_every_table_has_its_section() -> None:
    assert set(SECTIONS) == {*TABLES, *MAPPINGS}
    assert {name.strip("[]") for name in (*TABLES, *MAPPINGS)} == set(settings.KEYS)
    assert set(settings.KEYS) == set(Settings.__struct_fields__) - {"file"}


@pytest.mark.parametrize("section", TABLES)
def test_every_key_is_explained_and_no_other(section: str) -> None:
    kind = TABLES[section]
    assert sorted(rows(section)) == sorted(kind.__struct_fields__)


@pytest.mark.parametrize("section", ["[run]", "[thresholds]", "[[signatures]]", "[[mute]]"])
def test_the_defaults_are_those_that_hold(section: str) -> None:
    kind = TABLES[section]
    given = {each.name: each.default for each in msgspec.structs.fields(kind) if not each.required}
    for name, default in given.items():
        plain = msgspec.to_builtins(default)
        shown = {True: "true", False: "false"}.get(plain) if isinstance(plain, bool) else None
        text = shown or ("[]" if plain in ((), []) else f'"{plain}"' if isinstance(plain, str) else str(plain))
        assert rows(section)[name] == f"`{text}`", name


def test_the_parts_of_steps_and_the_names_are_documented() -> None:
    reported = SECTIONS["[[signatures]]"]
    assert all(f"`{each}`" in reported for each in (*SignatureStep.__struct_fields__, *NAMES, "pod"))


def test_the_examples_load() -> None:
    examples = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    found = settings.read("\n".join(examples))
    assert (len(found.signatures), len(found.mute)) == (1, 1)
    from diagnose.cli.catalogue import catalogue

    catalogue(found)


@pytest.mark.parametrize("flag", sorted(set(re.findall(r"`(--[a-z]+)`", PAGE))))
def test_the_flags_exist_and_so_do_their_variables(flag: str) -> None:
    from diagnose.cli.examine import all_pods

    option = next(each for each in all_pods.params if flag in each.opts)
    variable = f"DIAGNOSE_{flag[2:].upper()}"
    assert (option.envvar == variable) == (f"`{variable}`" in PAGE)
