"""The short texts for a chat: few lines, the fix whole, and no text from a cluster that mentions, links or formats."""

import html
import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from diagnose.commands.command import Command
from diagnose.model.fleet import gather, member_of
from diagnose.model.report import Cause, Confidence, Impact, Remediation, Report, Severity, Status, Step
from reports import Options
from reports.fleet import FORMATS
from reports.formats import short, slack
from reports.text import slack_escape
from reports.text.fix import first_step
from tests.reports.samples import NASTY, ROLE_NOT_FOUND, SAMPLES, STARTED, TARGET, WRITE_ROLE, outcome, report, saying

EVERY_SAMPLE = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
RENDERERS = pytest.mark.parametrize("render", [short.render, slack.render])
FLEET = gather([member_of(each, f"{name}.json", STARTED, timedelta(days=1)) for name, each in SAMPLES.items()])
# What Slack reads: a mention or a link, and the words that a client may turn into a mention.
MENTION = re.compile(r"<[^>]*>|(?<!\w)@\w+")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
HOSTILE_WORDS = (
    "<!here>", "<!channel>", "<@U012AB3CD>", "<#C012AB3CD>", "@here", " ", "`", "```", "*", "_", "~", ">", "&lt;a&gt;",
)  # fmt: skip
HOSTILE_TEXT = st.lists(st.sampled_from(HOSTILE_WORDS) | st.text(max_size=8), max_size=12).map("".join)


def fixed_by(*steps: Step, severity: Severity = Severity.CRITICAL) -> Report:
    finding = replace(
        ROLE_NOT_FOUND, severity=severity, remediation=Remediation(summary="Create the role.", steps=steps)
    )
    status = Status.FAIL if severity is Severity.CRITICAL else Status.WARN
    return report(
        outcome("vault.role-bound", status, findings=(finding,)),
        causes=(Cause(check="vault.role-bound", finding=finding),),
        works=True,
    )


@EVERY_SAMPLE
def test_short_is_at_most_five_lines(sample: Report) -> None:
    assert 1 <= len(short.render(sample, Options()).splitlines()) <= 5


@EVERY_SAMPLE
def test_slack_is_a_message_that_slack_does_not_cut(sample: Report) -> None:
    assert len(slack.render(sample, Options())) < 4_000


@pytest.mark.parametrize("name", ["short", "slack"])
def test_a_fleet_has_its_numbers_and_the_worst_targets(name: str) -> None:
    lines = FORMATS[name](FLEET, Options()).splitlines()
    assert len(lines) <= 5
    assert lines[0].startswith(f"{len(SAMPLES)} targets: ")
    assert "vault.role-not-found" in lines[1]


def test_the_command_that_changes_something_is_the_fix_even_after_one_that_looks() -> None:
    look = Step("Look.", Command("kubectl", "get", "pods"))
    change = Step("Do.", Command("kubectl", "delete", "pod", "a"), changes="a")
    assert "fix: kubectl delete pod a\n" in short.render(fixed_by(look, change), Options())
    assert "\n`kubectl delete pod a`\n" in slack.render(fixed_by(look, change), Options())
    assert first_step(fixed_by(look).causes[0]) == look


def test_of_a_likely_cause_the_command_that_decides_comes_first() -> None:
    look = Step("Decide.", Command("kubectl", "get", "pods"))
    change = Step("Do.", Command("kubectl", "delete", "pod", "a"), changes="a")
    cause = fixed_by(look, change).causes[0]
    sample = replace(fixed_by(), causes=(replace(cause, finding=replace(cause.finding, confidence=Confidence.LIKELY)),))
    assert "fix: Create the role. (first, to decide: kubectl get pods)\n" in short.render(sample, Options())
    assert "*Fix:* Create the role.\nFirst, to decide: `kubectl get pods`\n" in slack.render(sample, Options())


def test_of_a_likely_cause_a_command_that_helps_in_some_cases_is_not_the_fix() -> None:
    some = Step("If it is full: extend it.", Command("kubectl", "patch", "pvc", "a"), changes="a")
    change = Step("Do.", Command("kubectl", "delete", "pod", "a"), changes="a")
    cause = fixed_by(some, change).causes[0]
    sample = replace(fixed_by(), causes=(replace(cause, finding=replace(cause.finding, confidence=Confidence.LIKELY)),))
    assert "fix: kubectl delete pod a\n" in short.render(sample, Options())
    assert "\n`kubectl delete pod a`\n" in slack.render(sample, Options())


@RENDERERS
@pytest.mark.parametrize(
    "step",
    [
        Step("Read the logs.", Command("kubectl", "logs", "a")),
        Step("Apply it.", Command.stored("kubectl apply -f - <<'E'\na: 1\nE"), changes="a"),
        Step("Apply it.", Command.stored(f"kubectl {'x' * 3_000}"), changes="a"),
    ],
    ids=["only looks", "several lines", "too long"],
)
def test_without_a_command_that_fits_the_fix_is_a_sentence(render: object, step: Step) -> None:
    text = render(fixed_by(step), Options())  # type: ignore[operator]
    assert "Create the role." in text
    assert "kubectl" not in text


@RENDERERS
def test_a_warning_is_called_one(render: object) -> None:
    assert "warning: The Vault role" in render(fixed_by(severity=Severity.WARNING), Options())  # type: ignore[operator]


def test_since_impact_owner_and_runbook_are_in_both() -> None:
    cause = replace(fixed_by().causes[0], owner="team-<!here>", runbook="https://runbooks.example/vault")
    impact = Impact(ready=0, desired=3, waiting=412, oldest_s=240)
    sample = replace(fixed_by(), causes=(cause,), works=False, impact=impact)
    assert short.render(sample, Options()) == (
        "✗ DOWN since 2026-11-24 13:40:02 UTC (22 min) · msp/temporal-worker · prod-eu\n"
        f"{ROLE_NOT_FOUND.summary}\n"
        "fix: Create the role.\n"
        "0 of 3 pods ready · 412 tasks wait, oldest 4 min\n"
        "vault.role-not-found · https://runbooks.example/vault · owner: team-<!here>\n"
    )
    assert slack.render(sample, Options()) == (
        ":red_circle: *DOWN* since 2026-11-24 13:40:02 UTC (22 min) · msp/temporal-worker · prod-eu\n"
        f"{ROLE_NOT_FOUND.summary}\n"
        "*Fix:* Create the role.\n"
        "0 of 3 pods ready · 412 tasks wait, oldest 4 min\n"
        "`vault.role-not-found` · <https://runbooks.example/vault|runbook> · owner: team-&lt;!here&gt;\n"
    )


def test_pods_that_are_all_ready_are_no_impact() -> None:
    sample = replace(fixed_by(), impact=Impact(ready=4, desired=3))
    assert "ready" not in short.render(sample, Options())


def test_the_other_causes_are_named() -> None:
    for render in (short.render, slack.render):
        assert "also: database.port-silent" in render(SAMPLES["two-causes"], Options())


@EVERY_SAMPLE
def test_a_command_in_slack_is_the_command(sample: Report) -> None:
    spans = [html.unescape(each.strip("`")) for each in CODE.findall(slack.render(sample, Options()))]
    for cause in sample.causes[:1]:
        step = first_step(cause)
        if step and step.changes and "```" not in step.command:
            assert step.command in spans


def assert_only_text(message: str) -> None:
    """Nothing is a mention or a link, no code span is open, and no line is another's."""
    outside = CODE.sub("", message)
    assert not MENTION.search(outside)
    assert "<" not in message
    assert "`" not in outside


@given(HOSTILE_TEXT)
def test_no_text_mentions_anybody_or_breaks_out_of_its_code(text: str) -> None:
    sample = saying(text)
    message = slack.render(sample, Options())
    assert_only_text(message)
    assert len(message.splitlines()) <= 6


@given(HOSTILE_TEXT)
def test_code_is_one_span_and_prose_has_no_formatting(text: str) -> None:
    shown = slack_escape.code(text)
    assert shown == "" or re.fullmatch(r"`[^`\n<>]+`", shown)
    outside = CODE.sub("", slack_escape.prose(text))
    assert not re.search(r"[<>`*~@]|(?<!\w)_|_(?!\w)", outside)


def test_the_escapes_are_those_of_slacks_documentation() -> None:
    assert slack_escape.prose("<!here> a < b && c > d") == "&lt;!here&gt; a &lt; b &amp;&amp; c &gt; d"
    assert slack_escape.prose("see @here and #general") == "see `@here` and `#general`"
    assert slack_escape.prose("DB_HOST is 10:30:45, deploy/web") == "DB_HOST is 10:30:45, deploy/web"


def test_a_command_that_code_cannot_hold_is_left_out() -> None:
    assert slack_escape.command("echo '```' now") == slack_escape.command(" ") == ""
    assert slack_escape.command("echo `date` now") == "```echo `date` now```"
    assert slack_escape.command(WRITE_ROLE) == f"`{WRITE_ROLE}`"


def test_only_a_plain_address_is_a_link() -> None:
    assert slack_escape.link("https://runbooks.example/a?b=1&c=2", "runbook") == (
        "<https://runbooks.example/a?b=1&amp;c=2|runbook>"
    )
    assert slack_escape.link("https://x|<!here>", "runbook") == "`https://x|&lt;!here&gt;`"


def test_hostile_targets_are_text_in_a_fleet() -> None:
    hostile = replace(saying(NASTY), target=replace(TARGET, namespace="<!channel>", workload_name="`@here`"))
    fleet = gather([member_of(hostile, "<!here>.json", STARTED, timedelta(days=1))])
    assert_only_text(FORMATS["slack"](fleet, Options()))
