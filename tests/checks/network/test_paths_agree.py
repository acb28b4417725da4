"""Paths to servers hop by hop: where a name, a Service, its endpoints and a node contradict each other."""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from checks.network.paths_agree import PATHS_AGREE
from checks.network.paths_agree.findings import without_record
from diagnose.check.api import Context
from diagnose.check.stages import STAGES
from diagnose.model.report import Confidence, Finding, Severity, Status
from diagnose.queries.exec_survey.survey import Connection, ConnectionState, ExecPaths, Lookup, SurveyAnswer
from diagnose.queries.kubernetes import LogLine
from diagnose.queries.query import ForbiddenError, NoAnswerError, NoProgramError, SkippedError
from tests.support.database import CLIENT, HOST, PORT
from tests.support.kit import GENERIC, NOW, Json, context, data_of, findings, log, outcome, survey
from tests.support.objects import crashing, meta, pod, running, service, variables

UP, REFUSED = ConnectionState.CONNECTED, ConnectionState.REFUSED
LATE, LOST = ConnectionState.TIMED_OUT, ConnectionState.UNREACHABLE
ADDRESS, END = "10.96.0.7", "10.1.0.7"
MINE = "endpointslice-controller.k8s.io"
LABELS = {"app": "pgbouncer"}


def own(name: str, node: str, *, ready: bool = False, **spec: Any) -> Json:
    container = {"name": "worker", **CLIENT}
    return pod(name, container, ready=ready, node=node, status={"containerStatuses": [running()]}, **spec)


def part(name: str, *ends: Json, manager: str = MINE) -> Json:
    """Returns an EndpointSlice of the pooler."""
    marks = {"kubernetes.io/service-name": "pgbouncer", "endpointslice.kubernetes.io/managed-by": manager}
    return {
        "metadata": meta(name, "msp", labels=marks),
        "endpoints": list(ends),
        "ports": [{"name": "main", "port": PORT}],
    }


def end(address: str, node: str = "", name: str = "") -> Json:
    of_pod = {"targetRef": {"kind": "Pod", "name": name}} if name else {}
    return {"addresses": [address], "conditions": {"ready": True}, "nodeName": node, **of_pod}


POOLER = pod("pgbouncer-0", labels=LABELS, ready=True, node="a", status={"podIP": END})
SLICE = part("pgbouncer-1", end(END, "a", "pgbouncer-0"))


def answer(
    *direct: tuple[str, ConnectionState],
    service: ConnectionState = UP,
    by_name: ConnectionState | None = None,
    lookups: Iterable[Lookup] = (),
) -> SurveyAnswer:
    tried = [Connection(address, PORT, state) for address, state in direct]
    tried += [Connection(ADDRESS, PORT, service)] * 3
    tried += [Connection(HOST, PORT, by_name or service), Connection(f"{HOST}.", PORT, service)]
    return SurveyAnswer("sh", connections=tuple(tried), lookups=tuple(lookups))


def world(
    first: dict[str, ConnectionState],
    second: dict[str, SurveyAnswer],
    *pods: Json,
    slices: Iterable[Json] = (SLICE,),
    **more: Any,
) -> Context:
    """Returns a worker whose pods found `first` when they were inspected, and `second` when they were again."""
    surveys = [
        survey(each, connections=(Connection(HOST, PORT, first[each["metadata"]["name"]]),))
        for each in pods
        if each["metadata"]["name"] in first
    ]
    given: dict[str, Any] = {
        "container": CLIENT,
        "surveys": surveys,
        "services": [service("pgbouncer", PORT)],
        "endpointslices": list(slices),
        "answers": {ExecPaths: lambda query: second.get(query.pod, SurveyAnswer("sh"))},
        "pods": [*pods, POOLER],
    }
    return context(*pods, **{**given, **more})


def one(ctx: Context) -> Finding:
    (found,) = findings(PATHS_AGREE, ctx)
    return found


HERE, THERE = own("worker-1", "a", ready=True), own("worker-2", "b")


def test_where_all_pods_connect_nothing_is_tried_again() -> None:
    ctx = world({"worker-1": UP, "worker-2": UP}, {}, HERE, THERE)
    assert outcome(PATHS_AGREE, ctx).status is Status.PASS
    assert not any(isinstance(each, ExecPaths) for each in data_of(ctx).queries)


def test_a_server_that_is_down_for_all_is_left_to_other_checks() -> None:
    down = answer((END, REFUSED), service=REFUSED)
    assert (
        findings(
            PATHS_AGREE,
            world({"worker-1": REFUSED, "worker-2": REFUSED}, {"worker-1": down, "worker-2": down}, HERE, THERE),
        )
        == []
    )


def test_that_no_endpoint_answers_directly_is_a_remark() -> None:
    down = answer((END, REFUSED), service=REFUSED)
    found = outcome(PATHS_AGREE, world({"worker-1": REFUSED}, {"worker-1": down}, HERE))
    assert (found.status, found.reason) == (
        Status.PASS,
        "the endpoints of Service msp/pgbouncer do not answer directly either",
    )


def test_a_service_of_its_own_node_alone_does_not_serve_pods_of_others() -> None:
    local = service("pgbouncer", PORT, internalTrafficPolicy="Local")
    ctx = world({"worker-1": UP, "worker-2": LATE}, {}, HERE, THERE, services=[local])
    found = one(ctx)
    assert (found.code, found.pods, found.confidence) == (
        "network.service-serves-own-node",
        ("worker-2",),
        Confidence.CERTAIN,
    )
    assert "has endpoints on a only, so worker-2 on b cannot connect" in found.summary
    assert not any(isinstance(each, ExecPaths) for each in data_of(ctx).queries)


def test_addresses_of_another_owner_that_do_not_answer_are_named_with_their_slice() -> None:
    mirror = part("pgbouncer-mirror", end("10.1.0.90"), end("10.1.0.91"), manager="mirror.example.org")
    second = {"worker-2": answer((END, UP), ("10.1.0.90", LATE), ("10.1.0.91", LATE), service=LATE)}
    found = one(world({"worker-2": LATE}, second, THERE, slices=[SLICE, mirror]))
    assert (found.code, found.confidence) == ("network.endpoints-foreign", Confidence.CERTAIN)
    assert (
        "2 of 3 addresses of Service msp/pgbouncer come from EndpointSlice pgbouncer-mirror (managed by"
        in found.summary
    )
    assert "not from its pods, and do not answer." in found.summary
    assert found.remediation.steps[0].command == "kubectl -n msp delete endpointslice pgbouncer-mirror"


def test_addresses_of_another_owner_that_no_pod_could_try_are_likely_where_the_log_names_the_service() -> None:
    mirror = part("pgbouncer-mirror", end("10.1.0.90"), manager="mirror.example.org")
    line = LogLine(f"connect EHOSTUNREACH {ADDRESS}:{PORT}", NOW - timedelta(seconds=5))
    given: dict[str, Any] = {"logs": [log(line, pod="worker-2")], "survey_problems": [NoProgramError("no shell")]}
    refused = {ExecPaths: NoProgramError("no shell")}
    found = one(world({}, {}, THERE, slices=[SLICE, mirror], answers=refused, **given))
    assert (found.code, found.confidence) == ("network.endpoints-foreign", Confidence.LIKELY)


def test_addresses_of_another_owner_that_answer_are_silent() -> None:
    mirror = part("pgbouncer-mirror", end("10.1.0.90"), manager="mirror.example.org")
    second = {"worker-2": answer((END, UP), ("10.1.0.90", UP))}
    assert findings(PATHS_AGREE, world({"worker-2": LATE}, second, THERE, slices=[SLICE, mirror])) == []


def test_a_node_from_which_the_endpoints_answer_and_the_service_does_not_is_named() -> None:
    second = {"worker-1": answer((END, UP)), "worker-2": answer((END, UP), service=LOST)}
    found = one(world({"worker-1": UP, "worker-2": LOST}, second, HERE, THERE))
    assert (found.code, found.pods, found.subjects, found.confidence) == (
        "network.node-proxy-stale",
        ("worker-2",),
        ("node/b",),
        Confidence.CERTAIN,
    )
    assert any("unreachable (3 of 3 times)" in each.text for each in found.evidence)


def test_the_kube_proxy_of_the_node_is_restarted_where_it_is_a_pod() -> None:
    proxy = pod("kube-proxy-x7", namespace="kube-system", node="b", ready=True)
    second = {"worker-1": answer((END, UP)), "worker-2": answer((END, UP), service=LOST)}
    ctx = world({"worker-1": UP, "worker-2": LOST}, second, HERE, THERE, pods=[HERE, THERE, POOLER, proxy])
    assert one(ctx).remediation.steps[0].command == "kubectl -n kube-system delete pod kube-proxy-x7"


def test_a_pod_of_another_node_shows_that_the_service_works_there() -> None:
    second = {"pgbouncer-0": answer((END, UP)), "worker-2": answer((END, UP), service=LOST)}
    found = one(world({"worker-2": LOST}, second, THERE))
    assert (found.code, found.confidence) == ("network.node-proxy-stale", Confidence.CERTAIN)


def test_endpoints_that_answer_from_one_node_alone_are_likely_a_matter_of_the_nodes() -> None:
    second = {"worker-1": answer((END, UP)), "worker-2": answer((END, LATE), service=LATE)}
    found = one(world({"worker-1": UP, "worker-2": LATE}, second, HERE, THERE))
    assert (found.code, found.confidence) == ("network.node-path-broken", Confidence.LIKELY)


def test_one_endpoint_of_several_that_does_not_answer_is_named_with_its_node() -> None:
    two = part("pgbouncer-1", end(END, "a", "pgbouncer-0"), end("10.1.0.8", "b", "pgbouncer-1"))
    second = {"worker-1": answer((END, UP), ("10.1.0.8", LATE), service=LATE)}
    found = one(world({"worker-1": LATE}, second, HERE, slices=[two]))
    assert (found.code, found.subjects[0]) == ("network.endpoint-unanswered", "pod/msp/pgbouncer-1")
    assert "Pod pgbouncer-1 (10.1.0.8:6432) on node b" in found.summary


@pytest.mark.parametrize(
    ("owner", "code"),
    [
        ({"kind": "ReplicaSet", "name": "import-6b58"}, "network.service-selects-others"),
        ({"kind": "Job", "name": "nightly"}, "network.service-selects-others"),
        ({"kind": "ReplicaSet", "name": "pgbouncer-9f1c"}, "network.endpoint-unanswered"),
    ],
)
def test_a_pod_of_another_workload_that_does_not_answer_is_not_the_services(owner: Json, code: str) -> None:
    of_server = {"name": "pooler", "ports": [{"containerPort": PORT}]}
    own, its = ({**LABELS, "pod-template-hash": name.rpartition("-")[2]} for name in ("pgbouncer-5d7c", owner["name"]))
    server = pod("pgbouncer-0", of_server, labels=own, ready=True, node="a", status={"podIP": END})
    server["metadata"]["ownerReferences"] = [{"kind": "ReplicaSet", "name": "pgbouncer-5d7c"}]
    other = pod("import-1", labels=its, ready=True, node="b", status={"podIP": "10.1.0.8"})
    other["metadata"]["ownerReferences"] = [owner]
    two = part("pgbouncer-1", end(END, "a", "pgbouncer-0"), end("10.1.0.8", "b", "import-1"))
    second = {"worker-1": answer((END, UP), ("10.1.0.8", REFUSED), service=REFUSED)}
    found = one(world({"worker-1": REFUSED}, second, HERE, slices=[two], pods=[HERE, server, other]))
    assert found.code == code


def test_an_address_that_somebody_wrote_and_that_does_not_answer_is_named() -> None:
    written = part("pgbouncer-written", end("10.9.9.9"), manager="")
    second = {"worker-1": answer(("10.9.9.9", LATE), service=LATE)}
    bare = service("pgbouncer", PORT, selector={})
    found = one(world({"worker-1": LATE}, second, HERE, slices=[written], services=[bare]))
    assert (found.code, found.confidence) == ("network.endpoint-unanswered", Confidence.LIKELY)
    assert "10.9.9.9:6432" in found.summary


OTHER = "10.9.0.80"
BY_DOMAIN = (Lookup(HOST, f"{HOST}.corp.example", (OTHER,)), Lookup(HOST, HOST, (ADDRESS,)))


def test_a_search_domain_of_the_template_that_answers_first_is_named() -> None:
    config = {"searches": ["corp.example"]}
    second = {"worker-2": answer((END, UP), by_name=LOST, lookups=BY_DOMAIN)}
    found = one(world({"worker-2": LOST}, second, own("worker-2", "b", dnsConfig=config)))
    assert (found.code, found.confidence, found.pods) == (
        "network.resolved-elsewhere",
        Confidence.CERTAIN,
        ("worker-2",),
    )
    assert f"{HOST} resolves to {OTHER} by search domain corp.example of the pods' dnsConfig" in found.summary
    assert '"searches":null' in found.remediation.steps[0].command


def test_a_search_domain_of_a_node_is_named_with_the_node() -> None:
    second = {"worker-1": answer((END, UP)), "worker-2": answer((END, UP), by_name=LOST, lookups=BY_DOMAIN)}
    found = one(world({"worker-1": UP, "worker-2": LOST}, second, HERE, THERE))
    assert "by search domain corp.example of node b" in found.summary
    assert found.pods == ("worker-2",)
    assert '"ndots"' in found.remediation.steps[0].command


COREFILE = """.:53 {
    kubernetes cluster.local
    hosts {
        10.9.0.80 pgbouncer.msp.svc
        fallthrough
    }
    cache 30
}
"""


@pytest.mark.parametrize(
    ("corefile", "text"),
    [
        (COREFILE, "by the hosts block of ConfigMap kube-system/coredns"),
        (".:53 {\n  cache 30\n}\n", "which it may have had before it was made 2 min ago"),
    ],
    ids=["a record", "a cache"],
)
def test_dns_that_answers_with_another_address_is_named_with_its_record(corefile: str, text: str) -> None:
    second = {"worker-2": answer((END, UP), by_name=LOST, lookups=[Lookup(HOST, HOST, (OTHER,))])}
    made = service("pgbouncer", PORT)
    made["metadata"]["creationTimestamp"] = (NOW - timedelta(minutes=2)).isoformat()
    dns = {"metadata": meta("coredns", "kube-system"), "data": {"Corefile": corefile}}
    found = one(world({"worker-2": LOST}, second, THERE, services=[made], configmaps=[dns]))
    assert found.code == "network.resolved-elsewhere"
    assert text in found.summary


@pytest.mark.parametrize(
    ("record", "left"),
    [
        ("10.9.0.80 pgbouncer.msp.svc", ""),
        ("10.9.0.80 pgbouncer.msp.svc other.example", "10.9.0.80 other.example"),
        ("10.9.0.80 only.example", ""),
        ("10.9.0.80 one.example two.example", None),
        ("rewrite name pgbouncer.msp.svc other.example", None),
    ],
)
def test_a_record_is_taken_out_of_a_hosts_block_where_that_is_certain(record: str, left: str | None) -> None:
    text = COREFILE.replace("10.9.0.80 pgbouncer.msp.svc", record)
    command = without_record("coredns", "Corefile", text, record, "pgbouncer.msp.svc")
    if left is None:
        assert command == "kubectl -n kube-system edit configmap coredns"
        return
    change = json.loads(command.parts[command.parts.index("-p") + 1])
    assert change["data"]["Corefile"] == text.replace(record, left)
    assert command.endswith("&& kubectl -n kube-system rollout restart deployment/coredns")


def test_a_host_outside_the_cluster_is_compared_with_its_name_without_search_domains() -> None:
    host = "db.example.com"
    client = {"env": variables(DB_HOST=host, DB_PORT="5432", DB_USER_SERVER="app")}
    mine = pod("worker-1", {"name": "worker", **client}, status={"containerStatuses": [running()]})
    found_ = SurveyAnswer(
        "sh",
        connections=(Connection(host, 5432, LATE), Connection(f"{host}.", 5432, UP)),
        lookups=(Lookup(host, f"{host}.corp.example", (OTHER,)), Lookup(host, host, ("192.0.2.7",))),
    )
    surveys = [survey(mine, connections=(Connection(host, 5432, LATE),))]
    found = one(context(mine, container=client, surveys=surveys, answers={ExecPaths: found_}))
    assert (found.code, found.confidence) == ("network.resolved-elsewhere", Confidence.CERTAIN)
    assert "not to 192.0.2.7" in found.summary


def test_a_host_that_only_a_setting_names_is_a_warning() -> None:
    given = {"env": variables(BACKEND_URL=f"http://pgbouncer:{PORT}/")}
    mine = pod("worker-1", {"name": "worker", **given}, node="b", ready=True, status={"containerStatuses": [running()]})
    local = service("pgbouncer", PORT, internalTrafficPolicy="Local")
    surveys = [survey(mine, connections=(Connection("pgbouncer", PORT, LATE),))]
    kinds: dict[str, Any] = {"services": [local], "endpointslices": [SLICE], "pods": [mine, POOLER]}
    tried = SurveyAnswer("sh", connections=(Connection(END, PORT, UP),))
    found = one(context(mine, container=given, profile=GENERIC, surveys=surveys, answers={ExecPaths: tried}, **kinds))
    assert (found.code, found.severity) == ("network.service-serves-own-node", Severity.WARNING)


def test_what_servers_report_follows_from_the_path_to_them() -> None:
    later = {each.name for each in STAGES if PATHS_AGREE.stage in each.earlier}
    assert {"DNS", "Vault port", "database port", "database login", "Temporal port", "named hosts", "ready"} <= later


def test_an_endpoint_that_answers_the_second_attempt_is_not_named() -> None:
    two = part("pgbouncer-1", end(END, "a", "pgbouncer-0"), end("10.1.0.8", "b", "pgbouncer-1"))
    second = {"worker-1": answer((END, UP), ("10.1.0.8", LATE), ("10.1.0.8", UP))}
    assert findings(PATHS_AGREE, world({"worker-1": LATE}, second, HERE, slices=[two])) == []


def test_endpoints_of_another_family_of_addresses_are_not_tried() -> None:
    six = part("pgbouncer-6", end("fd00::7", "a", "pgbouncer-0"))
    dual = service("pgbouncer", PORT, clusterIPs=[ADDRESS, "fd00:96::7"])
    ctx = world({"worker-1": LATE}, {"worker-1": answer((END, UP))}, HERE, slices=[SLICE, six], services=[dual])
    assert findings(PATHS_AGREE, ctx) == []
    (query,) = {each for each in data_of(ctx).queries if isinstance(each, ExecPaths)}
    assert {each.host for each in query.dials} == {END, ADDRESS, HOST, f"{HOST}."}


def test_the_cluster_dns_that_serves_its_own_node_only_is_named_by_lookups_that_get_no_answer() -> None:
    tried = {"worker-1": UP, "worker-2": ConnectionState.NAME_UNRESOLVED}
    local = service("kube-dns", 53, namespace="kube-system", internalTrafficPolicy="Local")
    marks = {"kubernetes.io/service-name": "kube-dns", "endpointslice.kubernetes.io/managed-by": MINE}
    ends = {
        "metadata": meta("kube-dns-1", "kube-system", labels=marks),
        "endpoints": [end("10.1.0.53", "a", "coredns-0")],
        "ports": [{"name": "main", "port": 53}],
    }
    ctx = world(tried, {}, HERE, THERE, services=[local, service("pgbouncer", PORT)], slices=[SLICE, ends])
    found = one(ctx)
    assert (found.code, found.subjects) == ("network.service-serves-own-node", ("service/kube-system/kube-dns",))
    assert found.pods == ("worker-2",)


@pytest.mark.parametrize("reason", [SkippedError("without exec"), NoProgramError("no shell"), ForbiddenError("no")])
def test_without_exec_objects_and_logs_show_a_likely_cause(reason: NoAnswerError) -> None:
    local = service("pgbouncer", PORT, internalTrafficPolicy="Local")
    line = LogLine(f"connect ETIMEDOUT {ADDRESS}:{PORT}", NOW - timedelta(seconds=5))
    given: dict[str, Any] = {"logs": [log(line, pod="worker-2")], "survey_problems": [reason]}
    ctx = world({}, {}, HERE, THERE, services=[local], answers={ExecPaths: reason}, **given)
    found = one(ctx)
    assert (found.code, found.pods, found.confidence) == (
        "network.service-serves-own-node",
        ("worker-2",),
        Confidence.LIKELY,
    )


def test_what_no_pod_tried_and_no_log_mentions_is_not_applicable() -> None:
    assert outcome(PATHS_AGREE, world({}, {}, HERE, survey_problems=[NoProgramError("no shell")])).status is Status.SKIP
    assert outcome(PATHS_AGREE, context(pod(ready=True))).status is Status.SKIP


def test_a_pod_that_crashes_during_its_survey_is_tried_from_its_other_container() -> None:
    statuses = [crashing(1), running("agent")]
    mine = pod(
        "worker-2", {"name": "worker", **CLIENT}, {"name": "agent"}, node="b", status={"containerStatuses": statuses}
    )
    second = {"worker-1": answer((END, UP)), "worker-2": answer((END, UP), service=LOST)}
    ctx = world({"worker-1": UP}, second, HERE, mine, survey_problems=[NoAnswerError("exit code 137")])
    assert one(ctx).code == "network.node-proxy-stale"
    tried = {each.pod: each.container for each in data_of(ctx).queries if isinstance(each, ExecPaths)}
    assert tried == {"worker-1": "worker", "worker-2": "agent"}
