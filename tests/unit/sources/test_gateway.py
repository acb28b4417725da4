"""The gateway asks each question once, in time, and lets nothing secret through."""

import gzip
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from diagnose.queries.exec_survey.survey import Dial, ExecSurvey, SurveyAnswer
from diagnose.queries.kubernetes import Listing, ListObjects, LogLine, LogText, ReadLog
from diagnose.queries.query import ForbiddenError, NoAnswerError, NotFoundError, NotRecordedError, PodPort, Query
from diagnose.queries.temporal import QueryTemporal
from diagnose.resources import Container, EnvVar, Meta, Pod, PodSpec
from diagnose.sources.gateway import ERRORS, MAX_REASON, Exchange, Gateway
from diagnose.sources.recording import Header, RecordingError, decode, load, save
from diagnose.text.redaction import MASK

LOG = ReadLog(namespace="msp", pod="worker-1", container="worker")
PODS: ListObjects[Any] = ListObjects(kind=Pod, namespace="msp")
SECRET = "CANARYmadeup0123456789"


class Scripted:
    """Answers from a script and counts."""

    def __init__(self, answer: object, delay_s: float = 0.0) -> None:
        self.answers, self.delay_s, self.asked = answer, delay_s, 0
        self.lock = threading.Lock()

    def answer(self, query: Query[Any], timeout_s: float) -> object:
        with self.lock:
            self.asked += 1
        time.sleep(self.delay_s)
        if isinstance(self.answers, Exception):
            raise self.answers
        return self.answers


def gateway(source: Scripted, seconds: float = 10.0) -> Gateway:
    return Gateway(source, time.monotonic() + seconds)


def test_equal_queries_run_once_also_at_the_same_time() -> None:
    source = Scripted(LogText((LogLine("x"),)), delay_s=0.1)
    asked = gateway(source)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: asked.query(LOG), range(8)))
    assert source.asked == 1
    assert {answer.lines[0].text for answer in answers} == {"x"}


def test_a_query_that_was_begun_is_not_sent_again() -> None:
    source = Scripted(LogText((LogLine("x"),)), delay_s=0.1)
    asked = gateway(source)
    asked.begin(LOG)
    assert asked.query(LOG).lines[0].text == "x"
    assert source.asked == 1
    assert [each.query for each in asked.answers] == [LOG]


def test_the_message_that_a_log_is_gone_is_no_line_of_it() -> None:
    gone = "unable to retrieve container logs for containerd://7aad16a75ef7"
    with pytest.raises(NoAnswerError, match=gone):
        gateway(Scripted(LogText((LogLine(gone),)))).query(LOG)


def test_what_was_begun_and_nobody_asked_for_is_no_part_of_the_run() -> None:
    source = Scripted(LogText((LogLine("x"),)))
    asked = gateway(source)
    asked.begin(LOG)
    while not source.asked:
        time.sleep(0.01)
    other = replace(LOG, pod="worker-2")
    asked.query(other)
    assert [each.query for each in asked.answers] == [other]
    assert len(asked.exchanges) == 1


def test_a_refusal_is_remembered_like_an_answer() -> None:
    source = Scripted(NotFoundError("no such pod"))
    asked = gateway(source)
    for _ in range(2):
        with pytest.raises(NotFoundError, match="no such pod"):
            asked.query(LOG)
    assert source.asked == 1


def test_nothing_is_queried_after_the_deadline() -> None:
    source = Scripted(LogText())
    with pytest.raises(NoAnswerError, match="deadline"):
        gateway(source, seconds=-1).query(LOG)
    assert source.asked == 0


def test_secrets_in_answers_and_in_errors_are_masked() -> None:
    text = gateway(Scripted(LogText((LogLine(f"password={SECRET}"),)))).query(LOG).lines[0].text
    assert SECRET not in text
    with pytest.raises(NoAnswerError) as refused:
        gateway(Scripted(NoAnswerError(f"token: {SECRET}"))).query(LOG)
    assert SECRET not in str(refused.value)


def test_literal_values_of_secret_variables_are_masked() -> None:
    container = Container(name="worker", env=(EnvVar("API_TOKEN", SECRET), EnvVar("DB_HOST", "db")))
    pod = Pod(metadata=Meta(name="p"), spec=PodSpec(containers=(container,)))
    found = gateway(Scripted(Listing((pod,)))).query(PODS).items[0].spec.containers[0]
    assert found.variable("API_TOKEN").value == MASK
    assert found.variable("DB_HOST").value == "db"


def test_a_recording_answers_what_was_queried_then_and_nothing_else(tmp_path: Path) -> None:
    asked = gateway(Scripted(LogText((LogLine("x", datetime(2026, 1, 1, tzinfo=UTC)),))))
    asked.query(LOG)
    header = Header("about", "0", datetime(2026, 1, 1, tzinfo=UTC), "lab", {"namespace": "msp"})
    save(tmp_path / "a.diag", header, asked.exchanges)
    replayed = Gateway(load(tmp_path / "a.diag"), time.monotonic() + 5)
    assert replayed.query(LOG).lines[0].text == "x"
    with pytest.raises(NotRecordedError, match="not recorded: the recording predates"):
        replayed.query(PODS)
    with pytest.raises(NoAnswerError, match=r"^the recording has no answer"):
        replayed.query(replace(LOG, previous=True))


def test_a_recording_may_have_queries_without_a_type() -> None:
    recording = decode(b'{"format":2,' + HEADER + b',"exchanges":[{"query":{"made up":1},"answer":{}}]}')
    with pytest.raises(NotRecordedError):
        Gateway(recording, time.monotonic() + 5).query(PODS)


HEADER = b'"header":{"about":"","tool_version":"0","started_at":"2026-01-01T00:00:00Z","context":"","arguments":{}}'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"no", "not a recording", id="text"),
        pytest.param(gzip.compress(b"{}")[:-9], "not a recording", id="cut"),
        pytest.param(gzip.compress(b"{}", mtime=0)[:10] + b"\xff" * 20, "not a recording", id="damaged"),
        pytest.param(gzip.compress(b"[" * 100_000), "not a recording", id="nested too deeply"),
        pytest.param(gzip.compress(b'{"format":1}'), "has format 1; this version replays format 2", id="old"),
        pytest.param(gzip.compress(b'{"format":2}'), "not a recording", id="without a header"),
        pytest.param(
            gzip.compress(b'{"format":2,%s,"exchanges":[{"query":{},"error":"OddError"}]}' % HEADER),
            "errors called OddError",
            id="an unknown error",
        ),
    ],
)
def test_a_file_that_is_no_recording_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.diag").write_bytes(content)
    with pytest.raises(RecordingError, match=message):
        load(tmp_path / "a.diag")


def test_a_recording_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.diag").write_bytes(gzip.compress(b"[" + b" " * (80 << 20), compresslevel=1))
    with pytest.raises(RecordingError, match="has more than 64 MB"):
        load(tmp_path / "a.diag")


def test_a_question_with_parts_is_found_again_in_a_recording(tmp_path: Path) -> None:
    query = ExecSurvey(namespace="msp", pod="p", container="c", dials=(Dial(host="db", port=1, postgres=True),))
    asked = gateway(Scripted(SurveyAnswer("node")))
    asked.query(query)
    save(tmp_path / "a.diag", Header("", "0", datetime(2026, 1, 1, tzinfo=UTC), "lab", {}), asked.exchanges)
    assert Gateway(load(tmp_path / "a.diag"), time.monotonic() + 5).query(query).tool == "node"


def test_a_query_ends_in_time_although_its_source_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ReadLog, "timeout_s", 0.2)
    started = time.monotonic()
    for seconds in (0.3, 30):
        asked = gateway(Scripted(LogText(), delay_s=20), seconds=seconds)
        with pytest.raises(NoAnswerError, match="read log of pod worker-1, container worker: no answer within 0 s"):
            asked.query(LOG)
        assert [each.error for each in asked.exchanges] == ["NoAnswerError"]
    assert time.monotonic() - started < 10


def test_a_query_ends_before_the_run_so_that_its_reason_is_reported() -> None:
    given: list[float] = []

    class Slow:
        def answer(self, _: Query[Any], timeout_s: float) -> object:
            given.append(timeout_s)
            return LogText()

    for seconds in (1.0, 5.0, 100.0):
        Gateway(Slow(), time.monotonic() + seconds).query(LOG)
    assert given[0] < 0.95
    assert given[1] < 4.55
    assert given[2] == LOG.timeout_s


def test_the_reason_of_a_query_without_an_answer_names_its_request() -> None:
    survey = ExecSurvey(namespace="msp", pod="p", container="c")
    temporal = QueryTemporal(
        host="t", port=1, namespace="n", queues=(), through=PodPort(namespace="t", pod="frontend-1", port=7233)
    )
    assert survey.what == "exec into pod p, container c"
    assert temporal.what == "port-forward to pod frontend-1:7233: query temporal"


def test_a_reason_that_quotes_a_long_message_is_truncated() -> None:
    source = Scripted(NoAnswerError("list pods in namespace msp: " + "refused at great length " * 1_000))
    with pytest.raises(NoAnswerError) as caught:
        gateway(source).query(PODS)
    assert str(caught.value).startswith("list pods in namespace msp: refused")
    assert len(str(caught.value)) <= MAX_REASON
    assert str(caught.value).endswith("…")


def test_an_interruption_ends_all_queries() -> None:
    source = Scripted(LogText(), delay_s=20)
    asked = gateway(source)
    threading.Timer(0.2, asked.stop.set).start()
    started = time.monotonic()
    for query in (LOG, LOG, replace(LOG, previous=True)):
        with pytest.raises(NoAnswerError, match="the run was interrupted"):
            asked.query(query)
    assert time.monotonic() - started < 10
    assert source.asked == 1


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            ZeroDivisionError("oops"),
            "list pods in namespace msp: diagnose itself failed, please report it: Zero",
        ),
        (MemoryError(), "list pods in namespace msp: there is not enough memory"),
        (msgspec.ValidationError("Expected `str`"), "list pods in namespace msp: no valid answer: Expected `str`"),
    ],
)
def test_an_unexpected_error_costs_its_query_alone(error: Exception, expected: str) -> None:
    asked = gateway(Scripted(error))
    with pytest.raises(NoAnswerError) as caught:
        asked.query(PODS)
    assert str(caught.value).startswith(expected)
    assert len(asked.exchanges) == 1


def test_an_error_of_a_source_is_recorded_by_its_public_kind() -> None:
    class RefusedTwiceError(ForbiddenError):
        pass

    asked = gateway(Scripted(RefusedTwiceError("no")))
    with pytest.raises(ForbiddenError):
        asked.query(LOG)
    assert [each.error for each in asked.exchanges] == ["ForbiddenError"]


@pytest.mark.parametrize("kind", ERRORS.values())
def test_a_replay_has_the_same_kind_of_error(kind: type[NoAnswerError], tmp_path: Path) -> None:
    first = gateway(Scripted(kind("no")))
    with pytest.raises(kind):
        first.query(LOG)
    save(tmp_path / "a.diag", Header("", "0", datetime(2026, 1, 1, tzinfo=UTC), "lab", {}), first.exchanges)
    with pytest.raises(kind, match="no") as caught:
        Gateway(load(tmp_path / "a.diag"), time.monotonic() + 5).query(LOG)
    assert type(caught.value) is kind


def test_a_list_is_ordered_by_name_and_what_is_damaged_of_it_is_redacted_and_recorded() -> None:
    pods = tuple(Pod(metadata=Meta(name=f"{number:03}")) for number in range(250))
    asked = gateway(Scripted(Listing(pods[::-1], (f"password={SECRET}",))))
    found = asked.query(PODS)
    assert found.items == pods
    assert SECRET not in msgspec.json.encode(asked.exchanges).decode()
    assert len(found.damaged) == 1


def test_a_recording_is_scanned_once_more_when_it_is_written(tmp_path: Path) -> None:
    # What checks have derived, and the arguments of the run, have not passed through the gateway.
    query: dict[str, object] = {"query": "AskAnything", "host": "db.msp"}
    exchange = Exchange(
        query, msgspec.Raw(b'{"items":[{"note":"password=%s"}]}' % SECRET.encode()), reason=f"token: {SECRET}"
    )
    header = Header("", "0", datetime(2026, 1, 1, tzinfo=UTC), "lab", {"namespace": "msp", "note": f"pw={SECRET}"})
    save(tmp_path / "a.diag", header, [exchange])
    written = gzip.decompress((tmp_path / "a.diag").read_bytes()).decode()
    assert SECRET not in written
    assert "db.msp" in written
