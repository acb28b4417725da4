"""Durations as people write them: `90s`, `5m`, `1h30m`, or a number of seconds."""

from diagnose.text.patterns import lazy

UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_PART = r"(\d{1,12}(?:\.\d{1,9})?)(ms|s|m|h|d)"
_PARTS = lazy(_PART)
_WHOLE = lazy(rf"(?:{_PART})+")
_NUMBER = lazy(r"\d{1,12}(?:\.\d{1,9})?")


def parse(text: str) -> float | None:
    """Returns the seconds of a duration, None where the text is none; a number without a unit counts seconds."""
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return float(text)
    if not _WHOLE.fullmatch(text):
        return None
    return sum(float(number) * UNITS_S[unit] for number, unit in _PARTS.findall(text))


def to_text(seconds: float) -> str:
    """Formats a duration in whole seconds as it is parsed: "4m30s"."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    parts = [f"{hours}h" if hours else "", f"{minutes}m" if minutes else "", f"{rest}s" if rest or not whole else ""]
    return "".join(parts)
