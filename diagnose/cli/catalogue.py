"""The catalogue of this installation and of the settings file; apart from sources, which take time to import."""

from collections.abc import Iterable
from importlib.resources import files

from msgspec.structs import replace

from checks import CHECKS, signatures
from diagnose.check.api import Check, Code
from diagnose.cli.settings import ProfileSettings, Settings, SettingsError, SiteSignature, agree, like
from diagnose.engine.catalogue import NAMES, Catalogue
from diagnose.target import profile
from diagnose.target.profile import Profile
from diagnose.target.profiles import Profiles

PROVEN, WORKER, OTHERWISE = ("alga-psa",), "temporal-worker", "generic"
"""The profiles of one program each, that of any Temporal worker, and that of any workload."""


def profiles() -> dict[str, Profile]:
    """Returns all profiles by name."""
    found = (each for each in files("checks.profiles").iterdir() if each.name.endswith(".toml"))
    return {each.name: each for each in sorted(map(profile.load, found), key=lambda each: each.name)}


def catalogue(settings: Settings | None = None, chosen: str = "") -> Catalogue:
    """Returns the checks and signatures of this installation and of the settings file.

    Args:
        settings: the settings of the file.
        chosen: the profile of the flag; the file's deviations from another profile do not apply then.

    Raises:
        SettingsError: the file or the flag names something that does not exist.
    """
    from_file = settings or Settings()
    known = _with_deviations(profiles(), from_file.profile)
    name = chosen or from_file.profile.name
    if name and name not in known:
        raise SettingsError(f"there is no profile {name!r}{like(name, known)}")
    codes = {code.id for check in CHECKS for code in check.codes}
    agree(from_file, checks=[check.id for check in CHECKS], codes=codes, names=NAMES)
    site_signatures = {each.code: each for each in reversed(from_file.signatures) if each.code not in codes}
    all_checks = tuple(_with_site_codes(check, site_signatures.values()) for check in CHECKS)
    return Catalogue(
        checks=all_checks,
        signatures=(*signatures.load(), *signatures.completed(from_file.signatures, all_checks)),
        profiles=Profiles(
            proven=tuple(known[each] for each in PROVEN),
            worker=known[WORKER],
            generic=known[OTHERWISE],
            requested=known[name] if name else None,
        ),
    )


def _with_deviations(known: dict[str, Profile], own: ProfileSettings) -> dict[str, Profile]:
    """Returns the profiles with what the file states: of the one that it names, else of each that facts may choose."""
    if own.extends:
        if own.extends not in known:
            raise SettingsError(f"there is no profile {own.extends!r} to extend{like(own.extends, known)}")
        base = replace(known[own.extends], name=own.name or own.extends)
        return known | {base.name: own.adapted(base)}
    named = [own.name] if own.name else list(known)
    return known | {name: own.adapted(known[name]) for name in named if name in known}


def _with_site_codes(check: Check, site_signatures: Iterable[SiteSignature]) -> Check:
    """Returns the check with the codes that the settings file declares for it."""
    codes = (
        Code(id=each.code, meaning=each.meaning, fix=each.fix, severity=each.severity, transient=each.transient)
        for each in site_signatures
        if each.check == check.id
    )
    return replace(check, codes=(*check.codes, *codes))
