"""What all checks of a run share: which logs are read."""

from typing import Any

from msgspec.structs import replace

from diagnose.engine.run_data import KINDS, READY_PODS, UNREADY_LOGS, SharedRunData
from diagnose.queries.kubernetes import LogText, ReadLog
from diagnose.queries.query import NoAnswerError
from diagnose.sources.gateway import Gateway
from diagnose.target.samples import SAMPLES
from tests.support.kit import WORKER, context
from tests.support.objects import condition, crashing, pod, running, waiting


class Logs:
    """A source with an empty log of every container."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.containers: list[str] = []

    def answer(self, query: Any, timeout_s: float) -> object:
        assert isinstance(query, ReadLog)
        self.read.append(query.pod)
        self.containers.append(query.container)
        return LogText()


def read_of(*pods: dict[str, Any]) -> set[str]:
    """The pods whose logs are read."""
    source = Logs()
    SharedRunData(Gateway(source=source, ends_at=float("inf")), context(*pods).target, ()).logs()
    return set(source.read)


def pending(name: str) -> dict[str, Any]:
    unscheduled = condition("PodScheduled", "False", "Unschedulable")
    return pod(name, node="", status={"phase": "Pending", "conditions": [unscheduled]})


def in_state(name: str, status: dict[str, Any], owner: str = "set-1") -> dict[str, Any]:
    return pod(name, owner=owner, status={"containerStatuses": [status]})


def test_pods_that_cannot_have_a_log_leave_their_turn_to_others() -> None:
    pods = [pending(f"a-{number:02}") for number in range(40)]
    pulling = [in_state(f"b-{number:02}", waiting("ImagePullBackOff")) for number in range(20)]
    assert read_of(*pods, *pulling, in_state("z", crashing(1))) == {"z"}


def test_logs_are_read_of_every_state_and_revision() -> None:
    many = [in_state(f"a-{number:03}", crashing(1)) for number in range(100)]
    others = [
        in_state("x-other-exit", crashing(137, "OOMKilled")),
        in_state("y-running", running(ready=False)),
        in_state("z-other-revision", crashing(1), owner="set-2"),
    ]
    read = read_of(*many, *others)
    assert {"x-other-exit", "y-running", "z-other-revision"} <= read
    assert len(read) <= 4 * SAMPLES


def test_of_many_pods_that_fail_alike_as_few_logs_are_read_as_of_some() -> None:
    some, many = (read_of(*(in_state(f"a-{each:04}", crashing(1)) for each in range(count))) for count in (5, 500))
    assert some == many
    assert len(some) == SAMPLES


def test_however_many_kinds_of_failure_there_are_the_logs_are_bounded() -> None:
    pods = [in_state(f"a-{number:03}", crashing(number % 100 + 1)) for number in range(300)]
    assert KINDS <= len(read_of(*pods)) <= UNREADY_LOGS


def test_pods_that_fail_alike_are_read_on_different_nodes() -> None:
    status = {"containerStatuses": [crashing(1)]}
    pods = [pod(f"a-{number}", owner="set-1", node="node-a", status=status) for number in range(9)]
    assert "b" in read_of(*pods, pod("b", owner="set-1", node="node-b", status=status))


def test_the_choice_does_not_depend_on_the_order_of_the_list() -> None:
    pods = [in_state(f"a-{number:03}", crashing(number % 3 + 1)) for number in range(60)]
    pods += [pod(f"r-{number}", ready=True, status={"containerStatuses": [running()]}) for number in range(9)]
    read = read_of(*pods)
    assert read == read_of(*reversed(pods))
    assert len([each for each in read if each.startswith("r")]) == READY_PODS


def test_of_an_unknown_program_every_container_that_may_do_its_work_is_read() -> None:
    names = ("worker", "cache", "istio-proxy", "vault-agent")
    several = pod("a", *({"name": name} for name in names), ready=True)
    source = Logs()
    target = context(several).target
    SharedRunData(Gateway(source=source, ends_at=float("inf")), target, ()).logs()
    assert sorted(source.containers) == ["cache", "worker"]
    known = Logs()
    SharedRunData(Gateway(source=known, ends_at=float("inf")), replace(target, profile=WORKER), ()).logs()
    assert known.containers == ["worker"]


def test_a_kubelet_that_does_not_answer_is_one_reason_for_the_logs_of_all_its_pods() -> None:
    class Silent:
        def answer(self, query: Any, timeout_s: float) -> object:
            url = f"https://10.0.0.2:10250/containerLogs/msp/{query.pod}/worker?timestamps=true"
            raise NoAnswerError(f'Get "{url}": dial tcp 10.0.0.2:10250: connect: connection refused')

    pods = [in_state(name, running(ready=False)) for name in ("a", "b")]
    data = SharedRunData(Gateway(source=Silent(), ends_at=float("inf")), context(*pods).target, ())
    assert set(data.log_problems()) == {"logs: the kubelet at 10.0.0.2 does not answer (connection refused)"}
