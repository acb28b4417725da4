"""Probes that give a start too little time."""

import msgspec
import pytest

from checks.health.probes_patient import is_starved
from diagnose.resources import Container


@pytest.mark.parametrize(
    ("limit", "starved"), [("50m", True), ("0.1", True), ("500m", False), ("1", False), ("", False)]
)
def test_a_cpu_limit_below_a_fifth_starves_a_start(limit: str, starved: bool) -> None:
    limits = {"cpu": limit} if limit else {}
    assert is_starved(msgspec.convert({"name": "worker", "resources": {"limits": limits}}, Container)) is starved
