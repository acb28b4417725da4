"""The first hop at which what pods found contradicts what objects declare, and silence where none does."""

import pytest
from msgspec.structs import replace

from diagnose.domain.network.paths import Backend, Hop, Path, Trial, first_parting, search_domain
from diagnose.queries.exec_survey.survey import ConnectionState

UP, REFUSED = ConnectionState.CONNECTED, ConnectionState.REFUSED
LATE, LOST = ConnectionState.TIMED_OUT, ConnectionState.UNREACHABLE
ADDRESS, FIRST, SECOND = "10.96.0.7", "10.1.0.7", "10.1.0.8"


def backend(address: str, **facts: object) -> Backend:
    return replace(Backend(address=address, port=5432, slice_name="db-1", node="a", has_pod=True), **facts)


def trial(
    node: str,
    service: ConnectionState | None,
    *direct: ConnectionState,
    own: bool = True,
    by_name: ConnectionState | None = None,
    resolved: str = ADDRESS,
) -> Trial:
    """Returns what a pod found: the Service three times, and each endpoint."""
    return Trial(
        pod=f"worker-{node}",
        container="worker",
        node=node,
        is_own=own,
        resolved=(resolved,),
        by_name=by_name or service,
        service=(service,) * 3 if service else (),
        direct=dict(zip((FIRST, SECOND), direct, strict=False)),
    )


def path(*trials: Trial, backends: tuple[Backend, ...] = (backend(FIRST),), **facts: object) -> Path:
    whole = Path(host="db", port=5432, service="msp/db", addresses=(ADDRESS,), backends=backends, trials=trials)
    return replace(whole, **facts)


FOREIGN = backend(SECOND, slice_name="mirror", is_foreign=True, has_pod=False, node="")
LOCAL = frozenset({"a"})


@pytest.mark.parametrize(
    ("given", "hop", "proven"),
    [
        (path(trial("a", UP, UP, by_name=LOST, resolved="10.9.0.1")), Hop.NAME, True),
        (path(trial("a", LOST, LOST, by_name=LOST, resolved="10.9.0.1")), Hop.NAME, False),
        (path(trial("a", UP), trial("b", LATE), local_nodes=LOCAL), Hop.TRAFFIC_POLICY, True),
        (path(trial("b", LATE, UP), local_nodes=LOCAL), Hop.TRAFFIC_POLICY, True),
        (path(trial("b", LATE), local_nodes=LOCAL), Hop.TRAFFIC_POLICY, False),
        (path(trial("a", LATE, UP, LATE), backends=(backend(FIRST), FOREIGN)), Hop.ENDPOINTS, True),
        (path(trial("a", LATE), backends=(backend(FIRST), FOREIGN)), Hop.ENDPOINTS, False),
        (path(trial("a", UP, UP), trial("b", LOST, UP)), Hop.NODE_PROXY, True),
        (path(trial("a", UP, own=False), trial("b", LOST, UP)), Hop.NODE_PROXY, True),
        (path(trial("b", LOST, UP)), Hop.NODE_PROXY, False),
        (path(trial("a", UP, UP), trial("b", LATE, LATE)), Hop.NODE_PATH, False),
        (path(trial("a", REFUSED, UP, REFUSED), backends=(backend(FIRST), backend(SECOND))), Hop.BACKEND, True),
        (path(trial("a", LATE, LATE), has_selector=False), Hop.BACKEND, False),
    ],
    ids=[
        "another address, and the Service's answers",
        "another address, and nothing answers",
        "a node without an endpoint, and one with",
        "a node without an endpoint, whose endpoint answers directly",
        "a node without an endpoint alone",
        "dead addresses of another owner",
        "untried addresses of another owner",
        "the Service fails on one node",
        "the Service fails on one node, as a pod of another workload shows",
        "the Service fails on the only node",
        "an endpoint fails from one node",
        "one endpoint of two fails",
        "an address that somebody wrote",
    ],
)
def test_the_first_hop_that_contradicts_is_found(given: Path, hop: Hop, proven: bool) -> None:
    found = first_parting(given)
    assert found is not None
    assert (found.hop, found.is_proven) == (hop, proven)


@pytest.mark.parametrize(
    "given",
    [
        path(trial("a", UP, UP), trial("b", UP, UP)),
        path(trial("a", REFUSED, REFUSED), trial("b", REFUSED, REFUSED)),
        path(trial("a", LATE), trial("b", LATE), local_nodes=LOCAL),
        path(trial("a", UP, UP, UP), backends=(backend(FIRST), FOREIGN)),
        path(trial("a", UP, by_name=UP, resolved="240.240.0.1")),
        path(trial("a", UP, UP, own=False), trial("b", None, LOST, own=False)),
        path(trial("a", None, by_name=LOST, resolved="10.9.0.1"), addresses=()),
    ],
    ids=[
        "all answers",
        "the server is down",
        "pods fail on the nodes of endpoints, too",
        "addresses of another owner answer",
        "another address answers",
        "pods of other workloads fail",
        "the right address is unknown",
    ],
)
def test_nothing_is_found_where_nothing_contradicts(given: Path) -> None:
    assert first_parting(given) is None


def test_a_service_that_fails_at_times_is_not_proven() -> None:
    partly = replace(trial("b", UP, UP), service=(UP, LOST, UP))
    found = first_parting(path(trial("a", UP, UP), partly))
    assert found is not None
    assert (found.hop, found.is_proven) == (Hop.NODE_PROXY, False)


def test_one_fault_of_a_node_explains_all_paths_from_there() -> None:
    first = first_parting(path(trial("a", UP, UP), trial("b", LOST, UP)))
    other = first_parting(path(trial("a", UP, UP), trial("b", REFUSED, UP), service="temporal/frontend"))
    elsewhere = first_parting(path(trial("b", UP, UP), trial("a", LOST, UP)))
    assert first is not None
    assert other is not None
    assert elsewhere is not None
    assert first.explains(other)
    assert not first.explains(elsewhere)


def test_the_domain_that_completed_a_name_is_what_follows_the_host() -> None:
    assert search_domain("db.msp.svc", "db.msp.svc.corp.example") == "corp.example"
    assert search_domain("db.msp.svc.", "db.msp.svc") == ""


@pytest.mark.parametrize(("domain", "is_found"), [("apps.corp.example", True), ("", False)])
def test_a_host_outside_the_cluster_may_have_other_addresses_each_time(domain: str, is_found: bool) -> None:
    found = replace(trial("a", None, by_name=LATE, resolved="192.0.2.9"), domain=domain)
    outside = Path(host="db.example.org", port=5432, addresses=("192.0.2.1", "192.0.2.2"), trials=(found,))
    assert bool(first_parting(outside)) is is_found
