"""Finds values by the name that they are assigned to, in any syntax: code, JSON, YAML, XML, SQL, flags, sentences."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from diagnose.text.patterns import lazy
from diagnose.text.redaction.names import (
    NAME_CHARACTERS,
    is_header_name,
    is_secret_name,
    is_secret_phrase,
    is_weak_name,
    parts_of,
)
from diagnose.text.redaction.spans import Span
from diagnose.text.redaction.tokens import is_plain
from diagnose.text.redaction.values import after_call, bracket_end, is_harmless, is_prose, is_secret, value_at

_MAX_BEFORE = 128
# The beginnings of all parts that make a name one of a secret.
_HINTS = (
    r"p(?:ass|w|in|at|em|epper|sk|riv)|s(?:ec|es|ig|alt|eed|id|enha)|t(?:ok|otp)|c(?:red|ook|vv|srf|ontrase)|k(?:ey|ennw)"
    r"|auth|h(?:mac|ook)|dsn|otp|m(?:fa|ac|nem|ot)|jwt|xsrf|nonce|licen|unlock|bearer|identified|geheim"
)
_HIT = lazy(_HINTS)
_HIT_IN_UNICODE = lazy(rf"{_HINTS}|[Пп]арол|密[码碼]|口令|パスワード|비밀번호")
_NAME_END = lazy(r"[\w.\-]*+")
_SIGN = lazy(
    r"(?P<close>(?:\\*+[\"'`])?[\])]?)"
    r"(?:(?P<sign>[ \t]*+(?:=>|->|:=|<-|={1,3}|:(?!//|:)|：|\|(?!\|)|│|%3[AaDd](?:%2[02])*))|(?:\\*t|\t)+(?=\S))"
)
_ELEMENT = lazy(r"(?: [^<>\n]{0,200}+)?>(?P<value>[^<]{0,4096}+)</")
_IN_ELEMENT = lazy(r"<(?:[\w\-]{1,32}:)?\Z")
_NAMED_ELEMENT = lazy(r"[\"'](?: [^<>\n]{0,200}+)?>(?P<value>[^<]{1,4096}+)</")
_ATOM = lazy(r",?\s++\\*\"(?P<value>[^\"\\\n]{1,512}+)\\*\"")
_ENCLOSED = lazy(r"[ \t]++[(\[](?P<value>[^\s()\[\]]{4,128}+)[)\]]")
_ECHOED = lazy(
    r"\becho (?:-n )?[\"']?(?P<value>[^\"'|\n$]{1,256}+)[\"']?\s?\|"
    r"(?=[^\n]{0,200}(?:-stdin|passwd|sudo -S|kinit|cryptsetup|su ))"
)
_INSERTED = lazy(r"\((?P<columns>[^()]{1,1024}+)\)\s*+VALUES\s*+(?=\()", re.IGNORECASE)
_COLUMN = lazy(r"[\w.]++")
_LITERAL = lazy(r"'(?P<value>(?:[^']|'')*)'?")
_NEXT_ROW = lazy(r"\s*+,\s*+(?=\()")
_FROM_LITERAL = lazy(
    r"--from-literal[= ]\\*+(?:\"[\w.\-]++=(?P<double>[^\"\n]++)|'[\w.\-]++=(?P<single>[^'\n]++)"
    r"|[\w.\-]++=\\*+(?:\"(?P<after_double>[^\"\n]++)|'(?P<after_single>[^'\n]++)|(?P<bare>[^\s\"'\\]++)))"
)
_MAX_COMMAND = 1_024
# Directives of redis.conf.
_DIRECTIVES = frozenset({"requirepass", "masterauth"})
_BEGINS_LINE = lazy(r"(?:\A|\n|\\n)[ \t]*+\Z")
_ENDS_LINE = lazy(r"[ \t]++[^\s\\\"']++(?:[ \t]*+(?:\r?\n|\Z)|\\n|[\"'])")
_SETTERS = ("ENV ", "setx ", "SetEnv ", "setenv ", "config set ")
_REST_OF_LINE = lazy(r" [^\n=:]*+(?=\n|\Z)")
_QUOTES = frozenset("\"'`")
_SPACES = lazy(r"[ \t]*+")
_NEXT_LINE = lazy(r"[ \t]*+\r?\n(?P<indent>[ \t]*+)(?P<dash>-[ \t]++)?")
_ITEM = lazy(r"[ \t]*+\r?\n(?P<indent>[ \t]*+)-[ \t]++(?P<value>[^\n]++)")
_FLAG = lazy(r"\\*+[\"']?(?:[ \t]++|,\s*+|\s*+\n\s*+-\s++)(?!-)")
_TUPLE = lazy(
    r"\\*+([\"'])\s*+,\s*+\\*+([\"'])(?P<value>[^\"'\\\n]{1,512}+)\\*+\2\s*+(?P<end>[)\]}]|,(?!\s*+\\*+[\"']))"
)
_SQL = lazy(
    r"[ \t]++(?:BY[ \t]++|WITH[ \t]++\S++[ \t]++BY[ \t]++|:)?(?:AS[ \t]++)?(?=(?:[EN]|U&)?['\"])|\('", re.IGNORECASE
)
_SENTENCE = lazy(
    r"\\*+[\"'`]?(?:[ \t]++(?:for|of|to)[ \t]++\S{1,64}+(?:[ \t]++(?!is\b|was\b)\S{1,64}+)?)?"
    r"[ \t]++(?:(?:is|was|were|will be)(?:[ \t]++(?:now|set to|changed to|reset to))?|set to|equals|lautet|ist|are)"
    r"(?:[ \t]*+:)?[ \t]++"
)
_SPACED = lazy(r"[ \t]{1,2}+(?=[^\s\[({])")
_ANNOUNCED = lazy(
    r"(?:[ \t]++(?:for|of)(?:[ \t]++[\w.@\-]{1,64}+){1,3})?"
    r"(?:[ \t]++(?:\d{1,2}|phrase|environment|variable|value|set|reset|changed|generated|created"
    r"|updated|to|\w{1,12}[ \t]++is)){0,3}[ \t]*+[:=](?!/)"
)
_VALUE_AFTER = lazy(
    r"\\*+[\"'`]?[ \t]*+(?:[,;]|\||/?>|\r?\n|\r?\n\r?\n|(?=\s))?\s*+(?:-\s++)?(?:<)?\\*+[\"'`]?"
    r"(?:value|val|content|secret|data|string_?value|plain)\\*+[\"'`]?(?:\s*+[:=]\s*+|>)",
    re.IGNORECASE,
)
_MULTIPART = lazy(r"\\*+[\"']?[^\n]{0,128}+(?:\r?\n[A-Z][^\n]{0,128}+){0,8}?(?:\r?\n\r?\n|(?:\\r)?\\n(?:\\r)?\\n)")
_VALUE_BEFORE = lazy(
    r"(?:value|val|content)\\*+[\"'`]?\s*+[:=]\s*+\\*+([\"'`])(?P<value>[^\"'`\n]{1,200}?)\\*+\1\s*+,?\s*+\\*+[\"'`]?"
    r"(?:name|key|field|id|variable)\\*+[\"'`]?\s*+[:=]\s*+\\*+[\"'`]?\Z",
    re.IGNORECASE,
)
_NAMED = lazy(
    r"(?:\b|_)(?:name|key|field|id|variable|parameter|property|setting|env|option)\\*+[\"'`]?\s*+[:=>]\s*+\\*+[\"'`]?\Z",
    re.IGNORECASE,
)
_LOGIN = lazy(r"\blogin\s+\S{1,128}+\s+\Z")
_LINE_START = lazy(r"[ \t]*+(?:-[ \t]++)?(?:export[ \t]++|set[ \t]++)?[\"']?\Z")
_OPENING = frozenset("([{")
_OF_PERSONS = frozenset({"password", "passwd", "passphrase", "passcode", "pwd", "pass", "passwort", "pw", "pin", "otp"})
# Words of SQL and headers that are the name of a secret, and part of no other one.
_NO_NAMES = frozenset({"identified", "authorization", "cookie", "cookies"})
_SPACED_NAMES = _OF_PERSONS | {"token", "bearer"}
_SPOKEN = frozenset((*_OF_PERSONS, "token", "bearer", "secret", "apikey", "cookie", "key", "credential", "credentials"))
# The name of an object: volume "db-password" : references non-existent secret key.
_MAX_KIND = 32
_OBJECT = lazy(
    r"\b(?:volume|persistentvolumeclaim|configmap|container|pod|serviceaccount|deployment|statefulset|daemonset|job"
    r"|cronjob|service|node|namespace|image) \\?\"\Z|\bnon-existent (?:secret )?\Z"
)
_WORD_BEFORE = lazy(r"(?<![A-Za-z])([A-Za-z]{1,24}) \Z")
_ASSIGNMENT = lazy(r"[\w.\-]+[=:]")
_MIXED = lazy(r"(?<!\S)(?=\S*[0-9])(?=\S*[A-Za-z])|[^\s\w.,:/\-\"'()]")

# Flags of programs that take a password, or "user:password".
_PROGRAMS = lazy(
    r"\b(?:mysql\w*|mariadb[\w\-]*|sshpass|psql|mongo\w*|redis-cli|valkey-cli|docker|podman|helm|skopeo|crane|nerdctl"
    r"|az|curl|wget|http|htpasswd|ldap\w+|smbclient|7z|zip|unzip|openssl|sqlcmd|bcp|ansible[\w\-]*|influx|vault|oc|kubectl|expect|login)\b"
)
_SHORT_FLAG = lazy(
    r"(?<![\w\-])-(?P<flag>[pPaWw]|u|U|-(?:proxy-)?user|-auth|-creds)"
    r"(?P<gap>\\*+[\"']?,?[ \t]*+=?\\*+[\"']?)(?P<value>[^\s\"',\]\\]{3,256}+)"
)
_USER_PASSWORD = lazy(r"(?P<user>[^\s:\"'%]{1,64}+)[:%](?P<password>[^\s\"']++)")
_NUMBERS = lazy(r"[\d:./]++(?:/(?:tcp|udp))?\Z")
_PARAMETERS = lazy(r"\$\d{1,3} ?= ?'(?P<value>(?:[^'\n]|'')*)'?")
_USER_LIST = lazy(r"(?m)^\"[^\"\n]{1,64}\"[ \t]++\"(?P<value>[^\"\n]*+)\"?[ \t]*+$")


class _Name(NamedTuple):
    """A name of a secret, and where it is."""

    text: str
    start: int
    end: int

    @property
    def bare(self) -> str:
        """The name without the dashes of a flag."""
        return self.text.strip("-.")

    @property
    def last(self) -> str:
        """Its last part."""
        return (parts_of(self.bare) or [""])[-1]


def find(text: str) -> Iterator[Span]:
    """Yields the values of a text that have the name of a secret."""
    yield from _Scan(text).spans()
    if " -" in text or text.startswith("-") or "'-" in text or '"-' in text or "[-" in text:
        yield from _short_flags(text)
    if "echo " in text:
        for echoed in _ECHOED.finditer(text):
            yield Span(*echoed.span("value"), "input of a command")
    if "$" in text:
        for parameter in _PARAMETERS.finditer(text):
            yield Span(*parameter.span("value"), "parameter of a statement")
    if "VALUES" in text or "values" in text:
        yield from _inserted(text)
    if "create secret" in text:
        yield from _from_literals(text)
    if text.startswith('"') or '\n"' in text:
        for entry in _USER_LIST.finditer(text):
            yield Span(*entry.span("value"), "list of users")


class _Scan:
    """A search from name to name; it never goes back behind a value, and judges what is within brackets once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.bracketed = 0

    def spans(self) -> Iterator[Span]:
        """Yields the values of all names."""
        text, done = self.text, 0
        # The only letter that is longer in lower case is the dotted I.
        for hit in (_HIT if text.isascii() else _HIT_IN_UNICODE).finditer(text.replace("İ", "I").lower()):
            if hit.start() < done:
                continue
            before = text[max(done, hit.start() - _MAX_BEFORE) : hit.start()]
            start = hit.start() - len(before) + len(before.rstrip(NAME_CHARACTERS))
            done = _end_of(_NAME_END, text, hit.start())
            found = text[start:done].rstrip(".-") or text[start:done]
            name = _Name(found, start, start + len(found))
            if self._is_secret(name):
                for span in self._values(name):
                    yield span
                    done = max(done, span.end)

    def _is_secret(self, name: _Name) -> bool:
        # Lists of what a variable is for: "• NEXTAUTH_SECRET: Secret used by …".
        prefix = self.text[max(0, name.start - _MAX_KIND) : name.start]
        if prefix.endswith("• ") or _OBJECT.search(prefix):
            return False
        if is_secret_name(name.bare) or name.bare.lower() in _NO_NAMES:
            return True
        before = _WORD_BEFORE.search(self.text, max(0, name.start - 32), name.start)
        return before is not None and is_secret_phrase(before[1], name.bare)

    def _values(self, name: _Name) -> Iterator[Span]:
        """Yields the values after a name, by the first syntax that fits."""
        text = self.text
        if name.text.startswith("-") and (flag := _FLAG.match(text, name.end)):
            return self._judged(name, flag.end(), prose=False)
        before = text[max(0, name.start - 40) : name.start]
        if _IN_ELEMENT.search(before) and (element := _ELEMENT.match(text, name.end)):
            return self._judge(name, *element.span("value"), quoted=True)
        if (sign := _SIGN.match(text, name.end)) and is_header_name(name.bare) and sign["sign"]:
            return self._header(name, _end_of(_SPACES, text, sign.end()))
        if sign:
            return self._assigned(name, sign)
        if before[-1:] == ":" and (atom := _ATOM.match(text, name.end)):
            return self._judge(name, *atom.span("value"), quoted=True)
        if self._is_directive(name, before) and (spaced := _SPACED.match(text, name.end)):
            return self._judged(name, spaced.end())
        if _NAMED.search(before):
            return self._paired(name)
        pair = _TUPLE.match(text, name.end) if before[-2:-1] in _OPENING else None
        # A list of more texts is one of names; a call may have more arguments, which are none.
        if pair and (pair["end"] != "," or (before[-2] == "(" and before[-3:-2].isalnum())):
            return self._judge(name, *pair.span("value"), quoted=True)
        return self._spoken(name)

    def _is_directive(self, name: _Name, before: str) -> bool:
        """Whether a value follows a name after a space: ENV DB_PASSWORD …, or a line of a configuration."""
        if name.bare in _DIRECTIVES:
            if self.text[name.end : name.end + 2] in {' "', " '"}:
                return True
            return _BEGINS_LINE.search(before) is not None and _ENDS_LINE.match(self.text, name.end) is not None
        return before.endswith(_SETTERS)

    def _paired(self, name: _Name) -> Iterator[Span]:
        """Yields the value of a name that is a value itself: {"name": "DB_PASSWORD", "value": …}, in either order."""
        text = self.text
        if element := _NAMED_ELEMENT.match(text, name.end):
            yield from self._judge(name, *element.span("value"), quoted=True)
        if pair := (_VALUE_AFTER.match(text, name.end) or _MULTIPART.match(text, name.end)):
            yield from self._judged(name, pair.end(), prose=False)
        if before := _VALUE_BEFORE.search(text, max(0, name.start - 320), name.start):
            yield from self._judge(name, *before.span("value"), quoted=True)

    def _spoken(self, name: _Name) -> Iterator[Span]:
        """Yields the values of statements and sentences: PASSWORD '…', "the password is …"."""
        text, end, last = self.text, name.end, name.last
        if (last in _OF_PERSONS or last == "identified") and (sql := _SQL.match(text, end)):
            yield from self._judged(name, sql.end() - (sql[0][-1:] == "'"), prose=False)
        elif last in _OF_PERSONS and (enclosed := _ENCLOSED.match(text, end)):
            if not is_prose(text, enclosed.start("value"), of_sentence=True):
                yield from self._judge(name, *enclosed.span("value"), quoted=True)
        elif announced := _ANNOUNCED.match(text, end):
            yield from self._judged(name, announced.end())
        elif last in _SPOKEN and (sentence := _SENTENCE.match(text, end)):
            yield from self._judged(name, sentence.end(), of_sentence=True)
        elif last in _SPACED_NAMES and (spaced := _SPACED.match(text, end)):
            of_netrc = last in _OF_PERSONS and _LOGIN.search(text, max(0, name.start - 200), name.start)
            for first, stop, quoted in value_at(text, spaced.end()):
                if of_netrc or self._is_unlike_prose(first, stop, plain=quoted or last in _OF_PERSONS):
                    yield from self._judge(name, first, stop, quoted=quoted)

    def _is_unlike_prose(self, first: int, stop: int, *, plain: bool) -> bool:
        value = self.text[first:stop]
        mixed = _MIXED.search(value) is not None and _ASSIGNMENT.match(value) is None
        return mixed and (plain or not is_plain(value)) and not is_prose(self.text, first, of_sentence=True)

    def _assigned(self, name: _Name, sign: re.Match[str]) -> Iterator[Span]:
        text = self.text
        line = max(text.rfind("\n", max(0, name.start - 256), name.start) + 1, name.start - 256, 0)
        at_line_start = _LINE_START.match(text, line, name.start) is not None
        indent = name.start - line if at_line_start else None
        begin = _end_of(_SPACES, text, sign.end())
        if next_line := _NEXT_LINE.match(text, begin):
            if next_line["dash"]:
                yield from self._listed(name, begin, len(next_line["indent"]))
                return
            if not sign["close"] and (indent is None or len(next_line["indent"]) <= indent):
                return
            begin = next_line.end()
        whole_line = at_line_start and not sign["close"] and (sign["sign"] or "").strip() == ":"
        yield from self._judged(name, begin, indent=indent, to_line_end=whole_line)

    def _listed(self, name: _Name, at: int, indent: int) -> Iterator[Span]:
        """Yields the items of a list of YAML."""
        while (item := _ITEM.match(self.text, at)) and len(item["indent"]) == indent:
            yield from self._judge(name, *item.span("value"), quoted=True)
            at = item.end()

    def _header(self, name: _Name, begin: int) -> Iterator[Span]:
        """Yields all of a header's value, up to the end of its line or to the quote that was opened before it."""
        text = self.text
        first = text[begin : begin + 2].lstrip("\\")[:1]
        if first in _QUOTES or first in _OPENING:
            yield from self._judged(name, begin, prose=False)
            return
        stop = text.find("\n", begin)
        stop = stop if stop >= 0 else len(text)
        opened = text[name.start - 1 : name.start]
        if opened in _QUOTES and (closing := text.find(opened, begin, stop)) >= 0:
            stop = closing
        if not is_prose(text, begin):
            yield from self._judge(name, begin, stop, quoted=True)

    def _judged(
        self,
        name: _Name,
        begin: int,
        *,
        prose: bool = True,
        of_sentence: bool = False,
        indent: int | None = None,
        to_line_end: bool = False,
    ) -> Iterator[Span]:
        """Yields the parts of the value at a position that are secrets."""
        text = self.text
        begin = _end_of(_SPACES, text, begin)
        if prose and is_prose(text, begin, of_sentence=of_sentence):
            return
        opening = after_call(text, begin)
        if text[opening : opening + 1] in _OPENING:
            if opening < self.bracketed or (text[opening] == "{" and is_weak_name(name.bare)):
                return
            self.bracketed = bracket_end(text, opening)
        for first, stop, quoted in value_at(text, begin, indent=indent):
            rest = _REST_OF_LINE.match(text, stop) if to_line_end and not quoted else None
            yield from self._judge(name, first, rest.end() if rest else stop, quoted=quoted)

    def _judge(self, name: _Name, first: int, stop: int, *, quoted: bool) -> Iterator[Span]:
        """Yields a value unless it is a placeholder, a plain word under a name that has those, or a small number."""
        value = self.text[first:stop]
        if is_secret(name.bare, value if quoted else value.rstrip(".,;:!?")):
            yield Span(first, stop, f"value of {name.bare}")


def _end_of(pattern: re.Pattern[str], text: str, start: int) -> int:
    """Returns where a pattern that always matches ends."""
    found = pattern.match(text, start)
    return found.end() if found else start


def _inserted(text: str) -> Iterator[Span]:
    """Yields the literals of the rows of a table with a column that has the name of a secret."""
    done = 0
    for found in _INSERTED.finditer(text):
        if found.end() < done or not any(map(is_secret_name, _COLUMN.findall(found["columns"]))):
            continue
        row: re.Match[str] | None = found
        while row:
            done = bracket_end(text, row.end())
            for literal in _LITERAL.finditer(text, row.end(), done):
                yield from _literal(literal, "value", "value of a row")
            row = _NEXT_ROW.match(text, done)


def _from_literals(text: str) -> Iterator[Span]:
    """Yields the values that a command stores in a Secret, not those of a ConfigMap."""
    for found in _FROM_LITERAL.finditer(text):
        created = text.rfind("create ", max(0, found.start() - _MAX_COMMAND), found.start())
        if text.startswith("create secret", created):
            yield from _literal(found, found.lastgroup or "", "value of a Secret")


def _literal(found: re.Match[str], group: str, shape: str) -> Iterator[Span]:
    """Yields a quoted text without what escapes its closing quote."""
    begin, value = found.start(group), found[group].rstrip("\\")
    if not is_harmless(value):
        yield Span(begin, begin + len(value), shape)


def _short_flags(text: str) -> Iterator[Span]:
    for found in _SHORT_FLAG.finditer(text):
        value = found["value"]
        begin = found.start("value")
        if _NUMBERS.match(value) or is_harmless(value) or value.startswith(("-", "/", "./", "$")):
            continue
        if found["flag"] not in "pPaWw":
            login = _USER_PASSWORD.match(value)
            if login and not _NUMBERS.match(login["password"]) and not is_harmless(login["password"]):
                yield Span(begin + login.start("password"), begin + len(value), "flag")
            continue
        mixed = _MIXED.search(value) and not is_plain(value) and ":" not in value
        if mixed or _PROGRAMS.search(text, max(0, begin - 120), begin):
            yield Span(begin, begin + len(value), "flag")
