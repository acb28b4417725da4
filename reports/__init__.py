"""Renderers: pure functions from a report to text, which depend on the model alone."""

from collections.abc import Iterable
from importlib import import_module
from typing import Protocol

import msgspec

from diagnose.model.report import Report


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Display options, which formats for machines ignore; `width` is in columns, `quiet` is one line."""

    color: bool = False
    ascii: bool = False
    width: int = 100
    verbose: bool = False
    timeline: bool = False
    quiet: bool = False


class Renderer(Protocol):
    """Renders a report as text."""

    def __call__(self, report: Report, options: Options) -> str:
        """Returns the text."""
        ...


def _lazy(name: str) -> Renderer:
    """Returns the renderer of a module that is imported on first use."""

    def render(report: Report, options: Options) -> str:
        rendered: str = import_module(_module(name)).render(report, options)
        return rendered

    return render


def _module(name: str) -> str:
    return "reports.html.page" if name == "html" else f"reports.formats.{name}"


def preload(names: Iterable[str]) -> None:
    """Imports the renderers of formats, so that rendering takes less time after the run's deadline."""
    for name in names:
        import_module(_module(name))


NAMES = ("console", "short", "markdown", "slack", "json", "html", "junit", "sarif", "prometheus", "github", "gitlab")
RENDERERS: dict[str, Renderer] = {name: _lazy(name) for name in NAMES}
