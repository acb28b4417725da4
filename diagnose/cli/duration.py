"""A time as people write it."""

import re

import click

_DURATION = re.compile(r"(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?(?:(?P<s>\d+(?:\.\d+)?)s?)?")


class Duration(click.ParamType[float]):
    """`5m`, `90s`, `1h30m`, or a number of seconds; the value is in seconds, 0 for `0s`."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The seconds."""
        if isinstance(value, float):
            return value
        found = _DURATION.fullmatch(str(value).strip())
        if found is None or not any(found.groups()):
            self.fail(f"{value!r} is no duration; write 90s, 5m or 1h", param, ctx)
        hours, minutes, seconds = (float(part or 0) for part in found.groups())
        return hours * 3600 + minutes * 60 + seconds
