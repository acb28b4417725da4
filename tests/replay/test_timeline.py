"""The timeline of real incidents; K02, V10, T01 and C1 were read out of their recordings by hand."""

import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

import diagnose.engine.diagnosis
from diagnose.cli.assembly import prepare, store
from diagnose.model.report import Report, Status, Verdict
from diagnose.model.timeline import MomentKind, Nature, Precision, Timeline
from diagnose.queries.query import ForbiddenError, NoAnswerError
from diagnose.sources.gateway import Gateway
from diagnose.target.request import Request
from diagnose.timeline import MAX_MOMENTS, MAX_MOMENTS_HEALTHY
from reports import RENDERERS, Options
from tests.replay.test_replay import replay
from tests.support import recordings
from tests.support.sources import Refusing

BROKEN = ("K02", "V10", "P05", "C1", "T01", "D07", "D07b", "D07c", "X01", "X05", "H01", "V23", "V30", "P09", "Q01")
HEALTHY = [name for name in recordings.NAMES if name.startswith("N")]


@pytest.mark.parametrize(
    ("name", "wrong_at", "wrong", "kind", "change_at", "change"),
    [
        # The image of revision 219 does not exist; a patch brought it two seconds before.
        (
            *("K02", "22:17:42", "Failed to pull image", MomentKind.IMAGE),
            *("22:17:40", "Revision 219 of temporal-worker was made by kubectl-patch; it changes image docker.io/lab/"),
        ),
        # The role was deleted in Vault, which no object tells; the restart after it met that.
        ("V10", "22:15:16", 'invalid role name "temporal-worker"', MomentKind.LOG, "22:15:16", "it is a restart"),
        ("P05", "22:15:55", "SASL authentication failed", MomentKind.LOG, "22:15:50", "by kubectl-rollout; it is"),
        # CoreDNS was scaled to nothing; the status of that Deployment and the EndpointSlice have the times.
        (
            "C1",
            "20:25:12",
            "kube-system/kube-dns: no pod is ready",
            MomentKind.POD,
            "20:25:11",
            "coredns was scaled to 0",
        ),
        # So was the frontend, but this older recording has no times of who changed Deployments.
        ("T01", "19:56:09", "temporal/temporal-frontend: no pod is ready", MomentKind.POD, "19:53:13", "Revision 34"),
        ("D07", "21:46:55", "Failed to pull image", MomentKind.IMAGE, "21:46:53", "instead of bd782c4b"),
        (
            "D07b",
            "21:49:05",
            "temporal-worker-build-2mfpb ended as Failed",
            MomentKind.WORKFLOW,
            "21:47:37",
            "by kubectl.",
        ),
        ("D07c", "21:49:59", "Failed to pull image", MomentKind.IMAGE, "21:49:57", "temporal-worker:2026-11-release"),
        ("X05", "20:24:30", 'RuntimeClass "gvisor" not found', MomentKind.ROLLOUT, "20:24:30", "Revision 104"),
        ("P09", "18:50:49", "", MomentKind.RESTART, "18:50:44", "it changes env:PGSSLMODE"),
        ("V30", "20:08:25", "exit code 137 (OOMKilled)", MomentKind.RESTART, "20:08:23", "annotation:vault.hashicorp"),
    ],
)
def test_what_went_wrong_first_and_the_change_before_it(
    name: str, wrong_at: str, wrong: str, kind: MomentKind, change_at: str, change: str
) -> None:
    found = replay(name).timeline
    assert found.first_wrong is not None
    assert found.last_change is not None
    assert (f"{found.first_wrong.at:%H:%M:%S}", found.first_wrong.kind) == (wrong_at, kind)
    assert wrong in found.first_wrong.summary
    assert f"{found.last_change.at:%H:%M:%S}" == change_at
    assert change in found.last_change.summary
    assert found.first_wrong in found.moments
    assert found.last_change in found.moments


@pytest.mark.parametrize("name", HEALTHY)
def test_of_a_healthy_system_nothing_is_called_wrong_and_the_console_is_silent(name: str) -> None:
    report = replay(name)
    # A run of some checks alone has no verdict.
    if replace(report, selection=None).verdict is not Verdict.HEALTHY:
        pytest.fail(f"{name} is not healthy")
    assert report.timeline.first_wrong is None
    assert report.timeline.last_change is None
    assert len(report.timeline.moments) <= MAX_MOMENTS_HEALTHY
    without = replace(report, timeline=Timeline())
    for format_ in ("console", "markdown"):
        assert RENDERERS[format_](report, Options()) == RENDERERS[format_](without, Options())


@pytest.mark.parametrize("name", BROKEN)
def test_moments_are_in_order_bounded_and_never_later_than_the_report(name: str) -> None:
    report = replay(name)
    found = report.timeline
    seconds = [each.at.replace(microsecond=0) for each in found.moments]
    assert seconds == sorted(seconds)
    assert len(found.moments) <= MAX_MOMENTS
    for each in found.moments:
        assert each.summary
        assert each.source
        assert (each.until is not None) is (each.precision is Precision.RANGE)
        assert each.precision is not Precision.SECOND or each.at.microsecond == 0
        assert each.until is None or each.until > each.at
    if found.first_wrong:
        assert found.first_wrong.nature is Nature.WRONG
        assert found.first_wrong.at <= report.started_at
    if found.first_wrong and found.last_change:
        assert found.last_change.at.replace(microsecond=0) <= found.first_wrong.at


@pytest.mark.parametrize("name", BROKEN[:5])
def test_two_replays_tell_the_same(name: str) -> None:
    again = prepare(Request(replay=recordings.path(name))).run(threading.Event())
    assert again.timeline == replay(name).timeline


def test_what_a_run_keeps_of_itself_replays_to_the_same_timeline(tmp_path: Path) -> None:

    examination = prepare(Request(replay=recordings.path("K02")))
    report = examination.run(threading.Event())
    store(tmp_path / "kept.diag", examination, report)
    again = prepare(Request(replay=tmp_path / "kept.diag")).run(threading.Event())
    assert again.timeline == report.timeline
    assert report.timeline.first_wrong


def refusing(name: str, plural: str) -> Refusing:
    """Returns a recording in which the objects of a kind may not be listed."""
    error = ForbiddenError(f"list {plural} in namespace msp is forbidden for gate")
    return Refusing(recordings.recording(name), lambda query: error if getattr(query, "plural", "") == plural else None)


def run(source: Refusing, name: str) -> Report:
    examination = prepare(Request(replay=recordings.path(name)))
    return replace(examination, gateway=Gateway(source, examination.gateway.ends_at)).run(threading.Event())


def without_timeline(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> Timeline:
        raise RuntimeError("a mistake in it")

    monkeypatch.setattr(diagnose.engine.diagnosis, "timeline", fails)


@pytest.mark.parametrize("name", ["K02", "N01", "T01"])
def test_a_timeline_queries_nothing_and_decides_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Refusing(recordings.recording(name))
    report = run(source, name)
    without_timeline(monkeypatch)
    bare_source = Refusing(recordings.recording(name))
    bare = run(bare_source, name)
    assert source.count == bare_source.count
    assert bare.timeline.unseen[0].startswith("the timeline itself failed, please report it: RuntimeError: a mistake")
    ends = [(each.check, each.status) for each in report.outcomes]
    assert ends == [(each.check, each.status) for each in bare.outcomes]
    assert (report.causes, report.verdict, report.exit_code) == (bare.causes, bare.verdict, bare.exit_code)


@pytest.mark.parametrize("plural", ["events", "replicasets", "deployments", "nodes", "horizontalpodautoscalers"])
@pytest.mark.parametrize("name", ["K02", "N01"])
def test_a_list_that_is_refused_is_named_and_takes_only_its_own_moments(
    name: str, plural: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = run(refusing(name, plural), name)
    assert any(each.startswith(f"{plural} ") and "could not be listed" in each for each in report.timeline.unseen)
    assert report.timeline.moments
    without_timeline(monkeypatch)
    bare = run(refusing(name, plural), name)
    assert (report.verdict, report.exit_code) == (bare.verdict, bare.exit_code)
    assert "forbidden" in RENDERERS["json"](report, Options())


def test_where_nothing_can_be_queried_there_is_a_report_without_a_timeline() -> None:
    error = NoAnswerError("the API server does not answer")
    report = run(Refusing(recordings.recording("K02"), lambda _: error), "K02")
    assert report.timeline == Timeline()
    assert (report.verdict, report.count(Status.PASS)) == (Verdict.UNKNOWN, 0)
