"""The templates of the pages, and the size limit of what they render.

All values pass through `plain` and are escaped; the Content-Security-Policy allows only the style and the script of the
pages by their hashes.
"""

from base64 import b64encode
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from diagnose.model.report import Finding, Severity, Status
from reports import Options
from reports.html.limits import LEVELS, Limits, limited, shortened
from reports.text import phrases
from reports.text.markdown_escape import ADDRESS

LIMIT = 3_000_000
LONGEST_ADDRESS = 500
ENDED = {"pass": "passed", "warn": "warning", "fail": "failed", "skip": "skipped", "unknown": "unknown"}


def bounded(template: str, values: Callable[[Limits], dict[str, Any]], options: Options) -> str:
    """Renders a template with the first of `LEVELS` with which the page has at most `LIMIT` bytes, else the last one.

    With `ascii`, other characters become character references.
    """
    *larger, last = LEVELS
    for level, limits in enumerate(larger):
        shown = {**values(limits), "limits": limits, "tightened": level > 0}
        if (text := _rendered(template, shown, options, most=LIMIT)) is not None:
            return text
    return _rendered(template, {**values(last), "limits": last, "tightened": True}, options) or ""


def _rendered(template: str, values: dict[str, Any], options: Options, most: int | None = None) -> str | None:
    """Returns the page, or None as soon as it exceeds so many bytes."""
    pieces: list[str] = []
    size = 0
    for piece in _environment().get_template(template).generate(values):
        pieces.append(piece.encode("ascii", "xmlcharrefreplace").decode() if options.ascii else piece)
        size += len(pieces[-1].encode())
        if most is not None and size > most:
            return None
    return f"{''.join(pieces).rstrip()}\n"


@cache
def _environment() -> Environment:
    """Returns the templates with the functions and marks that they use."""
    made = Environment(
        loader=PackageLoader("reports.html", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_plain,
    )
    style, script = _asset("report.css"), _asset("report.js")
    made.globals.update(
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:;"
        " base-uri 'none'; form-action 'none'",
        MARKS=phrases.MARKS,
        ENDED=ENDED,
        Status=Status,
        limited=limited,
        subjects_without_pods=_subjects_without_pods,
        phrases=phrases,
    )
    made.filters.update(shortened=shortened, slug=lambda text: str(text).replace(" ", "-"))
    made.tests.update(
        address=lambda text: len(text) <= LONGEST_ADDRESS and bool(ADDRESS.fullmatch(text)),
        warning=lambda finding: finding.severity is not Severity.CRITICAL,
    )
    return made


def _subjects_without_pods(finding: Finding) -> tuple[str, ...]:
    """Returns the subjects of a finding, without its pods where they are listed separately."""
    listed = {f"pod/{pod}" for pod in finding.pods} if len(finding.pods) > 1 else set()
    return tuple(subject for subject in finding.subjects if subject not in listed)


def _plain(value: object) -> object:
    """Sanitizes the output of a template expression, except for our own markup."""
    return phrases.plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _asset(name: str) -> Markup:
    return Markup(files("reports.html").joinpath("templates", name).read_text(encoding="utf-8").strip())


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
