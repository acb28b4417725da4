"""Finds everything in a text that looks like a secret."""

from bisect import bisect_right

from diagnose.text.redaction import assignments, blocks, tokens, urls
from diagnose.text.redaction.spans import Span

_MAX_NESTING = 2


def find(plain: str, nesting: int = _MAX_NESTING) -> list[Span]:
    """Returns the parts of a text that look like secrets; encoded text is decoded and judged, too."""
    private: list[Span] = []
    public: list[Span] = []
    if "BEGIN " in plain or "Private-Lines" in plain:
        private, public = blocks.find(plain)

    def has_secret(decoded: str) -> bool:
        return nesting > 0 and (tokens.is_basic_login(decoded) or bool(find(decoded, nesting - 1)))

    found = [*private, *tokens.find(plain, has_secret), *assignments.find(plain), *urls.find(plain)]
    if public:
        starts = [each.start for each in public]
        found = [each for each in found if not _is_within(each, public, starts)]
    return found


def _is_within(span: Span, blocks_: list[Span], starts: list[int]) -> bool:
    at = bisect_right(starts, span.start) - 1
    return at >= 0 and span.start < blocks_[at].end
