"""Finds values by the name that they are assigned to, in any syntax: code, JSON, YAML, XML, SQL, flags, sentences."""

import re
from collections.abc import Iterator

from diagnose.text.redaction.names import is_header_name, is_secret_name, is_secret_phrase, is_weak_name, parts_of
from diagnose.text.redaction.spans import Span
from diagnose.text.redaction.tokens import is_plain
from diagnose.text.redaction.values import is_harmless, is_prose, is_secret, value_at

_NAME_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
_MAX_BEFORE = 128
# The beginnings of all parts that make a name one of a secret.
_HIT = re.compile(
    r"pass|pw|pin|pat|pem|pepper|psk|privkey|sec|ses|sig|salt|seed|sid|senha|tok|totp|cred|key|auth|cook|hmac|dsn|otp"
    r"|mfa|cvv|jwt|[cx]srf|nonce|licen|mac|unlock|mnem|webhook|bearer|kennw|contrase|mot|identified"
)
_NAME_END = re.compile(r"[\w.\-]*+")
_SIGN = (
    r"(?P<close>(?:\\*+[\"'`])?+[\])]?)"
    r"(?:(?P<sign>[ \t]*+(?:=>|->|:=|<-|={1,3}|:(?!//|:)|\|(?!\|)|│|%3[AaDd](?:%2[02])*+))"
    r"|(?P<element>[^<>\n]{0,200}+>)(?=[^<\n]*+</)"
    r"|(?P<column>(?:\\*t|\t)++| {2,}+)(?=\S))"
)
_FOLLOWS = re.compile(_SIGN)
_SPACES = re.compile(r"[ \t]*+")
_NEXT_LINE = re.compile(r"[ \t]*+\r?\n([ \t]*+)(?:-[ \t]++)?")
_FLAG = re.compile(r"\\*+[\"']?(?:[ \t]++|,\s*+|\s*+\n\s*+-\s++)(?!-)")
_TUPLE = re.compile(r"\\*+([\"'])\s*+,\s*+\\*+([\"'])(?P<value>[^\"'\\\n]{1,512}+)\\*+\2\s*+[)\]}]")
_SQL = re.compile(r"[ \t]++(?:BY[ \t]++|WITH[ \t]++\S++[ \t]++BY[ \t]++|:)?(?:AS[ \t]++)?(?=')|\('", re.IGNORECASE)
_SENTENCE = re.compile(
    r"\\*+[\"'`]?(?:[ \t]++(?:for|of|to)[ \t]++\S{1,64}+(?:[ \t]++(?!is\b|was\b)\S{1,64}+)?)?"
    r"[ \t]++(?:(?:is|was|were|will be)(?:[ \t]++(?:now|set to|changed to|reset to))?+|set to|equals|lautet|ist|are)"
    r"(?:[ \t]*+:)?[ \t]++"
)
_SPACED = re.compile(r"[ \t](?=\S)")
_ANNOUNCED = re.compile(r"(?:[ \t]++(?:\d{1,2}|environment|variable|value|\w{1,12}[ \t]++is))*+[ \t]*+[:=](?!/)")
_VALUE_AFTER = re.compile(
    r"\\*+[\"'`]?[ \t]*+(?:[,;]|\||/?>|\r?\n|\r?\n\r?\n|(?=\s))?\s*+(?:-\s++)?(?:<)?\\*+[\"'`]?"
    r"(?:value|val|content|secret|data|string_?value|plain)\\*+[\"'`]?(?:\s*+[:=]\s*+|>)",
    re.IGNORECASE,
)
_MULTIPART = re.compile(r"\\*+[\"']?[^\n]{0,128}+(?:\r?\n[A-Z][^\n]{0,128}+)*?(?:\r?\n\r?\n|(?:\\r)?\\n(?:\\r)?\\n)")
_VALUE_BEFORE = re.compile(
    r"(?:value|val|content)\\*+[\"'`]?\s*+[:=]\s*+\\*+([\"'`])(?P<value>[^\"'`\n]{1,200}?)\\*+\1\s*+,?\s*+\\*+[\"'`]?"
    r"(?:name|key|field|id|variable)\\*+[\"'`]?\s*+[:=]\s*+\\*+[\"'`]?\Z",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?:\b|_)(?:name|key|field|id|variable|parameter|property|setting|env|option)\\*+[\"'`]?\s*+[:=>]\s*+\\*+[\"'`]?\Z",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"\blogin\s+\S{1,128}+\s+\Z")
_LINE_START = re.compile(r"[ \t]*+(?:-[ \t]++)?(?:export[ \t]++|set[ \t]++)?[\"']?\Z")
_OF_PERSONS_TEXT = """
    password passwd passphrase passcode pwd pass passwort pw pin otp
"""
_OPENING = frozenset("([{")
_OF_PERSONS = frozenset(_OF_PERSONS_TEXT.split())
# Words of SQL and headers that are the name of a secret, and part of no other one.
_NO_NAMES = frozenset({"identified", "authorization", "cookie", "cookies"})
_SPACED_NAMES = _OF_PERSONS | {"token", "bearer"}
_SPOKEN = frozenset((*_OF_PERSONS, "token", "bearer", "secret", "apikey", "cookie", "key", "credential", "credentials"))
_WORD_BEFORE = re.compile(r"(?<![A-Za-z])([A-Za-z]{1,24}) \Z")
_SIGNS = re.compile(r"[=:]")
_ASSIGNMENT = re.compile(r"[\w.\-]+[=:]")
_MIXED = re.compile(r"(?=[^\s]*[0-9])(?=[^\s]*[A-Za-z])|[^\s\w.,:/\-\"'()]")

# Flags of programs that take a password, or "user:password".
_PROGRAMS = re.compile(
    r"\b(?:mysql\w*|mariadb[\w\-]*|sshpass|psql|mongo\w*|redis-cli|valkey-cli|docker|podman|helm|skopeo|crane|nerdctl|az|curl|wget"
    r"|http|htpasswd|ldap\w+|smbclient|7z|zip|unzip|openssl|sqlcmd|bcp|ansible[\w\-]*|influx|vault|oc|kubectl|expect|login)\b"
)
_SHORT_FLAG = re.compile(
    r"(?<![\w\-])-(?P<flag>[pPaWw]|u|U)(?P<gap>\\*+[\"']?,?[ \t]*+=?\\*+[\"']?)(?P<value>[^\s\"',\]\\]{3,256}+)"
)
_USER_PASSWORD = re.compile(r"(?P<user>[^\s:\"'%]{1,64}+)[:%](?P<password>[^\s\"']++)")
_NUMBERS = re.compile(r"[\d:./]++(?:/(?:tcp|udp))?\Z")
_PARAMETERS = re.compile(r"\$\d{1,3} ?= ?'(?P<value>(?:[^'\n]|'')*+)'?")
_USER_LIST = re.compile(r"(?m)^\"[^\"\n]{1,64}\"[ \t]++\"(?P<value>[^\"\n]*+)\"?[ \t]*+$")
_PASS_ARGUMENT = re.compile(r"\b(?:pass|env|file):(?P<value>\S++)")


def find(text: str) -> Iterator[Span]:
    """Yields the values of a text that have the name of a secret."""
    lowered = text.lower() if text.isascii() else "".join(each.lower() if each < "\x80" else each for each in text)
    done = 0
    for hit in _HIT.finditer(lowered):
        if hit.start() < done:
            continue
        before = text[max(done, hit.start() - _MAX_BEFORE) : hit.start()]
        start = hit.start() - len(before) + len(before.rstrip(_NAME_CHARACTERS))
        found = _NAME_END.match(text, hit.start())
        done = found.end() if found else hit.end()
        for span in _of_name(text, start, done):
            yield span
            done = max(done, span.end)
    if " -" in text or text.startswith("-") or "'-" in text or '"-' in text or "[-" in text:
        yield from _short_flags(text)
    if "$" in text:
        for parameter in _PARAMETERS.finditer(text):
            yield Span(*parameter.span("value"), "parameter of a statement")
    if text.startswith('"') or '\n"' in text:
        for entry in _USER_LIST.finditer(text):
            yield Span(*entry.span("value"), "list of users")


def _of_name(text: str, start: int, end: int) -> Iterator[Span]:
    name = text[start:end].rstrip(".-") or text[start:end]
    end = start + len(name)
    bare = name.strip("-.")
    # Lists of what a variable is for: "• NEXTAUTH_SECRET: Secret used by …".
    if text[max(0, start - 2) : start] == "• ":
        return
    before = _WORD_BEFORE.search(text, max(0, start - 32), start)
    if is_secret_name(bare) or bare.lower() in _NO_NAMES or (before and is_secret_phrase(before[1], bare)):
        yield from _values(text, start, end, name)


def _values(text: str, start: int, end: int, name: str) -> Iterator[Span]:
    """Yields the values after a name, by the first syntax that fits."""
    shape = f"value of {name.strip('-.')}"
    if name.startswith("-") and (flag := _FLAG.match(text, end)):
        yield from _judged(text, flag.end(), name, shape, prose=False)
        return
    if follows := _FOLLOWS.match(text, end):
        if follows["element"] is not None:
            if text[start - 1 : start] == "<" and (stop := text.find("</", follows.end())) >= 0:
                yield from _judge(text, follows.end(), stop, shape, quoted=True, name=name)
            elif text[start - 1 : start] != "<" and (pair := _VALUE_AFTER.match(text, end)):
                yield from _judged(text, pair.end(), name, shape, prose=False)
            return
        if follows["column"] is None or follows["column"].strip(" "):
            yield from _assigned(text, start, follows, name, shape)
            return
    yield from _others(text, start, end, name, shape)


def _others(text: str, start: int, end: int, name: str, shape: str) -> Iterator[Span]:
    """Yields the values of pairs, tuples, statements and sentences."""
    if _NAMED.search(text, max(0, start - 40), start):
        if pair := (_VALUE_AFTER.match(text, end) or _MULTIPART.match(text, end)):
            yield from _judged(text, pair.end(), name, shape, prose=False)
        before = _VALUE_BEFORE.search(text, max(0, start - 320), start)
        if before:
            yield Span(*before.span("value"), shape)
        return
    if (text[start - 2 : start - 1] in _OPENING or start < 2) and (pair := _TUPLE.match(text, end)):
        yield from _judge(text, *pair.span("value"), shape, quoted=True, name=name)
        return
    last = parts_of(name)[-1:]
    if last and last[0] in {*_OF_PERSONS, "identified"} and (sql := _SQL.match(text, end)):
        yield from _judged(text, sql.end() - (sql[0][-1:] == "'"), name, shape, prose=False)
    elif last and last[0] in _SPOKEN:
        yield from _spoken(text, end, name, shape, last[0])
    elif announced := _ANNOUNCED.match(text, end):
        yield from _judged(text, announced.end(), name, shape)


def _spoken(text: str, end: int, name: str, shape: str, last: str) -> Iterator[Span]:
    if announced := _ANNOUNCED.match(text, end):
        yield from _judged(text, announced.end(), name, shape)
    elif sentence := _SENTENCE.match(text, end):
        yield from _judged(text, sentence.end(), name, shape, of_sentence=True)
    elif (spaced := _SPACED.match(text, end)) or text[end : end + 2] == "  ":
        begin = spaced.end() if spaced else end + 2
        for first, stop, quoted in value_at(text, begin):
            value = text[first:stop]
            of_netrc = last in _OF_PERSONS and _LOGIN.search(text, max(0, first - 200), end - len(name))
            if of_netrc or (last in _SPACED_NAMES and _is_unlike_prose(text, first, stop, value)):
                yield from _judge(text, first, stop, shape, quoted=quoted, name=name)


def _is_unlike_prose(text: str, first: int, stop: int, value: str) -> bool:
    mixed = _MIXED.search(value) is not None and _ASSIGNMENT.match(value) is None
    return mixed and not is_plain(value) and not is_prose(text, first, stop, of_sentence=True)


def _assigned(text: str, start: int, follows: re.Match[str], name: str, shape: str) -> Iterator[Span]:
    line = text.rfind("\n", max(0, start - 256), start) + 1
    line = max(line, start - 256, 0)
    at_line_start = _LINE_START.match(text, line, start) is not None
    begin = follows.end() + len(_SPACES.match(text, follows.end())[0])  # type: ignore[index]
    if is_header_name(name) and follows["sign"] is not None:
        yield from _header(text, start, begin, shape)
        return
    indent = start - line if at_line_start else None
    if next_line := _NEXT_LINE.match(text, begin):
        deeper = indent is not None and len(next_line[1]) > indent
        listed = next_line[0].rstrip(" \t")[-1:] == "-"
        if not (deeper or listed or follows["close"]):
            return
        if listed or (deeper and indent is not None):
            items = list(_listed(text, begin, len(next_line[1]))) if listed else []
            if items:
                for first, stop in items:
                    yield from _judge(text, first, stop, shape, quoted=False, name=name)
                return
        begin = next_line.end()
    whole_line = at_line_start and follows["close"] == "" and (follows["sign"] or "").strip() == ":"
    yield from _judged(text, begin, name, shape, indent=indent if indent is not None else None, to_line_end=whole_line)


_ITEM = re.compile(r"[ \t]*+\r?\n([ \t]*+)-[ \t]++([^\n]++)")


def _listed(text: str, at: int, indent: int) -> Iterator[tuple[int, int]]:
    while (item := _ITEM.match(text, at)) and len(item[1]) == indent:
        yield item.span(2)
        at = item.end()


def _header(text: str, start: int, begin: int, shape: str) -> Iterator[Span]:
    """Yields all words of a header, up to the end of its line or to the quote that was opened before it."""
    opened = text[start - 1 : start] if start else ""
    first = text[begin : begin + 1]
    if first in {'"', "'", "`", "[", "{", "("} or text[begin : begin + 2] in {'\\"', "\\'"}:
        for one, stop, quoted in value_at(text, begin):
            yield from _judge(text, one, stop, shape, quoted=quoted, name="authorization_header")
        return
    if first in "," or is_prose(text, begin, len(text)):
        return
    stop = text.find("\n", begin)
    stop = stop if stop >= 0 else len(text)
    if opened in {'"', "'"}:
        closing = text.find(opened, begin, stop)
        stop = closing if closing >= 0 else stop
    if not is_prose(text, begin, begin + len(text[begin:stop].split(" ", maxsplit=1)[0])):
        yield from _judge(text, begin, stop, shape, quoted=True, name="authorization_header")


def _judged(
    text: str,
    begin: int,
    name: str,
    shape: str,
    *,
    prose: bool = True,
    of_sentence: bool = False,
    indent: int | None = None,
    to_line_end: bool = False,
) -> Iterator[Span]:
    begin += len(_SPACES.match(text, begin)[0])  # type: ignore[index]
    if text[begin : begin + 1] == "{" and is_weak_name(name.strip("-.")):
        return
    for first, stop, quoted in value_at(text, begin, indent=indent):
        if prose and not quoted and is_prose(text, first, stop, of_sentence=of_sentence):
            continue
        if to_line_end and not quoted:
            line = text.find("\n", stop)
            rest = text[stop : line if line >= 0 else len(text)]
            rest = rest.rstrip() if rest.startswith(" ") and not _SIGNS.search(rest) else ""
            yield from _judge(text, first, stop + len(rest), shape, quoted=quoted, name=name)
        else:
            yield from _judge(text, first, stop, shape, quoted=quoted, name=name)


def _judge(text: str, first: int, stop: int, shape: str, *, quoted: bool, name: str) -> Iterator[Span]:
    """Yields a value unless it is a placeholder, a plain word under a name that has those, or a small number."""
    value = text[first:stop]
    stripped = value.strip() if quoted else value.rstrip(".,;:!?")
    if not is_secret(name.strip("-."), stripped):
        return
    yield Span(first, stop, shape)


def _short_flags(text: str) -> Iterator[Span]:
    for found in _SHORT_FLAG.finditer(text):
        value = found["value"]
        begin = found.start("value")
        if _NUMBERS.match(value) or is_harmless(value) or value.startswith(("-", "/", "./", "$")):
            continue
        login = _USER_PASSWORD.match(value)
        if found["flag"] in "uU":
            if login and not _NUMBERS.match(login["password"]) and not is_harmless(login["password"]):
                yield Span(begin + login.start("password"), begin + len(value), "flag")
            continue
        known = _PROGRAMS.search(text, max(0, begin - 200), begin)
        if known or (_MIXED.search(value) and not is_plain(value) and ":" not in value):
            yield Span(begin, begin + len(value), "flag")
