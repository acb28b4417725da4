"""The page for newcomers shows code that exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/adding-a-check.md").read_text(encoding="utf-8")


def test_the_example_is_the_check_as_it_is() -> None:
    (example,) = re.findall(r"<!-- (\S+) -->\n```python\n(.*?)\n```", PAGE, re.DOTALL)
    path, code = example

    assert code == (ROOT / path).read_text(encoding="utf-8").rstrip()
