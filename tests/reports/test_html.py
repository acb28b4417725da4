"""The page for a browser: whole, in order, escaped and bounded; what a browser makes of it is in `browser/`."""

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from xml.etree.ElementTree import Element

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from diagnose.commands.command import Command
from diagnose.model.report import Cause, Evidence, Finding, Impact, Muted, Remediation, Report, Severity, Status, Step
from reports import Options
from reports.formats import markdown
from reports.html import contents
from reports.html.environment import LIMIT
from reports.html.limits import LEVELS
from reports.html.page import render
from tests.reports.samples import (
    EACH_STATUS,
    EXCUSED,
    FEW_REPLICAS,
    HEALTHY,
    HOSTILE,
    MUTE,
    MUTED,
    NOT_READY,
    NOTHING_YET,
    PORT_SILENT,
    QUIET,
    REQUIRED,
    ROLE_NOT_FOUND,
    SAMPLES,
    SEVERAL,
    TARGET,
    TWO_CAUSES,
    UNKNOWN_ONLY,
    WITH_TIMELINE,
    outcome,
    report,
)

EVERY_SAMPLE = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
WITH_NUMBERS = replace(
    WITH_TIMELINE,
    causes=(
        replace(WITH_TIMELINE.causes[0], owner="team-workflows", runbook="https://runbooks.example/vault-role"),
        *WITH_TIMELINE.causes[1:],
    ),
    impact=Impact(
        ready=0, desired=3, waiting=412, oldest_s=250.0, ended=40, failed=12, minutes=10.0, queues=("billing", "sla")
    ),
)
ATTACK = (
    '</script><img src=x onerror=alert(1)> "\' onmouseover="alert(2)" </style></title></pre></code></textarea>'
    " <!-- ]]> {{ 7*7 }} {% raw %} &lt;b&gt; javascript:alert(3)"
    " \u202eright to left\u2066\u061c \x1b[31mred\x1b[0m \x00\x08"
)


def parsed(text: str) -> Element:
    """The page's tree; a parse error as the HTML standard defines it raises."""
    tree: Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    return tree


def shown(sample: Report) -> Element:
    return parsed(render(sample, Options()))


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def sections(tree: Element) -> list[str]:
    main = tree.find(".//main")
    assert main is not None
    return [each.get("id") or each.get("aria-labelledby") or "" for each in main.findall("section")]


def saying(text: str) -> Report:
    """A report with this text wherever a cluster's words may stand."""
    finding = Finding(
        code=f"logs.said{text}",
        summary=text,
        subjects=(text,),
        pods=(text, f"{text}2"),
        alternatives=(text,),
        evidence=(Evidence(source=text, text=text, command=Command.stored(text)), Evidence(source="again", text=text)),
        remediation=Remediation(
            summary=text, steps=(Step(text=text, command=Command.stored(text), changes=text),), docs=text
        ),
    )
    hint = replace(finding, severity=Severity.WARNING, code="logs.hint")
    return report(
        outcome(f"logs.clean{text}", Status.FAIL, findings=(finding,), explained_by=(text,)),
        outcome("logs.other", Status.UNKNOWN, reason=f"because {text}", blocked_by=(text,)),
        outcome("logs.fine", reason=text, evidence=finding.evidence),
        outcome(f"{text}.own", Status.WARN, findings=(hint,)),
        outcome("logs.lost", Status.FAIL, findings=(finding,)),
        outcome(
            "logs.muted", Status.SKIP, reason="muted", muted=(Muted(finding=finding, mute=replace(MUTE, reason=text)),)
        ),
        causes=(Cause(check=f"logs.clean{text}", finding=finding, explains=(text, "logs.other")),),
        target=replace(
            TARGET,
            context=text,
            namespace=text,
            workload_name=text,
            workload_kind=text,
            pods=(text,),
            release={text: text},
            profile=text,
            profile_reason=text,
        ),
        tool_version=text,
        expired_mutes=(replace(MUTE, object=text),),
    )


@EVERY_SAMPLE
def test_a_page_is_html_without_a_parse_error(sample: Report) -> None:
    assert shown(sample).find("head/title") is not None


@EVERY_SAMPLE
def test_a_page_is_html_without_a_parse_error_in_ascii(sample: Report) -> None:
    in_ascii = parsed(render(sample, Options(ascii=True)))
    assert words(in_ascii) == words(shown(sample))


@EVERY_SAMPLE
def test_nothing_outside_of_the_page_is_loaded(sample: Report) -> None:
    tree = shown(sample)
    assert not [each for each in tree.iter() if each.get("src") or each.tag in {"img", "iframe", "object", "base"}]
    assert [each.get("href") for each in tree.iter("link")] == ["data:,"]
    style = "".join(each.text or "" for each in tree.iter("style"))
    assert "url(" not in style
    assert "@import" not in style


@EVERY_SAMPLE
def test_every_link_within_the_page_leads_somewhere(sample: Report) -> None:
    tree = shown(sample)
    names = [each.get("id") for each in tree.iter() if each.get("id")]
    assert len(names) == len(set(names))
    inner = [str(each.get("href")) for each in tree.iter("a") if str(each.get("href")).startswith("#")]
    assert inner
    assert not {each[1:] for each in inner} - set(names)
    refers = [str(each.get("aria-labelledby")) for each in tree.iter() if each.get("aria-labelledby")]
    assert not set(refers) - set(names)


@EVERY_SAMPLE
def test_a_screen_reader_finds_landmarks_and_headings_in_order(sample: Report) -> None:
    tree = shown(sample)
    assert tree.get("lang") == "en"
    for landmark in ("header", "nav", "main", "footer"):
        assert len(list(tree.iter(landmark))) == 1
    levels = [int(each.tag[1]) for each in tree.iter() if re.fullmatch(r"h[1-6]", str(each.tag))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    body = tree.find("body")
    assert body is not None
    first = next(iter(body))
    assert (first.tag, first.get("href")) == ("a", "#main")


def test_the_verdict_is_first_and_the_cause_second() -> None:
    assert sections(shown(EACH_STATUS)) == [
        "verdict",
        "cause-1",
        "cause-2",
        "unknown",
        "picture",
        "checks",
        "pods",
        "run",
    ]
    assert words(next(shown(EACH_STATUS).iter("h1"))) == "✗ DOWN 22 min"


def test_a_cause_is_its_sentence_then_its_fix_and_all_else_is_folded() -> None:
    cause = shown(EACH_STATUS).find(".//section[@id='cause-1']")
    assert cause is not None
    headings = [words(each) for each in cause.iter() if each.tag in {"h2", "h3"}]
    assert headings == [ROLE_NOT_FOUND.summary, "Fix", "Evidence", "Consequences", "Affected"]
    folded = [each for each in cause.findall("details") if each.get("open") is None]
    assert [words(next(iter(each))).partition(" ")[0] for each in folded] == headings[2:]


LOOK, COMPARE = Step(text="Look at it.", command=Command("true")), Step(text="Compare.", command=Command(":"))
CHANGE = Step(text="Scale the server up.", command=Command("false"), changes="it")


@pytest.mark.parametrize(
    ("steps", "first", "further"),
    [
        ((CHANGE, LOOK), ["false"], ["true"]),
        ((LOOK, CHANGE, COMPARE), ["false"], ["true", ":"]),
        ((LOOK, COMPARE), ["true"], [":"]),
        ((), [], []),
    ],
)
def test_the_first_command_of_a_fix_is_the_one_that_changes_something(
    steps: tuple[Step, ...], first: list[str], further: list[str]
) -> None:
    finding = replace(NOT_READY, remediation=Remediation(summary="Repair the pods.", steps=steps))
    tree = shown(
        report(outcome("a.b", Status.FAIL, findings=(finding,)), causes=(Cause(check="a.b", finding=finding),))
    )
    fix = tree.find(".//section[@id='cause-1']/div[@class='fix']")
    assert fix is not None
    assert [words(each) for each in fix.findall("ul/li//pre")] == first
    assert [words(each) for each in fix.findall("details/ul/li//pre")] == further
    assert [words(each) for each in fix.findall("p")] == ["Repair the pods."]


def test_where_a_cause_is_only_likely_the_step_that_decides_is_shown_too() -> None:
    finding = replace(PORT_SILENT, remediation=Remediation(summary="Mend it.", steps=(LOOK, COMPARE, CHANGE)))
    assert contents.fix(finding) == contents.Fix(
        summary="Mend it.", first=(LOOK, CHANGE), deciding=(), further=(COMPARE,)
    )
    last = replace(PORT_SILENT, remediation=Remediation(summary="Mend it.", steps=(CHANGE, LOOK, COMPARE)))
    assert contents.fix(last) == contents.Fix(summary="Mend it.", first=(CHANGE,), deciding=(LOOK,), further=(COMPARE,))
    tree = shown(report(outcome("a.b", Status.FAIL, findings=(last,)), causes=(Cause(check="a.b", finding=last),)))
    cause = tree.find(".//section[@id='cause-1']")
    assert cause is not None
    assert [words(each) for each in cause.iterfind("ul[@class='steps']/li//pre")] == ["true"]
    assert words(cause).count("true") == 1


def test_the_sentence_of_a_fix_is_left_out_where_its_step_says_the_same() -> None:
    finding = replace(NOT_READY, remediation=Remediation(summary="Scale the server up again.", steps=(CHANGE,)))
    assert contents.fix(finding).summary == ""


def test_how_to_check_again_follows_the_fix_of_the_first_cause_alone() -> None:
    again = Command("diagnose watch -n msp --until-healthy")
    tree = shown(replace(TWO_CAUSES, again=again))
    first, second = (tree.find(f".//section[@id='cause-{at}']") for at in (1, 2))
    assert first is not None
    assert second is not None
    assert [words(each) for each in first.iterfind("div[@class='command']/pre")] == [again]
    assert again not in words(second)
    only_looks = replace(NOT_READY, remediation=Remediation(summary="Look.", steps=(LOOK,)))
    sample = replace(TWO_CAUSES, again=again, causes=(Cause(check="a.b", finding=only_looks),))
    assert again not in words(next(shown(sample).iterfind(".//section[@id='cause-1']")))


def test_one_cause_is_not_counted_and_several_are() -> None:
    (verdict,) = shown(TWO_CAUSES).iterfind(".//section[@aria-labelledby='verdict']")
    assert "2 causes" in words(verdict)
    (verdict,) = shown(EACH_STATUS).iterfind(".//section[@aria-labelledby='verdict']")
    assert "1 cause" not in words(verdict)


def facts(section: str, sample: Report) -> dict[str, str]:
    tree = shown(sample)
    rows = tree.findall(f".//section[@id='{section}']/dl[@class='facts']/div")
    return {words(name): words(text) for name, text in map(list, rows)}


def test_since_impact_owner_and_runbook_are_below_the_fix() -> None:
    assert facts("cause-1", WITH_NUMBERS) == {
        "since": "2026-11-24 13:40:02 UTC 22 min",
        "pods ready": "0 of 3",
        "tasks waiting": "412 oldest 4 min",
        "executions failed": "12 of 40 in 10 min",
        "queues": "billing, sla",
        "owner": "team-workflows",
        "runbook": "runbooks.example/vault-role",
    }
    assert facts("cause-2", WITH_NUMBERS) == {}


def test_what_the_run_did_not_read_is_not_among_the_facts() -> None:
    assert facts("cause-1", EACH_STATUS) == {"since": "2026-11-24 13:40:02 UTC 22 min"}
    assert facts("cause-1", TWO_CAUSES) == {"since": "2026-11-24 13:40:02 UTC 22 min"}


@pytest.mark.parametrize("occasion", ["pre", "post", "audit"])
def test_a_gate_and_an_audit_are_about_the_moment_and_do_not_say_how_long(occasion: str) -> None:
    sample = replace(EACH_STATUS, occasion=occasion)
    assert "since" not in facts("cause-1", sample)
    (headline,) = (each for each in shown(sample).iter("h1") if each.get("id") == "verdict")
    assert "22 min" not in words(headline)


@pytest.mark.parametrize("runbook", ["javascript:alert(1)", "https://x.example/<b>", "data:text/html,x"])
def test_a_runbook_that_is_no_plain_address_is_no_link(runbook: str) -> None:
    cause = replace(EACH_STATUS.causes[0], runbook=runbook, owner="<img src=x>")
    tree = shown(replace(EACH_STATUS, causes=(cause,)))
    assert runbook not in [each.get("href") for each in tree.iter("a")]
    assert not list(tree.iter("img"))


@pytest.mark.parametrize(
    ("sample", "mark"),
    [(EACH_STATUS, "fail"), (replace(EACH_STATUS, works=True), "warn"), (HEALTHY, "pass"), (UNKNOWN_ONLY, "unknown")],
)
def test_the_state_has_its_colour_and_what_is_at_risk_or_impaired_is_amber(sample: Report, mark: str) -> None:
    (verdict,) = shown(sample).iterfind(".//section[@aria-labelledby='verdict']")
    assert verdict.get("class") == f"verdict is-{mark}"


def test_of_several_workloads_the_causes_say_why_and_the_head_which() -> None:
    (verdict,) = shown(SEVERAL).iterfind(".//section[@aria-labelledby='verdict']")
    rows = [words(each) for each in verdict.iterfind("ul/li")]
    assert rows == [
        "✗ deployment/web 0 of 3 ready",
        "? statefulset/db 1 of 1 ready",
        "! daemonset/agent 1 of 1 ready",
        "✓ job/import",
    ]
    (verdict,) = shown(replace(SEVERAL, causes=())).iterfind(".//section[@aria-labelledby='verdict']")
    assert ROLE_NOT_FOUND.summary in words(verdict)


def test_the_whole_list_of_checks_is_folded_below_its_counts() -> None:
    checks = shown(EACH_STATUS).find(".//section[@id='checks']/details")
    assert checks is not None
    assert checks.get("open") is None
    assert words(next(iter(checks))).startswith("All 6 checks ✗ 2 failed")


@EVERY_SAMPLE
def test_the_text_to_copy_is_the_report_in_markdown(sample: Report) -> None:
    (copied,) = (each for each in shown(sample).iter("pre") if each.get("id") == "markdown")
    assert copied.get("hidden") is not None
    assert "".join(copied.itertext()).split() == markdown.render(sample, Options(), LEVELS[0].markdown).split()


def test_where_nothing_failed_what_could_not_be_told_comes_before_warnings() -> None:
    sample = report(
        outcome("scaling.replicas", Status.WARN, findings=(FEW_REPLICAS,)),
        outcome("database.login", Status.UNKNOWN, reason="no answer"),
        causes=(Cause(check="scaling.replicas", finding=FEW_REPLICAS),),
    )
    assert sections(shown(sample))[:3] == ["verdict", "unknown", "cause-1"]


def test_a_healthy_page_has_no_section_of_trouble() -> None:
    assert sections(shown(HEALTHY)) == ["verdict", "picture", "checks", "pods", "run"]


def test_a_page_of_a_run_that_has_not_ended_says_so() -> None:
    tree = shown(NOTHING_YET)
    assert sections(tree) == ["verdict", "run"]
    assert "no check has run so far" in words(tree)


def test_mutes_and_what_they_keep_silent_are_shown() -> None:
    tree = shown(MUTED)
    assert "muted" in sections(tree)
    told = words(tree)
    for muted in MUTED.muted:
        assert muted.finding.summary in told
        assert muted.mute.reason in told
    assert "expired on 2026-11-01" in told


def test_a_command_is_a_block_of_its_own_exactly_as_it_is_to_be_pasted() -> None:
    lines = "kubectl apply -f - <<'EOF'\nkind: \"Role\" & <more>\nEOF"
    finding = replace(
        NOT_READY,
        remediation=Remediation(
            summary="Do.", steps=(Step(text="Do it.", command=Command.stored(lines), changes="all"),)
        ),
    )
    tree = shown(
        report(outcome("a.b", Status.FAIL, findings=(finding,)), causes=(Cause(check="a.b", finding=finding),))
    )
    commands = ["".join(each.itertext()) for each in tree.iterfind(".//div[@class='command']/pre/code")]
    assert commands == [lines]


def test_every_step_says_what_it_changes() -> None:
    tree = shown(EACH_STATUS)
    labels = [words(each) for each in tree.iter("span") if "effect" in str(each.get("class"))]
    assert labels[:3] == ["changes Vault", "read only", "changes it"]


def test_evidence_beyond_the_first_is_folded() -> None:
    seen = tuple(Evidence(source=f"place {at}", text=f"text {at}") for at in range(4))
    finding = replace(ROLE_NOT_FOUND, evidence=seen)
    tree = shown(
        report(outcome("a.b", Status.FAIL, findings=(finding,)), causes=(Cause(check="a.b", finding=finding),))
    )
    cause = tree.find(".//section[@id='cause-1']")
    assert cause is not None
    folded = cause.find("details[@class='evidence']/details")
    assert folded is not None
    assert folded.get("open") is None
    assert words(next(iter(folded))) == "3 more pieces of evidence"
    assert [words(each) for each in cause.findall("details[@class='evidence']/figure/pre")] == ["text 0"]


def test_a_status_is_said_in_words_beside_its_mark() -> None:
    tree = shown(EACH_STATUS)
    ended = [words(each) for each in tree.iter("span") if each.get("class") == "status"]
    assert ended == ["failed", "failed", "skipped", "warning", "unknown", "passed"]
    for each in tree.iter("span"):
        if str(each.get("class")).startswith("mark"):
            assert each.get("aria-hidden") == "true"


def test_the_timeline_has_its_place_only_where_there_is_one() -> None:
    tree = shown(WITH_TIMELINE)
    assert sections(tree)[4:6] == ["picture", "timeline"]
    assert "since 13:41:00" in words(tree)
    assert "changed before that" in words(tree)
    assert "timeline" not in sections(shown(EACH_STATUS))
    assert "timeline" not in sections(shown(QUIET))


def test_the_policy_allows_the_pages_own_style_and_script_and_nothing_else() -> None:
    tree = shown(HOSTILE)
    policy = next(str(each.get("content")) for each in tree.iter("meta") if each.get("http-equiv"))
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        (element,) = tree.iter(tag)
        digest = b64encode(sha256((element.text or "").encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not [each for each in tree.iter() for name in each.attrib if name == "style" or name.startswith("on")]


def test_the_pages_own_style_and_script_are_ascii() -> None:
    tree = shown(HEALTHY)
    for tag in ("style", "script"):
        (element,) = tree.iter(tag)
        assert (element.text or "").isascii()


def _elements(tree: Element) -> Iterator[tuple[str, tuple[str, ...]]]:
    for each in tree.iter():
        yield str(each.tag), tuple(sorted(each.attrib))


@pytest.mark.parametrize(
    "text", [ATTACK, "x" * 5_000, "عربي " * 50, '"' * 30, "'>" * 30, "\n\n# h\n" * 9, "\ud800 half"]
)
def test_hostile_text_makes_no_element_and_no_attribute(text: str) -> None:
    harmless, hostile = render(saying("said"), Options()), render(saying(text), Options())
    # Text may be cut or spread over more lines, but no tag may come that is not the page's own.
    own = {tag for tag, _ in _elements(parsed(harmless))} | {"details", "summary", "samp"}
    tree = parsed(hostile)
    assert {tag for tag, _ in _elements(tree)} <= own
    assert not [name for _, names in _elements(tree) for name in names if name.startswith("on") or name == "src"]
    assert not [each for each in hostile if each != "\n" and (ord(each) < 32 or 127 <= ord(each) < 160)]
    assert not set(hostile) & set("\u202e\u2066\u061c")


@settings(max_examples=50)
@given(st.text())
def test_no_text_makes_a_link_out_of_the_page(text: str) -> None:
    tree = parsed(render(saying(text), Options()))
    assert not [each for each in tree.iter("a") if not re.match(r"#[a-z]+", str(each.get("href")))]


def test_hostile_text_is_shown_as_text() -> None:
    tree = shown(saying(ATTACK))
    summary = next(each for each in tree.iter("h2") if each.get("class") == "summary")
    assert "</script><img src=x onerror=alert(1)>" in words(summary)
    assert "{{ 7*7 }} {% raw %} &lt;b&gt;" in words(summary)


def test_only_a_plain_address_is_a_link() -> None:
    (link,) = (each for each in shown(TWO_CAUSES).iter("a") if str(each.get("href")).startswith("http"))
    assert link.get("href") == ROLE_NOT_FOUND.remediation.docs
    assert link.get("rel") == "noopener noreferrer"


PODS = tuple(f"temporal-worker-7d9c5b6f88-{number:05}" for number in range(5_000))


def large(pods: tuple[str, ...] = PODS) -> Report:
    """Thousands of pods, one of which suffers most."""
    every = replace(NOT_READY, pods=pods, subjects=tuple(f"pod/{pod}" for pod in pods))
    worst = replace(ROLE_NOT_FOUND, pods=(pods[-1],))
    return report(
        outcome("vault.role-bound", Status.FAIL, findings=(worst,)),
        outcome("workload.ready", Status.FAIL, findings=(every,)),
        causes=(Cause(check="vault.role-bound", finding=worst), Cause(check="workload.ready", finding=every)),
        target=replace(TARGET, pods=pods),
    )


def test_of_thousands_of_pods_the_worst_are_named_and_the_others_counted() -> None:
    text = render(large(), Options())
    assert len(text) < 120_000
    tree = parsed(text)
    rows = [words(each) for each in tree.iterfind(".//section[@id='pods']//tbody/tr/th")]
    assert rows[0] == PODS[-1]
    assert len(rows) == 50
    assert "… and 4,950 more pods" in words(tree)
    assert "5,000 of 5,000 pods" in words(tree)
    cause = tree.find(".//section[@id='cause-2']")
    assert cause is not None
    (suffering,) = cause.iter("dd")
    assert words(suffering).startswith(f"{PODS[-1]}, {PODS[0]}, ")
    assert words(suffering).endswith("… and 4,988 more")


def test_a_page_is_bounded_whatever_is_in_the_report() -> None:
    seen = tuple(
        Evidence(source='"' * 500, text='"<&' * 20_000, command=Command.stored("'" * 3_000)) for _ in range(100)
    )
    steps = tuple(Step(text="&" * 1_000, command=Command.stored("'" * 50_000), changes='"' * 1_000) for _ in range(50))
    finding = replace(
        ROLE_NOT_FOUND, evidence=seen, remediation=Remediation(summary="<" * 9_000, steps=steps), subjects=PODS
    )
    findings = tuple(replace(finding, code=f"vault.code-{at}", pods=PODS[: at % 2 * 5_000]) for at in range(60))
    monster = report(
        outcome("vault.check", Status.FAIL, findings=findings, evidence=seen),
        *(outcome(f"vault.check-{at}", Status.FAIL, findings=findings[::2], evidence=seen) for at in range(400)),
        *(outcome(f"vault.lost-{at}", Status.UNKNOWN, reason=f"{at}" + "&" * 5_000) for at in range(2_000)),
        causes=tuple(Cause(check="vault.check", finding=each, explains=PODS) for each in findings),
        target=replace(TARGET, pods=PODS, release={f"key{at}": '"' * 4_000 for at in range(1_000)}),
    )
    text = render(monster, Options(ascii=True))
    assert len(text.encode()) <= LIMIT
    tree = parsed(text)
    assert "This report was too large for a page" in words(tree)
    assert "2,301 more checks" in words(tree)


@pytest.mark.parametrize("text", ["\u1234" * 200_000, '"' * 200_000, "\U0001f600\n" * 50_000], ids=["a", "b", "c"])
def test_a_page_is_bounded_whatever_a_text_is(text: str) -> None:
    assert len(render(saying(text), Options(ascii=True))) <= LIMIT


def test_what_is_cut_keeps_the_worst_checks() -> None:
    many = report(
        *(outcome(f"logs.fine-{at}") for at in range(3_000)),
        outcome("vault.role-bound", Status.FAIL, findings=(ROLE_NOT_FOUND,)),
        outcome("database.login", Status.UNKNOWN, reason="no answer"),
    )
    told = words(shown(many))
    assert "vault.role-bound" in told
    assert "database.login" in told
    assert "… and 1,002 more checks" in told


def test_a_command_that_is_too_long_is_not_cut_into_another_one() -> None:
    finding = replace(
        NOT_READY, remediation=Remediation(summary="Do.", steps=(Step(text="Do it.", command=Command("x" * 30_000)),))
    )
    tree = shown(
        report(outcome("a.b", Status.FAIL, findings=(finding,)), causes=(Cause(check="a.b", finding=finding),))
    )
    assert "The command has 30,000 characters" in words(tree)
    assert not tree.findall(".//div[@class='command']")


def test_reasons_for_not_looking_are_told_once_with_their_checks() -> None:
    tree = shown(UNKNOWN_ONLY)
    section = tree.find(".//section[@id='unknown']")
    assert section is not None
    assert [words(each).split(":")[0] for each in section.iterfind(".//p[@class='note']")] == ["5 checks", "1 check"]


def test_what_a_gate_asked_for_besides_and_what_changed_since_are_on_the_page() -> None:
    assert "release.version-runs is required and was skipped" in words(shown(REQUIRED))
    told = words(shown(EXCUSED))
    assert "0 new, 1 fixed, 1 unchanged; only new findings close the gate, so 1 failed check did not." in told
    assert "fixed Nobody answers. health.silent" in told
    assert "Gate" not in [words(each) for each in shown(HEALTHY).iter("h2")]
