"""Finds everything in a text that looks like a secret."""

from diagnose.text.redaction import assignments, blocks, tokens, urls
from diagnose.text.redaction.spans import Span

_MAX_NESTING = 2


def find(plain: str, nesting: int = _MAX_NESTING) -> list[Span]:
    """Returns the parts of a text that look like secrets; encoded text is decoded and judged, too."""
    private, public = blocks.find(plain)

    def has_secret(decoded: str) -> bool:
        return nesting > 0 and (tokens.is_basic_login(decoded) or bool(find(decoded, nesting - 1)))

    found = [*private, *tokens.find(plain, has_secret), *assignments.find(plain)]
    if ":" in plain:
        found += urls.find(plain)
    if public:
        found = [each for each in found if not any(one.start <= each.start < one.end for one in public)]
    return found
