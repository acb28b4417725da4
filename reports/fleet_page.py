"""The fleet as one HTML file: a table, the worst first, and under it what is known of each that is not well."""

from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from diagnose.model.fleet import Fleet, Member, State
from diagnose.model.report import Cause
from reports import Options
from reports.fleet import STYLE, counts, first_code, name, namespaces, reported, sentence
from reports.text.phrases import MARKS, effect, number, one_line, plain, unanswered


@dataclass(frozen=True)
class _Row:
    """A member with its place, by which a link finds its details."""

    place: int
    member: Member

    @property
    def has_details(self) -> bool:
        """Whether there is more to say than the row says."""
        return bool(self.member.report) and self.member.state is not State.HEALTHY


def render(fleet: Fleet, options: Options) -> str:
    """The page; with `ascii`, everything else is written as a character reference."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"plain": plain, "one_line": one_line, "steps": _steps}
    source = (files("reports.html") / "templates" / "fleet.html").read_text(encoding="utf-8")
    text = environment.from_string(source).render(
        rows=[_Row(place, member) for place, member in enumerate(fleet.members, 1)],
        causes=[(each, namespaces(each)) for each in fleet.causes],
        counts=[(STYLE[state], MARKS[STYLE[state]], words) for state, words in counts(fleet)],
        reported=reported(fleet),
        title=number(len(fleet.members), "target"),
        style=lambda member: STYLE[member.state],
        mark=lambda member: MARKS[STYLE[member.state]],
        name=name,
        sentence=sentence,
        first_code=first_code,
        unanswered=unanswered,
    )
    # Half a character, or one that HTML has not, must not make the file unreadable.
    whole = text.encode("utf-8", "replace").decode()
    return f"{whole.encode('ascii', 'xmlcharrefreplace').decode() if options.ascii else whole}\n"


def _steps(cause: Cause) -> list[tuple[str, str, str]]:
    """Effect, words and command of each step."""
    steps = cause.finding.remediation.steps
    return [(effect(step), one_line(step.text), plain(step.command)) for step in steps]
