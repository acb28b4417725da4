"""`diagnose scan`: what looks like a secret in a recording, a report or another file, before it is sent to others."""

import sys
from collections.abc import Iterable

import click
import msgspec

from diagnose.cli.command import command
from diagnose.cli.saved_reports import GZIP
from diagnose.sources import files, recording
from diagnose.text import redaction

_MAX_FILE = 64 << 20
_MAX_LISTED = 200


@command(
    epilog="Exit codes: 0 nothing looks like a secret; 1 something does; 2 the file cannot be read.\n\n"
    "Example: diagnose scan incident.diag"
)
@click.argument("file", metavar="FILE|-")
def scan(file: str) -> None:
    """List what looks like a secret in a recording, a report or another text.

    Everything that diagnose writes is masked before, so the list of its own files is empty. A secret is shown with at
    most two of its characters, and its length.
    """
    left = list(_left(file))
    for each in left[:_MAX_LISTED]:
        click.echo(f"{each.place}: {each.shape} ({each.preview})")
    if len(left) > _MAX_LISTED:
        click.echo(f"… and {len(left) - _MAX_LISTED} more")
    click.echo(f"{file}: places that look like a secret: {len(left)}")
    sys.exit(1 if left else 0)


def _left(file: str) -> Iterable[redaction.Left]:
    try:
        content = files.read_or_stdin(file, _MAX_FILE)
        if content.startswith(GZIP):
            loaded = recording.unpack(content, file)
            exchanges = (each.as_plain() for each in loaded.exchanges.values())
            return redaction.left_in([msgspec.to_builtins(loaded.header), *exchanges])
        return redaction.left_in(msgspec.json.decode(content))
    except recording.RecordingError as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise click.UsageError(f"{file} cannot be read: {error.strerror or error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return redaction.left_in_text(content.decode(errors="replace"))
