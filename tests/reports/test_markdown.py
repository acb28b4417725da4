"""The report for an incident's comment survives whatever a log holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec.structs import replace

from diagnose.commands.command import Command
from diagnose.model.report import Cause, Evidence, Remediation, Report, Status, Step
from reports import Options
from reports.formats.markdown import EVIDENCE, render
from reports.text.comment_size import COMMENT
from tests.reports.samples import (
    EACH_STATUS,
    HOSTILE,
    NOT_READY,
    ROLE_NOT_FOUND,
    SAMPLES,
    TWO_CAUSES,
    UNKNOWN_ONLY,
    outcome,
    report,
    saying,
)

EVERY_SAMPLE = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
OUR_HTML = ("<details><summary>", "</details>")


def parsed(sample: Report) -> list[Token]:
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(render(sample, Options()))
    return [inner for token in tokens for inner in (token, *(token.children or ()))]


def shape(sample: Report) -> list[str]:
    """The blocks that a reader sees, without what is in them."""
    return [token.type for token in parsed(sample) if token.block and not token.type.startswith("paragraph")]


@EVERY_SAMPLE
def test_html_is_only_the_fold_of_evidence_and_of_passed_checks(sample: Report) -> None:
    for token in parsed(sample):
        if token.type in {"html_block", "html_inline"}:
            assert token.content.startswith(OUR_HTML)


@EVERY_SAMPLE
def test_every_command_is_whole_in_a_block_of_its_own(sample: Report) -> None:
    blocks = [token.content.removesuffix("\n") for token in parsed(sample) if token.type == "fence"]
    for cause in sample.causes:
        for step in cause.finding.remediation.steps:
            assert step.command in blocks


def test_a_log_keeps_its_backticks_pipes_and_tags_within_its_block() -> None:
    blocks = [token.content for token in parsed(HOSTILE) if token.type == "fence" and token.info == "text"]
    assert len(blocks) == 1
    assert "````sh\n✓ HEALTHY   0 causes\n</details>\n| x |\n" in blocks[0]


@pytest.mark.parametrize(
    "text",
    [
        "@team",
        "me@host",
        "(@org/team)",
        "#181",
        "GH-181",
        "org/repo#7",
        "http://evil.example",
        "www.x.y",
        "!12",
        "org/repo!7",
        ":tada:",
        "a:+1:b",
        "~bug",
        ['~"a', 'label"'][0],
        "%v1",
        "&12",
        "$12",
        "$x$",
        "[[Page]]",
        "[[_TOC_]]",
        "[issue:a/b/1]",
        "^alert#1",
        "*iteration:x",
        "0a1b2c3d4e",
        "HTTPS://X",
    ],
)
def test_nobody_is_called_and_nothing_is_linked_because_such_words_are_code(text: str) -> None:
    tokens = parsed(saying(f"see {text} now"))
    assert not [token for token in tokens if token.type == "text" and text in token.content]
    assert [token for token in tokens if token.type == "code_inline" and text in token.content]


@pytest.mark.parametrize(
    "text",
    ["*bold*", "__it__", "a|b", "`code`", "<b>", "&lt;", "[a](b)", "![x](y)", "~~gone~~", "\\", "\\|", "$x$"],
)
def test_signs_of_markdown_are_shown_as_they_are(text: str) -> None:
    seen = "".join(
        token.content for token in parsed(saying(f"see {text} now")) if token.type in {"text", "code_inline"}
    )
    assert f"see {text} now" in seen


@pytest.mark.parametrize(
    "text", ["# a", "- a", "1. a", "1) a", "> a", "---", "===", "+ a", "    a", "```", "~~~", "| a |", "/close"]
)
def test_a_sentence_cannot_begin_a_heading_a_list_a_quote_or_a_block(text: str) -> None:
    assert shape(saying(text)) == shape(saying("words"))


@given(text=st.text(min_size=1, max_size=60))
def test_no_text_changes_the_shape_of_the_page(text: str) -> None:
    visible = f"w{text}"
    assert shape(saying(visible)) == shape(saying("words"))


@given(text=st.text(alphabet="`|\\@*_<>&#-[]()!~ \n\ta1.$", min_size=1, max_size=40))
def test_no_signs_of_markdown_change_the_shape_of_the_page(text: str) -> None:
    assert shape(saying(f"w{text}")) == shape(saying("words"))
    assert not [token for token in parsed(saying(f"w{text}")) if token.type in {"link_open", "image"}]


def test_a_report_that_is_too_long_is_cut_worst_first_and_says_so() -> None:
    noise = tuple(Evidence(source=f"pod {n}", text="x" * 10_000) for n in range(EVIDENCE + 3))
    causes = tuple(
        Cause(check=f"logs.check-{n}", finding=replace(ROLE_NOT_FOUND, code=f"logs.code-{n}", evidence=noise))
        for n in range(30)
    )
    rows = tuple(outcome(f"logs.check-{n}", Status.SKIP, reason="y" * 1_000) for n in range(300))
    text = render(report(*rows, causes=causes), Options())
    assert len(text) <= COMMENT
    assert all(f"### {'Root cause' if n == 0 else f'Cause {n + 1}'}: `logs.code-{n}`" in text for n in range(30))
    assert text.count("<details>") == text.count("</details>") > 0
    assert f"**Truncated to {COMMENT:,} characters.** Omitted: " in text
    assert "row of a check" in text


def test_also_in_ascii_it_fits_a_comment() -> None:
    rows = tuple(outcome(f"logs.check-{n}", Status.SKIP, reason="ж" * 200) for n in range(300))
    shown, escaped = (render(report(*rows), Options(ascii=plain)) for plain in (False, True))
    assert len(escaped) <= COMMENT
    assert "**Truncated to 65,536 characters.**" in escaped
    assert "**Truncated to" in shown or len(shown) <= COMMENT


def test_the_note_of_what_was_cut_has_room() -> None:
    """Every kind of block is left out at once, and the note still fits into what is kept free for it."""
    huge = replace(ROLE_NOT_FOUND, evidence=tuple(Evidence(source=f"pod {n}", text="x" * 10_000) for n in range(9)))
    causes = tuple(Cause(check=f"logs.check-{n}", finding=huge) for n in range(150))
    rows = tuple(
        outcome(f"logs.check-{n}", status, reason=f"y{n}" * 400)
        for n in range(150)
        for status in (Status.SKIP, Status.UNKNOWN, Status.PASS)
    )
    text = render(report(*rows, causes=causes), Options())
    assert len(text) <= COMMENT
    assert text.index("### Root cause") < text.index("**Truncated to")


def test_one_huge_piece_does_not_push_out_the_rest() -> None:
    huge = replace(ROLE_NOT_FOUND, summary="z" * 200_000)
    text = render(
        report(*EACH_STATUS.outcomes, causes=(Cause(check="a.b", finding=huge), *EACH_STATUS.causes)), Options()
    )
    assert "198,000 characters truncated" in text
    assert ROLE_NOT_FOUND.summary in text


def test_the_worst_rows_of_the_table_come_first() -> None:
    text = render(EACH_STATUS, Options())
    marks = [line[2] for line in text.splitlines() if line.startswith("| ") and line[2] in "✗?!–✓"]
    assert marks == ["✗", "✗", "?", "!", "–", "✓"]


def test_evidence_is_folded_and_the_fix_is_not() -> None:
    text = render(EACH_STATUS, Options())
    assert text.index("vault write") < text.index("<details>") < text.index("Code: 400")


def test_a_failure_that_no_cause_speaks_of_is_still_told() -> None:
    assert NOT_READY.summary in render(report(outcome("a.b", Status.FAIL, findings=(NOT_READY,))), Options())


def test_what_could_not_be_told_stands_before_the_table() -> None:
    text = render(UNKNOWN_ONLY, Options())
    assert text.index("### Unknown") < text.index("### Checks")


def test_how_to_check_again_follows_the_fix_of_the_first_cause_alone() -> None:
    again = Command("diagnose watch -n msp --until-healthy")
    assert render(replace(TWO_CAUSES, again=again), Options()).count(f"Then check again: `{again}`\n") == 1
    only_reads = replace(NOT_READY, remediation=Remediation(summary="Read.", steps=(Step("Read.", Command("true")),)))
    sample = replace(TWO_CAUSES, again=again, causes=(Cause(check="a.b", finding=only_reads),))
    assert again not in render(sample, Options())
