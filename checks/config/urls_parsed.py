"""Can the program parse the URLs that its variables are put together to? A password in one must be percent-encoded.

A rotated password with a character such as # or / ends the URL's host early: the parser then takes a part of the
password for the port or the host. The secret itself is right, and works wherever it is used by itself.
"""

import re
from collections.abc import Iterator

import msgspec

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import WORKER_LOGS
from diagnose.domain.kubernetes.environment import origin_of
from diagnose.model.report import Alternative, Finding, Step
from diagnose.resources import Container
from diagnose.text.patterns import lazy

UNESCAPED = Code(
    id="config.url-unescaped",
    meaning="A program cannot parse a URL of its environment, as a user or password in it has a character with a "
    "meaning of its own there (# / ? @ : %) and is not percent-encoded. As a value by itself it is right.",
    fix="Percent-encode the user and the password in the URL, or choose a password of letters and digits.",
)
_URL = lazy(r"\w://(?P<login>[^/?#@]*\$\((?P<name>[\w.-]+)\)[^/?#@]*)@(?P<host>[^/?#@:]+)(?::(?P<port>[^/?#]+))?")
_OF_LOGIN = lazy(r"\bport\b|Port|@")
_OTHER_PORT = lazy(r"\w://[^/?#]*:(?!\d{1,5}(?:[/?#]|\Z))[^/?#@:]*(?:[/?#]|\Z)")
_OF_URL = lazy(r"(?:URL|URI|DSN|CONNECTION(?:_?STRING)?)(?![A-Za-z])", re.IGNORECASE)
MISSPELT = Alternative("Its host or port is written wrongly: read the variable.", "database.port-malformed")


class _Url(msgspec.Struct, frozen=True, kw_only=True):
    """A variable with a URL, the variable of the credential in it, and whether its port is a number or left out."""

    variable: str
    credential: str
    is_sound: bool


def run(ctx: Context) -> Iterator[Finding]:
    """Yields URLs that a program could not parse, and that have the value of another variable as a credential."""
    urls = list(_urls(ctx.target.container))
    if not urls:
        raise NotApplicableError("no variable is a URL with a credential of another variable")
    matches = [each for each in ctx.matches() if not each.log.ready]
    ctx.require_worker_logs()
    if not matches:
        return
    first, url = matches[0], urls[0]
    source = ctx.target.container.variable(url.credential)
    origin = origin_of(source).label if source else f"variable {url.credential}"
    # An error about a port, or with a login in a host, is of a URL whose login ends early, if all ports are numbers.
    is_only = len(urls) == 1 and not _may_have_other(ctx.target.container)
    is_proven = is_only and bool(_OF_LOGIN.search(first.found)) and not _has_other_port(ctx.target.container)
    template = ctx.record_evidence(
        f"variable {url.variable}", f"has $({url.credential}) before its host, and {_written(url)}"
    )
    yield UNESCAPED.finding(
        f"The program cannot parse {url.variable}: {url.credential} in it ({origin}) has a character that cuts it.",
        Step(f"Give {url.credential} letters and digits alone ({origin}, and the server that knows it), and restart."),
        Step("Or percent-encode it where it becomes a part of the URL: # is %23, / is %2F, @ is %40, % is %25."),
        subjects=(f"variable/{url.variable}", f"variable/{url.credential}"),
        pods=tuple(dict.fromkeys(each.log.pod for each in matches)),
        evidence=(template, first.evidence),
        alternatives=() if is_proven else (MISSPELT,),
    )


def _may_have_other(container: Container) -> bool:
    """Whether a URL may be in what is not read here: a Secret or ConfigMap, as a whole or by the name of a variable."""
    named = (each.name for each in container.env if each.value_from)
    return bool(container.env_from) or any(_OF_URL.search(name) for name in named)


def _has_other_port(container: Container) -> bool:
    """Whether a URL of the template has a port that is no number, such as another variable's value."""
    return any(_OTHER_PORT.search(each.value) for each in container.env)


def _written(url: _Url) -> str:
    return "its port is a number or left out" if url.is_sound else "its port is written by another variable"


def _urls(container: Container) -> Iterator[_Url]:
    """Yields the variables that are URLs with the value of another variable as user or password."""
    for each in container.env:
        if found := _URL.search(each.value):
            names = re.findall(r"\$\(([\w.-]+)\)", found["login"])
            yield _Url(
                variable=each.name, credential=names[-1], is_sound=not found["port"] or found["port"].isdecimal()
            )


URLS_PARSED = Check(
    id="config.urls-parsed",
    title="The program can parse the URLs of its environment",
    stage=stages.VARIABLES,
    run=run,
    codes=(UNESCAPED,),
    reads=WORKER_LOGS,
)
