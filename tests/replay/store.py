"""Stores recorded incidents with what is expected of each: some as readable files, the others in an archive a letter.

    golden/V10/recording.json, golden/V10/expected.json     one that people read and review
    archives/V.xz, archives/V.json                          all others whose name begins with V, and their expectations

An archive has one line of JSON for each incident. The same incidents make the same bytes, and xz stores what several of
them have in common once.
"""

import gzip
import json
import lzma
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

WIDTH = 120
_PRESET = 9 | lzma.PRESET_EXTREME


class Expectation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the replay of an incident has to report.

    Attributes:
        causes: the codes of what was injected; none of a healthy system.
        names: what the causes' sentences have to name.
        warns: whether the causes are warnings alone.
        unknown: whether something of what is healthy stays unknown.
        answered: the codes that are reported instead, where these are not what was injected.
    """

    title: str
    causes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    warns: bool = False
    unknown: bool = False
    answered: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Incident:
    """A recording as JSON text, and what is expected of it."""

    recording: bytes
    expected: Expectation


@dataclass(frozen=True)
class Store:
    """The incidents in a folder."""

    folder: Path

    @property
    def expected(self) -> dict[str, Expectation]:
        """The expectations of all incidents by their names, in order."""
        golden = {path.parent.name: _read(path, Expectation) for path in self._golden.glob("*/expected.json")}
        archived = [_read(path, dict[str, Expectation]) for path in self._archives.glob("*.json")]
        found = {name: each for part in (golden, *archived) for name, each in part.items()}
        return dict(sorted(found.items()))

    def recordings(self, name: str) -> Iterator[tuple[str, bytes]]:
        """Yields an incident's recording, and those that are stored together with it."""
        golden = self._golden / name / "recording.json"
        if golden.exists():
            yield name, golden.read_bytes()
        else:
            yield from self._lines(name[0])

    def unpack(self, name: str, folder: Path) -> Path:
        """Returns the file of an incident for `--replay`; those that are stored together are unpacked together."""
        path = folder / f"{name}.diag"
        if not path.exists():
            for each, text in self.recordings(name):
                (folder / f"{each}.diag").write_bytes(gzip.compress(text, compresslevel=1, mtime=0))
        return path

    @property
    def incidents(self) -> dict[str, Incident]:
        """All incidents by their names."""
        golden = {path.parent.name: path.read_bytes() for path in self._golden.glob("*/recording.json")}
        archived = [dict(self._lines(path.stem)) for path in self._archives.glob("*.xz")]
        texts = {name: text for part in (golden, *archived) for name, text in part.items()}
        return {name: Incident(texts[name], expected) for name, expected in self.expected.items()}

    def save(self, incidents: Mapping[str, Incident]) -> None:
        """Stores incidents, in place of those of the same names."""
        archived: dict[str, dict[str, Incident]] = {}
        for name, incident in incidents.items():
            if (folder := self._golden / name).exists():
                (folder / "recording.json").write_text(pretty(json.loads(incident.recording)) + "\n", encoding="utf-8")
                _write(folder / "expected.json", incident.expected)
            else:
                archived.setdefault(name[0], {})[name] = incident
        for letter, added in archived.items():
            self._write_archive(letter, self._archive(letter) | added)

    def make_golden(self, name: str) -> None:
        """Moves an incident from its archive to the readable ones."""
        rest = self._archive(name[0])
        incident = rest.pop(name)
        (self._golden / name).mkdir(parents=True)
        self.save({name: incident})
        self._write_archive(name[0], rest)

    @property
    def _golden(self) -> Path:
        return self.folder / "golden"

    @property
    def _archives(self) -> Path:
        return self.folder / "archives"

    def _archive(self, letter: str) -> dict[str, Incident]:
        index = self._archives / f"{letter}.json"
        expected = _read(index, dict[str, Expectation]) if index.exists() else {}
        return {name: Incident(text, expected[name]) for name, text in self._lines(letter)}

    def _lines(self, letter: str) -> Iterator[tuple[str, bytes]]:
        path = self._archives / f"{letter}.xz"
        for line in lzma.decompress(path.read_bytes()).splitlines() if path.exists() else ():
            name, _, text = line.partition(b" ")
            yield name.decode(), text

    def _write_archive(self, letter: str, incidents: Mapping[str, Incident]) -> None:
        self._archives.mkdir(parents=True, exist_ok=True)
        ordered = dict(sorted(incidents.items()))
        lines = (f"{name} ".encode() + msgspec.json.format(each.recording, indent=-1) for name, each in ordered.items())
        (self._archives / f"{letter}.xz").write_bytes(lzma.compress(b"\n".join(lines), preset=_PRESET))
        _write(self._archives / f"{letter}.json", {name: each.expected for name, each in ordered.items()})


def pretty(value: Any, indent: int = 0) -> str:
    """Returns JSON that people can read: what fits stands in one line, and so does a line of a log."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(flat) + indent <= WIDTH or "text" in value:
        return flat
    inner = " " * (indent + 1)
    if isinstance(value, dict):
        parts = [f"{json.dumps(key, ensure_ascii=False)}: {pretty(each, indent + 1)}" for key, each in value.items()]
    else:
        parts = [pretty(each, indent + 1) for each in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}\n{inner}" + f",\n{inner}".join(parts) + f"\n{' ' * indent}{closing}"


def _read(path: Path, kind: Any) -> Any:
    return msgspec.json.decode(path.read_bytes(), type=kind)


def _write(path: Path, value: Expectation | dict[str, Expectation]) -> None:
    path.write_text(pretty(msgspec.to_builtins(value)) + "\n", encoding="utf-8")
