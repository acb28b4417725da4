"""The number of autoscalers."""

from checks.scaling.one_autoscaler import ONE_AUTOSCALER
from tests.support.kit import codes, context, findings
from tests.support.objects import autoscaler


def test_two_autoscalers_are_one_too_many() -> None:
    (finding,) = findings(ONE_AUTOSCALER, context(horizontalpodautoscalers=[autoscaler("a"), autoscaler("b")]))
    assert finding.code == "scaling.autoscalers-conflict"
    assert "a and b" in finding.summary
    assert codes(ONE_AUTOSCALER, context(horizontalpodautoscalers=[autoscaler("a"), autoscaler("b", of="other")])) == []
