"""Words in commands that stand for a value which only a person knows."""

from diagnose.text.patterns import lazy

_PLACEHOLDER = lazy(
    r"(?<![\w$-])"
    r"(?:NEW_VALUE|RIGHT_[A-Z]+|SECRET_NAME|REDIS_SERVICE|PUBLIC_HOST|ADMIN_USER|RELEASE|CHART|VALUES)"
    r"(?![\w=-])"
    r"|<[a-z][a-z_]*>"
)


def placeholders(command: str) -> tuple[str, ...]:
    """Returns the words of a command that a person has to replace, each once."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(command)))
