"""Files with settings, flattened."""

import pytest

from diagnose.target.setting_files import DEEPEST, LONGEST_NAME, MOST_NODES, flattened


def test_data_that_refers_to_itself_has_neither_endless_settings_nor_endless_names() -> None:
    text = "temporal: &all\n  address: temporal:7233\n  inner: *all\n"
    found = list(flattened("app.yaml", text))
    assert ("temporal.address", "temporal:7233") in found
    assert len(found) < MOST_NODES
    assert max(len(name) for name, _ in found) <= LONGEST_NAME + len(".address")


@pytest.mark.parametrize("inner", ["&all [{}]", "&all {{{}}}"], ids=["list", "mapping"])
def test_wide_data_that_refers_to_itself_is_not_followed_endlessly(inner: str) -> None:
    """Of each reference again all others would be followed: thousands to the power of the depth."""
    is_list = inner.startswith("&all [")
    parts = ", ".join("*all" if is_list else f"k{at}: *all" for at in range(DEEPEST * 50))
    text = f"temporal: {{address: 'temporal:7233', others: {inner.format(parts)}}}"
    assert list(flattened("app.yaml", text)) == [("temporal.address", "temporal:7233")]
