"""The catalogue of this installation and of the settings file; apart from sources, which take time to import.

The checks take longest to import, so each function imports them when it is called: a run waits for a server meanwhile.
"""

from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

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
    import checks

    # By the path of the package, as importlib.resources takes longer to import than all profiles to read.
    found = map(profile.load, (Path(checks.__file__).parent / "profiles").glob("*.toml"))
    return {each.name: each for each in sorted(found, key=lambda each: each.name)}


def listed_checks(settings: Settings) -> tuple[Check, ...]:
    """Returns the checks without the signatures and, where the file names none, the profiles, which take time to read.

    Raises:
        SettingsError: the file names something that does not exist.
    """
    if settings.profile.name or settings.profile.extends:
        _known_profiles(settings.profile)
    return _all_checks(settings)


def _all_checks(settings: Settings) -> tuple[Check, ...]:
    """Returns the checks of this installation, with the codes of the settings file."""
    from checks import CHECKS

    codes = {code.id for check in CHECKS for code in check.codes}
    agree(settings, checks=[check.id for check in CHECKS], codes=codes, names=NAMES)
    own = {each.code: each for each in reversed(settings.signatures) if each.code not in codes}
    return tuple(_with_site_codes(check, own.values()) for check in CHECKS)


def catalogue(settings: Settings | None = None, chosen: str = "") -> Catalogue:
    """Returns the checks and signatures of this installation and of the settings file.

    Args:
        settings: the settings of the file.
        chosen: the profile of the flag; the file's deviations from another profile do not apply then.

    Raises:
        SettingsError: the file or the flag names something that does not exist.
    """
    from checks import signatures

    from_file = settings or Settings()
    known, name = _known_profiles(from_file.profile, chosen)
    known_checks = _all_checks(from_file)
    return Catalogue(
        checks=known_checks,
        signatures=(*signatures.load(), *signatures.completed(from_file.signatures, known_checks)),
        profiles=Profiles(
            proven=tuple(known[each] for each in PROVEN),
            worker=known[WORKER],
            generic=known[OTHERWISE],
            requested=known[name] if name else None,
        ),
    )


def _known_profiles(own: ProfileSettings, chosen: str = "") -> tuple[dict[str, Profile], str]:
    """Returns all profiles with what the file states, and the name of the requested one, "" where facts choose."""
    known = _with_deviations(profiles(), own)
    name = chosen or own.name
    if name and name not in known:
        raise SettingsError(f"there is no profile {name!r}{like(name, known)}")
    return known, name


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
