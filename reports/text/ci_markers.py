"""Breaks what a CI runner would take from a log as a command: a report is printed there, with text of a cluster.

Azure Pipelines, TeamCity and Octopus obey `##vso[…]` and the like anywhere in a line, GitHub, Gitea and Forgejo `::…::`
at the start of one, whatever blanks are before it. GitLab, Travis and Buildkite fold by a marker.
"""

import re

from diagnose.text.patterns import lazy

_ANYWHERE = lazy(r"##(?=[\w\[])")
_SECTION = lazy(r"(section_(?:start|end)|travis_(?:fold|time)):")
_BLANK = r"^((?:[ \t]|\x1b\[[\d;]*+m)*)"
_COMMAND = lazy(rf"{_BLANK}::(?=\S)", re.MULTILINE)
_GROUP = lazy(rf"{_BLANK}(-|\+|~|\^)(\2\2)(?=\s)", re.MULTILINE)


def in_log(text: str) -> str:
    """Breaks markers by a blank, for text that people read."""
    return _GROUP.sub(r"\1\2 \3", _COMMAND.sub(r"\1: :", within_line(text)))


def within_line(text: str) -> str:
    """Breaks those markers that are obeyed anywhere in a line."""
    return _SECTION.sub(r"\1 :", _ANYWHERE.sub("# #", text))


def in_json(text: str) -> str:
    """Breaks markers in JSON by an escape, so that the data stays as it is."""
    return _ANYWHERE.sub(r"#\\u0023", text)


def in_xml(text: str) -> str:
    """Breaks markers in XML by a character reference, so that the data stays as it is."""
    return _COMMAND.sub(r"\1:&#58;", _ANYWHERE.sub("#&#35;", text))
