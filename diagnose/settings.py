"""What a run is to do: flags over `diagnose.toml` over defaults."""

import tomllib
from pathlib import Path

import msgspec

from diagnose.thresholds import Thresholds

FILE = "diagnose.toml"


class SettingsError(Exception):
    """The configuration file is unusable; the message says where and why."""


class TargetSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[target]`: how the workload is found; empty means that its own objects say it.

    Attributes:
        workflows: the namespace of the Argo Workflows that build and deploy it.
    """

    namespace: str = ""
    label: str = ""
    workload: str = ""
    container: str = ""
    workflows: str = ""


class RunSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[run]`: `timeout` is the whole run's, in seconds."""

    timeout: float = 60.0
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of `diagnose.toml`."""

    target: TargetSettings = TargetSettings()
    run: RunSettings = RunSettings()
    thresholds: Thresholds = Thresholds()


def load(path: Path | None) -> Settings:
    """The settings of a file; of `diagnose.toml` in the current folder where none is named and it exists.

    Raises:
        SettingsError: the file is missing, no TOML, or has an unknown key.
    """
    chosen = path or Path(FILE)
    if path is None and not chosen.exists():
        return Settings()
    try:
        return msgspec.convert(tomllib.loads(chosen.read_text(encoding="utf-8")), Settings)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(f"{chosen}: {error}") from error
