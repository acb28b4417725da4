"""Where the value of an assignment ends, in any syntax, and which values are no secret."""

import re
from collections.abc import Iterator

from diagnose.text.patterns import lazy
from diagnose.text.redaction.names import is_weak_name, parts_of
from diagnose.text.redaction.spans import MASK
from diagnose.text.redaction.tokens import is_plain

# Values that are no secret and that help to find a fault.
PLACEHOLDERS = frozenset({"", "<no value>", "change-me-in-production", "changeme", "change-me"})

MAX_VALUE = 16_384
_MAX_ESCAPES = 64
_QUOTE = lazy(r"(\\*+)(\"{3}|'{3}|[\"'`])")
_PREFIX = lazy(
    r"(?:(?:!!?[\w:]{1,32}+|&\w{1,32}+)[ \t]++|(?:string|str)\(\d++\)[ \t]*+|(?:[burfne]{1,2}|u&)(?=[\"'])"
    r"|(?:Bearer|Basic|Token|ApiKey|Digest)[ \t]++(?=\S))",
    re.IGNORECASE,
)
_CALL = lazy(r"[A-Za-z_][\w.]{0,40}+(?=\()")
_BRACKETS = {"{": "}", "[": "]", "(": ")"}
_IN_BRACKETS = lazy(r"[^\[\](){}\"'`\\]++|\\*+[\"'`]|\\++|[\[\](){}]")
_LEAF = lazy(
    r"(?P<key>\\*+[\"'`]?[A-Za-z_][\w.\-]{0,63}+\\*+[\"'`]?[ \t]*+(?:[:=]>?)\s*+)"
    r"|(?P<value>\\*+\"(?:[^\"\\]|\\+[^\"\\])*\\*+\"|'[^']*+'|`[^`]*+`|[^\s,;:=\[\](){}\"'`\\]++(?:[:=](?=\S)[^\s,\[\](){}\"'`\\]*+)?)"
    r"|\s++|\\++|.",
    re.DOTALL,
)
# A stop ends a value where a space, the end or another assignment follows it; else it is a character of the value.
_BARE = lazy(
    r"(?:[^\s\"'`,;&|<>()\[\]{}‹]++"
    r"|[,;&|](?=[^\s,;&|\"'`\\‹])(?![\"']?[\w.\-]{1,64}+[\"']?[ \t]?[=:])"
    r"|[\"'`<>()\[\]{}](?=[^\s,;&|\"'`<>()\[\]{}=:\\.‹]))+"
)
_BLOCK = lazy(r"[|>][+\-\d]*[ \t]*(?=\n)")
_LINE = lazy(r"\n([ \t]*+)([^\n]*+)")
_HARMLESS = lazy(
    r"true|false|null|none|nil|undefined|yes|no|empty|unset|\*{2,}|x{4,}|\.{2,}|…|-+|<[^<>]*>|\$\{\w+\}|\$\(\w+\)"
    r"|(?-i:\$[A-Z_][A-Z0-9_]*)|\{\{.*|%\(?\w*\)?[sdvq]|\{\w*\}|:'[a-z_]+'?|\[?object[ \w]{0,32}\]?"
    r"|(?:process\.|os\.)?env(?:iron)?[.\[(][\w\"\'\])]{0,64}"
    r"|\[?redacted\]?|\(?hidden\)?|\?+",
    re.IGNORECASE | re.DOTALL,
)
# Keys of what a secret's key may refer to, in an object under the name of a secret.
_REFERENCES_TEXT = """
    name namespace key path secretname optional items mode defaultmode type kind secret mountpath version ttl
    expires expiry expires_in expiresin expiration expirationtimestamp created renewable lease_duration length min
    max required enabled apiversion audience file url host port user username driver sources readonly field
    fieldpath
"""
REFERENCES = frozenset(_REFERENCES_TEXT.split())
# How messages go on after "password: " or "the token is ".
_PROSE_TEXT = """
    not no failed failure fails missing permission denied invalid expired context dial cannot could couldn't can't
    unable error errors err is was are were must should may might will would has have had does doesn't didn't isn't
    the a an this that these those it its authentication authorization unauthorized forbidden required empty unset
    malformed wrong incorrect bad unknown unexpected unsupported mismatch too short long than only same different
    and or but for of from to in on at by with without as if when where while because since until after before
    between request response connection connect read write open close timeout timed out deadline eof tcp tls x509
    http lookup secret secrets configmap volume key keys token tokens password passwords credentials certificate
    file files directory path name namespace user users account service role field value string data set used using
    use loaded found exists already never always still again please see check try contact reset changed updated
    created deleted removed rotated revoked renewed renewing verified accepted rejected refused ignored skipped
    disabled enabled immutable optional mandatory there you your we our i he they login logged rpc desc code get
    post put delete parsing parse reading loading fetching getting validating checking being signature has been so
    then nor neither either both all any some each every other another new old current previous valid ok okay
    success successful succeeded pending available unavailable insufficient reached exceeded canceled cancelled
    aborted closed broken correct provided given present absent stored mounted encrypted protected hidden masked
    redacted default same used reason cause caused warning warn info debug fatal panic exception syntax unterminated
    undefined null nil none server via per about out off up down over under into
"""
_PROSE = frozenset(_PROSE_TEXT.split())
_PROSE_END = lazy(r"(?:ed|ing|able|ible|ly|ive|ous|ent|ant|ible|less|ful)\Z")
_WORD = lazy(r"[a-zA-Z'][a-zA-Z'0-9]*+")
_AFTER_WORD = lazy(r"[.,;:!?)]*+(?=[\s\"'`&|<>)\]}]|\Z)|\\[nrt]")


_MIN_WEAK = 4
_MAX_COUNT = 4
_DIRECTORIES = frozenset({"pwd", "oldpwd"})
_COUNTS = frozenset({"pass", "passes", "keys", "tokens", "secrets", "credentials", "passwords"})


def is_harmless(value: str) -> bool:
    """Whether a value is a placeholder, a reference to a variable, or masked."""
    return value in PLACEHOLDERS or MASK in value or _HARMLESS.fullmatch(value) is not None


def is_secret(name: str, value: str) -> bool:
    """Whether the value of a variable with the name of a secret is one: no placeholder, folder, count or method."""
    stripped = value.strip()
    if is_harmless(stripped):
        return False
    if is_weak_name(name) and (is_plain(stripped) or len(stripped) < _MIN_WEAK):
        return False
    last = (parts_of(name) or [""])[-1]
    if last in _DIRECTORIES and stripped.startswith("/") and is_plain(stripped):
        return False
    return not (last in _COUNTS and stripped.isdigit() and len(stripped) <= _MAX_COUNT)


def is_prose(text: str, start: int, *, of_sentence: bool = False) -> bool:
    """Whether what begins here is a message and no value, as in "token: permission denied"."""
    found = _WORD.match(text, start)
    if found is None or _AFTER_WORD.match(text, found.end()) is None:
        return False
    word = found[0].lower()
    return word in _PROSE or (of_sentence and word == found[0] and _PROSE_END.search(word) is not None)


def after_call(text: str, start: int) -> int:
    """Returns where the arguments of a call begin, as in Secret("…"); without a call where the value does."""
    call = _CALL.match(text, start)
    return call.end() if call else start


def value_at(text: str, start: int, *, indent: int | None = None) -> Iterator[tuple[int, int, bool]]:
    """Yields where the parts of the value at `start` are, and whether they are quoted.

    Args:
        text: the whole text.
        start: where the value begins.
        indent: of the line with its name, so that a block of YAML and a list on the next lines are found.
    """
    if indent is not None and (block := _BLOCK.match(text, start)):
        yield from _indented(text, block.end(), indent)
        return
    if prefix := _PREFIX.match(text, start):
        start = prefix.end()
    start = after_call(text, start)
    quote = _QUOTE.match(text, start)
    if quote:
        begin = quote.end()
        yield begin, _closing(text, begin, quote[1], quote[2]), True
    elif text[start : start + 1] in _BRACKETS and text[start : start + 2] != "{{":
        yield from _leaves(text, start, bracket_end(text, start))
    elif bare := _BARE.match(text, start):
        end = bare.end()
        while end > start and text[end - 1] == "\\":
            end -= 1
        yield start, end, False


def _closing(text: str, begin: int, slashes: str, quote: str) -> int:
    """Returns where a quoted value ends: at the quote with as many backslashes or fewer, at most at its line's end."""
    at, limit = begin, min(len(text), begin + MAX_VALUE)
    while (at := text.find(quote, at, limit)) >= 0:
        escapes = text[max(begin, at - _MAX_ESCAPES) : at]
        count = len(escapes) - len(escapes.rstrip("\\"))
        if count <= len(slashes) or (not slashes and count % 2 == 0):
            return at - min(count, len(slashes))
        at += 1
    line = text.find("\n", begin, limit)
    return line if line >= 0 else limit


def bracket_end(text: str, start: int) -> int:
    """Returns where a bracket closes; one without its end closes with the text, or after a limit."""
    depth, quoted = 0, ""
    for found in _IN_BRACKETS.finditer(text, start, start + MAX_VALUE):
        part = found[0]
        if quoted:
            quoted = "" if part == quoted else quoted
        elif part[-1] in "\"'`":
            quoted = part
        elif part in _BRACKETS:
            depth += 1
        elif part in _BRACKETS.values():
            depth -= 1
            if depth == 0:
                return found.end()
    return min(len(text), start + MAX_VALUE)


def _leaves(text: str, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """Yields the values within brackets, apart from those of keys that make it a reference."""
    key = ""
    for found in _LEAF.finditer(text, start, end):
        if found["key"]:
            key = found["key"].strip("\\\"'`:=> \t\n").lower()
        elif found["value"]:
            begin, last = found.span("value")
            stripped = found["value"].strip("\\\"'`")
            if key not in REFERENCES and stripped:
                at = text.find(stripped, begin, last)
                yield at, at + len(stripped), found["value"] != stripped
        elif found[0] == ",":
            key = ""


def _indented(text: str, at: int, indent: int) -> Iterator[tuple[int, int, bool]]:
    """Yields the lines after `at` that are indented more."""
    while line := _LINE.match(text, at):
        if line[2] and len(line[1]) <= indent:
            return
        if line[2]:
            yield line.start(2), line.end(2), True
        at = line.end()
