"""Settings of a run: flags and the environment over `diagnose.toml` over defaults; docs/settings.md has every key."""

import re
import string
import tomllib
import typing
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import click
import msgspec

from diagnose.commands.template import TemplateError
from diagnose.engine.contacts import EVERY
from diagnose.logs.signatures import Signature
from diagnose.model.report import Mute
from diagnose.resources import selectors
from diagnose.sources import files
from diagnose.target.profile import DatabaseStatement, Profile, TemporalStatement
from diagnose.target.request import Request, Selection
from diagnose.target.thresholds import Thresholds
from diagnose.text import durations
from diagnose.text.addresses import split_port
from diagnose.text.patterns import lazy
from diagnose.text.sentences import suggestions

FILE = "diagnose.toml"
MAX_SETTINGS = 1 << 20
NOT_MUTABLE = "workload.not-found"
_CODE = lazy(r"[a-z]+\.[a-z0-9-]+")


class SettingsError(click.UsageError):
    """The configuration file is unusable; the message has the location and the reason."""


class RunSettings(msgspec.Struct, frozen=True):
    """`[run]`: `timeout` is the duration of the whole run."""

    timeout: str | float = "60s"
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()

    @property
    def timeout_s(self) -> float:
        """The duration in seconds, 0 where the text is none."""
        return durations.parse(str(self.timeout)) or 0.0


class ProfileSettings(msgspec.Struct, frozen=True):
    """`[profile]`: its name and the deviations from it, and what the user states of the workload.

    Attributes:
        name: "" for the profile that facts choose.
        extends: the profile from which a profile of one's own differs.
        temporal, database: facts that the settings of the workload do not have; "none" where there is none.
        queues: queues that are polled where the environment names none, instead of the profile's.
        more_queues: queues that are always polled, in addition to the profile's.
        required_variables: variables without which the process does not start, instead of the profile's.
        more_required_variables: the same, in addition to the profile's.
    """

    name: str = ""
    extends: str = ""
    temporal: TemporalStatement | Literal["none"] | None = None
    database: DatabaseStatement | Literal["none"] | None = None
    queues: tuple[str, ...] | None = None
    more_queues: tuple[str, ...] = ()
    required_variables: tuple[str, ...] | None = None
    more_required_variables: tuple[str, ...] = ()
    start_s: float | None = None
    health_path: str | None = None

    def adapted(self, profile: Profile) -> Profile:
        """Returns the profile with these deviations."""
        queues = profile.default_queues if self.queues is None else self.queues
        required = profile.required_variables if self.required_variables is None else self.required_variables
        return msgspec.structs.replace(
            profile,
            default_queues=queues,
            always_polled=_both(profile.always_polled, self.more_queues),
            required_variables=_both(required, self.more_required_variables),
            temporal=profile.temporal if self.temporal is None else self.temporal,
            database=profile.database if self.database is None else self.database,
            start_s=profile.start_s if self.start_s is None else self.start_s,
            health_path=profile.health_path if self.health_path is None else self.health_path,
        )


def _both(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


class SiteSignature(Signature, frozen=True):
    """`[[signatures]]`: `meaning`, `severity` and `transient` declare a code that no check has."""

    meaning: str = ""
    transient: bool = False


class Settings(msgspec.Struct, frozen=True):
    """The content of `diagnose.toml`; `file` is its path, "" without one."""

    target: Selection = Selection()
    run: RunSettings = RunSettings()
    profile: ProfileSettings = ProfileSettings()
    thresholds: Thresholds = Thresholds()
    signatures: tuple[SiteSignature, ...] = ()
    mute: tuple[Mute, ...] = ()
    owners: dict[str, str] = {}
    links: dict[str, str] = {}
    file: str = ""

    @property
    def request(self) -> Request:
        """The request of the file, without its profile, which is resolved by the catalogue."""
        return Request(
            **msgspec.structs.asdict(self.target),
            only=self.run.only,
            skip=self.run.skip,
            selected_by=self.file if self.run.only or self.run.skip else "",
            timeout_s=self.run.timeout_s,
            thresholds=self.thresholds,
            mutes=self.mute,
            owners=tuple(self.owners.items()),
            links=tuple(self.links.items()),
        )


KEYS = tuple(name for name in Settings.__struct_fields__ if name != "file")


def load(path: Path | None) -> Settings:
    """Loads the settings of a file, by default of `diagnose.toml` in the current folder if it exists.

    Raises:
        SettingsError: the file is missing, no TOML, has an unknown key, or a value that cannot be used.
    """
    chosen = path or Path(FILE)
    if path is None and not chosen.exists():
        return Settings()
    try:
        return read(files.read(chosen, MAX_SETTINGS).decode(), str(chosen))
    except OSError as error:
        raise SettingsError(f"{chosen} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{chosen} is no text in UTF-8: {error.reason} at byte {error.start}") from error
    except RecursionError as error:
        raise SettingsError(f"{chosen} is nested too deeply") from error


def read(text: str, file: str = FILE) -> Settings:
    """Parses settings.

    Raises:
        SettingsError: it is no TOML, has an unknown key, or a value that cannot be used.
    """
    try:
        plain = tomllib.loads(text)
        problems = [*_unknown(plain, Settings, ""), *_patterns(plain)]
        if not problems:
            found = msgspec.convert(_one_selector(plain), Settings)
            problems = list(_invalid_values(found))
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(f"{file}: {_message_with_location(str(error))}") from error
    if problems:
        raise SettingsError("\n".join(f"{file}: {each}" for each in problems))
    return msgspec.structs.replace(found, file=file)


def _one_selector(plain: dict[str, Any]) -> dict[str, Any]:
    """Joins a list of selectors of `[target]` into one."""
    target = plain.get("target", {})
    parts = target.get("selector")
    several = isinstance(parts, list) and all(isinstance(each, str) for each in parts)
    return plain | {"target": target | {"selector": ",".join(parts)}} if several else plain


def _unknown(plain: object, kind: Any, at: str) -> Iterator[str]:
    """Yields unknown keys at any depth, with suggestions."""
    if not isinstance(plain, dict):
        return
    kinds = {name: hint for name, hint in typing.get_type_hints(kind).items() if name in _fields(kind)}
    for key, value in plain.items():
        if key not in kinds:
            yield f"{at or 'the file'} has no key {key!r}{like(key, kinds)}"
            continue
        inner = kinds[key]
        parts = [each for each in typing.get_args(inner) if _fields(each)]
        if _fields(inner):
            yield from _unknown(value, inner, f"[{key}]" if not at else f"{at} {key}")
        elif parts and isinstance(value, dict):
            yield from _unknown(value, parts[0], f"[{key}]" if not at else f"{at} {key}")
        elif parts and isinstance(value, list):
            for number, each in enumerate(value, 1):
                yield from _unknown(each, parts[0], _entry(key, number, each) if not at else f"{at} {key} {number}")


def _fields(kind: Any) -> tuple[str, ...]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return tuple(name for name in kind.__struct_fields__ if kind is not Settings or name in KEYS)
    return ()


def _entry(table: str, number: int, entry: object) -> str:
    code = entry.get("code", "") if isinstance(entry, dict) else ""
    return f"[[{table}]] entry {number}{f' ({code})' if code else ''}"


def like(name: str, known: Iterable[str]) -> str:
    """Returns suggestions for a name, as the end of a sentence."""
    names = list(known)
    few = f"; there are {', '.join(names)}" if len(names) < 12 else "; see: diagnose list"
    return suggestions(name, names) or few


def _message_with_location(text: str) -> str:
    """Returns the message of the decoder with the location in terms of the file."""
    message, _, path = text.partition(" - at `$.")
    if not path:
        return text
    place = re.sub(r"\[(\d+)\]", lambda found: f" entry {int(found[1]) + 1}", path.rstrip("`"))
    return f"{place}: {message[:1].lower()}{message[1:]}"


def _patterns(plain: dict[str, Any]) -> Iterator[str]:
    entries = plain.get("signatures", [])
    for number, entry in enumerate(entries if isinstance(entries, list) else [], 1):
        for key in ("pattern", "cleared_by"):
            text = entry.get(key, "") if isinstance(entry, dict) else ""
            try:
                re.compile(text if isinstance(text, str) else "")
            except re.error as error:
                yield f"{_entry('signatures', number, entry)}: {key} is no regular expression: {error}"


def _invalid_values(found: Settings) -> Iterator[str]:
    """Yields invalid values of the right type."""
    try:
        selectors.parse(found.target.selector)
    except selectors.SelectorError as error:
        yield f"target.selector: {error}"
    if not 1 <= found.run.timeout_s <= 86_400:
        yield "run.timeout: must be a duration of at least 1s and at most 24h, such as 90s"
    if found.profile.extends and not found.profile.name:
        yield "profile.extends: a profile of your own needs a name"
    stated = found.profile.temporal
    if isinstance(stated, TemporalStatement) and stated.address and not split_port(stated.address)[1]:
        yield f"profile.temporal: the address {stated.address!r} is not HOST:PORT"
    if found.profile.start_s is not None and found.profile.start_s < 0:
        yield "profile.start_s: must not be negative (seconds)"
    for number, entry in enumerate(found.signatures, 1):
        if not _CODE.fullmatch(entry.code):
            yield f"[[signatures]] entry {number}: the code {entry.code!r} is not of the form topic.what-is-wrong"
    yield from _invalid_links(found.links)
    for number, mute in enumerate(found.mute, 1):
        if not mute.reason.strip():
            yield f"{_entry('mute', number, {'code': mute.code})}: the reason is empty"
        if mute.code == NOT_MUTABLE:
            yield f"{_entry('mute', number, {})}: {mute.code} cannot be muted, because nothing would be checked"


def _invalid_links(links: dict[str, str]) -> Iterator[str]:
    for name, link in links.items():
        if not link.startswith(("https://", "http://")):
            yield f"links.{name}: {link!r} is no address that begins with https:// or http://"


def agree(settings: Settings, *, checks: Iterable[str], codes: Iterable[str], names: Iterable[str]) -> None:
    """Validates the names in the file.

    Args:
        settings: the parsed settings.
        checks: the ids of all checks.
        codes: the codes that the checks declare.
        names: the names that summaries and steps may use in braces.

    Raises:
        SettingsError: it names a check, a finding or a name that does not exist, or a new code lacks its texts.
    """
    known_checks, known_codes = list(checks), set(codes)
    known = sorted({*known_checks, *known_codes, *(each.code for each in settings.signatures)})
    problems = []
    for number, mute in enumerate(settings.mute, 1):
        if mute.code not in known:
            problems.append(
                f"[[mute]] entry {number}: there is no finding or check {mute.code!r}{like(mute.code, known)}"
            )
    topics = {each.partition(".")[0] for each in known}
    linked = {EVERY, *topics, *known}
    problems += [
        f"[links]: there is no finding, check or topic {name!r}{like(name, linked)}"
        for name in settings.links
        if name not in linked
    ]
    for number, signature in enumerate(settings.signatures, 1):
        at = _entry("signatures", number, {"code": signature.code})
        if signature.check not in known_checks:
            problems.append(f"{at}: there is no check {signature.check!r}{like(signature.check, known_checks)}")
        if signature.code not in known_codes and not (signature.meaning and signature.fix):
            problems.append(f"{at}: no check has this code, so it needs a meaning and a fix")
        given = sorted({*names, "pod", *signature.compiled.groupindex})
        try:
            unknown = sorted(_used(signature) - set(given))
        except TemplateError as error:
            problems.append(f"{at}: {error}")
            continue
        except ValueError as error:
            problems.append(f"{at}: a text has a brace that is not doubled: {error}")
            continue
        problems += [f"{at}: nothing is called {{{name}}}{like(name, given)}" for name in unknown]
    if problems:
        raise SettingsError("\n".join(f"{settings.file}: {each}" for each in problems))


def _used(signature: Signature) -> set[str]:
    texts = [signature.summary, *(part for step in signature.steps for part in (step.text, step.changes))]
    used = {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    return used.union(*(step.template.names for step in signature.steps))
