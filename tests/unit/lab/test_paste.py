"""The first fix of an answer is found, pasted, and judged by what is answered and by what runs afterwards."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from diagnose.commands import kubectl
from diagnose.model.report import Finding, Remediation, Step
from tests.lab.cluster import JsonObject, Lab
from tests.lab.paste import Fix, Paster, Result, first_fix
from tests.lab.verdict import Answer, AnsweredCause

CODE = "config.variable-missing"


@dataclass(frozen=True, kw_only=True)
class Cluster(Lab):
    """A namespace with one Deployment, of which one pod after the other is ready."""

    ready: list[int] = field(default_factory=lambda: [1])

    def items(self, namespace: str, kind: str, selector: str = "") -> list[JsonObject]:
        count = self.ready.pop(0) if len(self.ready) > 1 else self.ready[0]
        if kind == "pods":
            return [{"status": {"conditions": [{"type": "Ready", "status": "True"}]}}] * count
        status = {"observedGeneration": 1, "readyReplicas": count, "updatedReplicas": count}
        found = {"kind": "Deployment", "metadata": {"generation": 1}, "spec": {"replicas": 1}, "status": status}
        return [found]


def answer(*codes: str) -> Answer:
    return Answer(exit_code=int(bool(codes)), causes=tuple(AnsweredCause(code=code) for code in codes))


def paste(command: str, *answers: Answer, ready: tuple[int, ...] = (1,), before: tuple[str, ...] = (CODE,)) -> Result:
    left: Iterator[Answer] = iter(answers)
    paster = Paster(
        lab=Cluster(ready=list(ready)), namespace="n", diagnose=lambda: next(left), pause_s=0.05, limit_s=0.12
    )
    return paster.paste(Fix(CODE, command), before).result


def test_the_first_fix_is_the_first_command_of_the_first_cause_that_changes_anything() -> None:
    steps = (Step("Look.", kubectl.get("pods")), Step("Set it.", kubectl.delete("pod", "a"), changes="pod a"))
    finding = Finding(code=CODE, summary="It fails.", remediation=Remediation(summary="Delete it.", steps=steps))
    assert first_fix([finding]) == Fix(CODE, "kubectl delete pod a", "Delete it.")
    assert first_fix([]) is None


@pytest.mark.parametrize(
    ("command", "result"),
    [
        ("", "no command"),
        ("kubectl -n msp edit quota lab", "no command"),
        ("kubectl -n msp set env deployment/w -c w DB_HOST=NEW_VALUE", "needs a value"),
        ("kubectl -n msp set env deployment/w --from=secret/SECRET_NAME --keys=TOKEN", "needs a value"),
        ("kubectl -n vault exec -it vault-0 -- vault operator unseal", "needs a value"),
        ("kubectl -n msp exec -it db-0 -- psql -U postgres -c '\\password \"app\"'", "needs a value"),
        ("kubectl -n msp set env deployment/w NEW_VALUE=1", None),
    ],
)
def test_a_fix_that_nobody_can_paste_is_told_from_one_that_waits_for_a_value(
    command: str, result: Result | None
) -> None:
    assert Fix(CODE, command).result == result


def test_a_fix_mends_when_its_cause_is_gone_and_everything_is_complete() -> None:
    assert paste("true", answer(CODE), answer()) == "mended"
    assert paste("true", answer(), answer(), answer(), answer(), ready=(1, 0)) == "worse"


def test_work_arrives_before_each_look_after_the_fix() -> None:
    left = iter((answer(CODE), answer()))
    arrived: list[Lab] = []
    paster = Paster(
        lab=Cluster(), namespace="n", diagnose=lambda: next(left), arrives=arrived.append, pause_s=0.05, limit_s=1
    )
    assert paster.paste(Fix(CODE, "true"), (CODE,)).result == "mended"
    assert len(arrived) == 2


def test_warnings_about_what_was_may_follow() -> None:
    warned = Answer(exit_code=0, causes=answer("workload.restarted-lately").causes)
    assert paste("true", warned) == "mended"


def test_one_of_several_causes_is_mended_while_the_others_stay() -> None:
    assert paste("true", answer("b.c"), before=(CODE, "b.c")) == "mended"
    assert paste("true", *[answer("b.c")] * 4) == "not mended"


def test_a_command_that_fails_is_refused_unless_the_cause_is_gone() -> None:
    assert paste("false", *[answer(CODE)] * 4) == "refused"
    assert paste("false", answer()) == "mended"
