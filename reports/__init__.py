"""Renderers: a report in, text out; pure functions that see the model and nothing else."""

from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

from diagnose.model.report import Report


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a person wants to read; formats for machines ignore it. `width` is in columns."""

    color: bool = False
    ascii: bool = False
    width: int = 100
    verbose: bool = False


class Renderer(Protocol):
    """Turns a report into text."""

    def __call__(self, report: Report, options: Options) -> str:
        """The text."""
        ...


def _lazy(name: str) -> Renderer:
    """The renderer of a module that is imported when it is used."""

    def render(report: Report, options: Options) -> str:
        module = "reports.html.page" if name == "html" else f"reports.formats.{name}"
        rendered: str = import_module(module).render(report, options)
        return rendered

    return render


NAMES = ("console", "markdown", "json", "html", "junit", "sarif", "prometheus", "github", "gitlab")
RENDERERS: dict[str, Renderer] = {name: _lazy(name) for name in NAMES}
