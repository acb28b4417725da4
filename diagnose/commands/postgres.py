"""Commands of PostgreSQL's client."""

from diagnose.commands.command import Command


def psql(
    host: str, port: int, user: str, database: str = "", statement: str = "", flags: tuple[str, ...] = ()
) -> Command:
    """A login, which runs a statement where one is given; the flags are literals."""
    given = {"-h": host, "-p": str(port), "-U": user, "-d": database, "-c": statement}
    return Command("psql", *flags, *(word for flag, value in given.items() if value for word in _option(flag, value)))


def _option(flag: str, value: str) -> tuple[str, ...]:
    """A short flag takes a value that begins with a dash only in the same word, and without a sign between."""
    return (f"{flag}{value}",) if value.startswith("-") else (flag, value)
