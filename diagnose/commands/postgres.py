"""Commands of PostgreSQL's client."""

from diagnose.commands.command import Command
from diagnose.text.patterns import lazy

_PLAIN = lazy(r"[a-z_][a-z0-9_]*")


def identifier(name: str) -> str:
    """The name of a role, database or schema in a statement."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def literal(text: str) -> str:
    """Quotes a text as a constant of SQL, whatever is in it."""
    quoted = text.replace("'", "''")
    return f"'{quoted}'"


def table(name: str) -> str:
    """The name of a table in a statement, with its schema if it has one; quoted where it must be."""
    return ".".join(part if _PLAIN.fullmatch(part) else identifier(part) for part in name.split("."))


def psql(
    host: str, port: int, user: str, database: str = "", statement: str = "", flags: tuple[str, ...] = ()
) -> Command:
    """A login, which runs a statement where one is given; the flags are literals."""
    given = {"-h": host, "-p": str(port), "-U": user, "-d": _database(database), "-c": statement}
    return Command("psql", *flags, *(word for flag, value in given.items() if value for word in _option(flag, value)))


def _database(name: str) -> str:
    """A name that psql would take for a URL or for parameters, with a host of its own, as the parameter it is."""
    if "=" not in name and "://" not in name:
        return name
    escaped = name.replace("\\", r"\\").replace("'", r"\'")
    return f"dbname='{escaped}'"


def _option(flag: str, value: str) -> tuple[str, ...]:
    """A short flag takes a value that begins with a dash only in the same word, and without a sign between."""
    return (f"{flag}{value}",) if value.startswith("-") else (flag, value)


def server_of(command: Command) -> tuple[str, int] | None:
    """Returns host and port of a login by `psql`, None of another command."""
    words = command.parts
    if words[:1] != ("psql",) or "-h" not in words or "-p" not in words:
        return None
    return str(words[words.index("-h") + 1]), int(words[words.index("-p") + 1])


def at(command: Command, host: str = "", port: int = 0) -> Command:
    """The login by `psql` at another address; without one, at the server of the machine that runs it."""
    at = command.parts.index("-h")
    address = ("-h", host, "-p", str(port)) if host else ()
    return Command(*command.parts[:at], *address, *command.parts[at + 4 :])


def as_user(command: Command, user: str) -> Command:
    """The login by `psql` as another user."""
    at = command.parts.index("-U")
    return Command(*command.parts[:at], *_option("-U", user), *command.parts[at + 2 :])


def as_variable_user(command: Command, variable: str) -> Command:
    """The login by `psql` as the user that a variable has where the command runs, as in NAME or NAME:-DEFAULT."""
    at = command.parts.index("-U")
    rest = (*command.parts[1:at], *command.parts[at + 2 :])
    return Command("sh", "-c", f'psql -U "${{{variable}}}" "$@"', "psql", *rest)
