"""Finds tokens by their own shape: random characters, known prefixes, and encoded text with a secret in it.

A run of characters is a secret unless it is of a harmless kind: text of plain parts, numbers, UUIDs, the hashes in
names of pods, digests and ids that their context names.
"""

import base64
import binascii
import functools
import re
from collections.abc import Callable, Iterator
from typing import TypeVar
from urllib.parse import unquote

from diagnose.text.patterns import lazy
from diagnose.text.redaction.spans import Span

T = TypeVar("T")
_Judged = tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int, str], ...], str]

MIN_TOKEN = 16
_MIN_HEX = 32
_MAX_CACHED = 256


def _cached(function: Callable[[str], T]) -> Callable[[str], T]:
    """Remembers the answers for short texts, which come again and again; long ones would only take memory."""
    cached = functools.lru_cache(maxsize=16_384)(function)
    return lambda run: cached(run) if len(run) <= _MAX_CACHED else function(run)


_MAX_NEUTRAL = 6
_MAX_SHORT = 3
_MAX_CLUSTER_HASH = 12
_MIN_MIXED = 20
_MIN_DIGITS = 6
_CHANGES = 0.3
_MAX_ACRONYM = 5
_PLAUSIBLE = 0.65

_RUN = lazy(r"[A-Za-z0-9_+/=~.\-]{12,}+")
_ATOM = lazy(r"[A-Za-z0-9]++")
_PIECE = lazy(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]++|[0-9]++|[A-Z]")
_NOT_PLAIN = lazy(r"[^A-Za-z0-9_./\- ]")
_UUID = lazy(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_HEX = lazy(r"(?:[0-9a-f]++|[0-9A-F]++)\Z")
# What stands before a digest, a commit or an id of 32 characters and more that is no secret.
_NAMES_HEX = lazy(
    r"(?:://|\d\.\d+[+\-]|(?:sha-?\d*|md5|\bdigest|checksum|\bhash|etag|fingerprint|thumbprint|commit|revision|\brev|sandbox|container"
    r"|layer|blob|image|version|tag|\bexec|\btask|\buid|uuid|serial|tree|build|snapshot|containers?/"
    r"|(?:trace|span|run|workflow|request|correlation|execution|activity|event|node|pod|process|job|lease|machine|boot"
    r"|transaction|message|object|resource)[-_ ]?id)s?\b[^A-Za-z0-9]{0,6}(?:[A-Za-z]{1,12}+\W{0,4})?)\Z",
    re.IGNORECASE,
)
_HEX_CONTEXT = 40
_IN_NAME = lazy(r"@[a-z0-9.\-]*-\Z|/[A-Za-z0-9._\-]+[:@]\Z")

_KNOWN = lazy(
    r"(?<![A-Za-z0-9])(?:gh[a-z]_|github_pat_|gl[a-z]{2,6}-|xox[a-z]{1,2}[-.]|xapp-|npm_|pypi-|AIza|ya29\.|1//0|GOCSPX-"
    r"|SG\.|whsec_|[srp]k_(?:live|test)_|re_(?=[A-Za-z0-9]*\d)|sk-(?:proj-|ant-|or-|svcacct-)?|hf_|do[a-z]_v1_"
    r"|AGE-SECRET-KEY-|dp\.[a-z]{2,7}\.|A[KS]IA(?=[A-Z0-9]{12})|[A-Za-z0-9]{14}\.atlasv1\.|dckr_[po]at_|hv[sbr]\."
    r"|[sbr]\.(?=[A-Za-z0-9]{20})|shp[a-z]{2}_|lin_(?:api|oauth)_|figd_|rubygems_|NRAK-|sq0[a-z]{3}-|PMAK-|gl(?:sa|c)_"
    r"|r8_(?=[A-Za-z0-9]{20})|nvapi-|gsk_|pplx-|xai-|sb[ps]_|dapi(?=[0-9a-f]{20})|AT(?:ATT|BB|CTT)|CFPAT-|sntry[su]_"
    r"|LTAI(?=[A-Za-z0-9]{12})|EZ[AT]K(?=[A-Za-z0-9]{20})|dt0[cs]\d\d\.|shippo_(?:live|test)_|bkua_|ntn_|rzp_(?:live|test)_"
    r"|FLW(?:SEC|PUB)K|amzn\.mws\.|ph[cx]_|tfp_|pscale_(?:tkn|pw|oauth)_|key-(?=[0-9a-f]{32})|SK(?=[0-9a-f]{32})"
    r"|AC(?=[0-9a-f]{32})|tskey-|vercel_|fly(?:v1|_)|fo1_|ops_ey|pat-(?:na|eu)\d-|PRIVATE-|cio_|api_org_"
    r"|v\d\.local\.|ey[JIA](?=[A-Za-z0-9_\-]{8,2000}+\.)|ATDC|wandb_v1_|nfp_|ddp?_|civo_|scw_|exo_|apify_api_|sb_secret_|pul-)"
    r"[A-Za-z0-9_\-./+=~]{10,}+"
)
# Hashes of passwords, as crypt, PostgreSQL, LDAP and Werkzeug write them.
_HASHES = lazy(
    r"\$(?:[1567y]|2[abxy]?|apr1|argon2\w{1,2}|pbkdf2[\w\-]*|scrypt|bcrypt[\w\-]*)\$[A-Za-z0-9./+=,$\-]{8,}+"
    r"|SCRAM-SHA-\d+\$\d+:[A-Za-z0-9+/=$:]{8,}+|\bmd5[0-9a-f]{32}\b|\{S?(?:SHA|MD5|CRYPT)\d*\}[A-Za-z0-9./+=$]{8,}+"
    r"|\b(?:pbkdf2|scrypt):[\w:]{1,64}+\$\S{8,}+"
)
_BASE64_LINES = lazy(r"(?m)^[A-Za-z0-9+/]{56,80}+$(?:\n[A-Za-z0-9+/]{4,80}+={0,2}+$)+")
_CHUNK = lazy(r"[^\s\"'<>`&?=;]++")
# The last line of a key or of base64 text, each line of which has the same beginning.
_MIN_LINE = 40
_LAST_LINE = lazy(r"\n[^\n]{0,64}?(?<![A-Za-z0-9+/])([A-Za-z0-9+/]{2,80}+={1,2}+)(?=\n|\Z)")
_PERCENT = lazy(r"%[0-9A-Fa-f]{2}")
_BASE64 = lazy(r"[A-Za-z0-9+/]{12,}+={0,2}+\Z|[A-Za-z0-9_\-]{12,}+={0,2}+\Z")
_STRUCTURED = lazy(r"\s*[{\[]|-----BEGIN ")
_BASIC = lazy(r"[\w.@\-]{1,64}:[\x21-\x7e]{3,}\Z")

# Pairs of letters that occur in the identifiers and words of programs: of random letters, a third does.
_PAIRS = frozenset(
    first + second
    for first, seconds in (
        pair.split(":")
        for pair in [
            "a:bcdgiklmnprstuvxy",
            "b:aeilorsu",
            "c:acehiklorstu",
            "d:adeilorsu",
            "e:abcdefgilmnopqrstvwxy",
            "f:aefilortu",
            "g:aehilnorsu",
            "h:aeiot",
            "i:abcdefglmnoprstvxz",
            "k:eis",
            "l:adeilostuy",
            "m:abeimopsu",
            "n:acdefgiklnostuv",
            "o:abcdfgiklmnoprstuvw",
            "p:aehiloprstuy",
            "q:u",
            "r:acdegiklmnoprstuvy",
            "s:acehilopstuy",
            "t:acefhiloprstuy",
            "u:abceilmnprst",
            "v:aei",
            "w:aeior",
            "x:ept",
            "y:ps",
            "z:e",
        ]
    )
    for second in seconds
)


def find(text: str, inner: Callable[[str], bool]) -> Iterator[Span]:
    """Yields the tokens of a text; `inner` tells whether a decoded text has a secret."""
    if "$" in text or "md5" in text or "{S" in text or "pbkdf2:" in text:
        for found in _HASHES.finditer(text):
            yield Span(found.start(), found.end(), "hash of a password")
    for found in _RUN.finditer(text):
        # Most runs are words, and are judged often.
        if judged := _judged(found[0]):
            yield from _in_run(text, found, judged, inner)
    if "\n" in text:
        for found in _BASE64_LINES.finditer(text):
            yield Span(found.start(), found.end(), "base64 over several lines")
    if "%" in text:
        for found in _CHUNK.finditer(text):
            if "%" in found[0] and _PERCENT.search(found[0]) and inner(unquote(found[0])):
                yield Span(found.start(), found.end(), "percent-encoded secret")


def is_named_digest(name: str, value: str) -> bool:
    """Whether a value is a digest or an id that its name names: "checksum/config", "commit-sha"."""
    return _is_long_hex(value) and _NAMES_HEX.search(re.sub(r"[-_/]", " ", name)) is not None


def is_plain(value: str) -> bool:
    """Whether a value is made of plain parts and numbers, as names of objects, methods, paths and times are."""
    if _NOT_PLAIN.search(value):
        return False
    return all(atom.isdigit() or len(atom) <= _MAX_SHORT or _is_plain_part(atom) for atom in _ATOM.findall(value))


def _in_run(text: str, found: re.Match[str], judged: _Judged, inner: Callable[[str], bool]) -> Iterator[Span]:
    run, start = found[0], found.start()
    known, random, decoded = judged
    for first, last in known:
        yield Span(start + first, start + last, "token with a known prefix")
    for first, last, shape in random:
        if shape == "hexadecimal":
            if _is_named_hex(text, start + first, run[first:last]):
                continue
        elif is_harmless_encoding(run[first:last], inner):
            continue
        yield Span(start + first, start + last, shape)
        if last - first >= _MIN_LINE and (rest := _LAST_LINE.match(text, start + last)):
            yield Span(*rest.span(1), shape)
        return
    if decoded and inner(decoded):
        yield Span(start, found.end(), "base64 of a secret")


def is_harmless_encoding(run: str, inner: Callable[[str], bool]) -> bool:
    """Whether a base64 text is of structured data or a certificate, without a secret in it."""
    decoded = _decoded(run)
    return bool(decoded) and _STRUCTURED.match(decoded) is not None and not inner(decoded)


def _decoded(run: str) -> str:
    """Returns the printable text that a base64 run encodes, or ""."""
    if not _BASE64.match(run) or run.islower():
        return ""
    standard = run.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        plain = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return plain if plain.replace("\n", "").replace("\t", "").replace("\r", "").isprintable() else ""


def is_basic_login(decoded: str) -> bool:
    """Whether a decoded text is "user:password", as in HTTP's basic authentication."""
    return _BASIC.match(decoded) is not None


def _is_named_hex(text: str, at: int, run: str) -> bool:
    before = text[max(0, at - _HEX_CONTEXT) : at]
    return (
        _NAMES_HEX.search(before) is not None
        or _IN_NAME.search(before) is not None
        or ".amazonaws.com" in text[at : at + len(run) + _HEX_CONTEXT]
    )


@_cached
def _judged(run: str) -> _Judged | None:
    """Returns where a run of characters has known prefixes, where it is random, and what it encodes; None for words."""
    judged = tuple(found.span() for found in _KNOWN.finditer(run)), _random_parts(run), _decoded(run)
    return judged if any(judged) else None


def _random_parts(run: str) -> tuple[tuple[int, int, str], ...]:
    """Returns where a run of characters is random: from its first to its last random part, or each digest alone."""
    if len(run) < MIN_TOKEN:
        return ()
    if "-" in run:
        run = _UUID.sub(lambda found: "." * len(found[0]), run)
    atoms = list(_ATOM.finditer(run))
    hexadecimal = tuple((each.start(), each.end(), "hexadecimal") for each in atoms if _is_long_hex(each[0]))
    random = [each for each in atoms if not _is_long_hex(each[0]) and _is_random(each[0])]
    if sum(len(each[0]) for each in random) < MIN_TOKEN:
        return hexadecimal
    first, last = random[0].start(), random[-1].end()
    # Short parts beside random ones belong to them: the signs of base64url divide a token anywhere.
    for each in reversed([one for one in atoms if one.end() <= first]):
        if run[each.end() : first] not in {"-", "_", "+", "/", "--", "__"} or _is_separate(each[0]):
            break
        first = each.start()
    for each in (one for one in atoms if one.start() >= last):
        if _is_separate(each[0]) and not (run[last] in "-_+/=" and len(each[0]) <= _MAX_NEUTRAL):
            break
        last = each.end()
    last += len(run) - len(run[last:].lstrip("=+/-_~")) - last
    return ((first, last, "random characters"),)


def _is_long_hex(atom: str) -> bool:
    return len(atom) >= _MIN_HEX and _HEX.match(atom) is not None and not atom.isdigit()


def _is_separate(atom: str) -> bool:
    return atom.isdigit() or _is_plain_part(atom)


def _is_random(atom: str) -> bool:
    """Whether a run of letters and digits is neither made of words nor a number or a short hash."""
    size = len(atom)
    if len(set(atom)) < _MAX_NEUTRAL or atom.isdigit() or (_HEX.match(atom) and size < _MIN_HEX):
        return False
    if atom == atom.lower() and size <= _MAX_CLUSTER_HASH:
        return False
    pieces = _PIECE.findall(atom)
    if len(pieces) >= size * _CHANGES:
        return True
    digits = sum(map(str.isdigit, atom))
    if size >= _MIN_MIXED and digits >= _MIN_DIGITS and size - digits >= _MIN_DIGITS and len(pieces) > 2:
        return True
    # Acronyms are no words: "normalizeGRPCConfig".
    letters = [each for each in pieces if not each.isdigit() and (not each.isupper() or len(each) > _MAX_ACRONYM)]
    return size >= MIN_TOKEN and not _is_plausible("".join(letters))


@_cached
def _is_plain_part(atom: str) -> bool:
    """Whether letters, with digits at most at an end, look like words."""
    pieces = _PIECE.findall(atom)
    letters = [each for each in pieces if not each.isdigit()]
    few = len(pieces) - len(letters) <= 1 and len(pieces) <= max(2, len(atom) / 3)
    return bool(letters) and few and _is_plausible("".join(letters))


def _is_plausible(letters: str) -> bool:
    lowered = letters.lower()
    pairs = len(lowered) - 1
    return pairs < 1 or sum(lowered[at : at + 2] in _PAIRS for at in range(pairs)) >= pairs * _PLAUSIBLE
