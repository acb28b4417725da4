"""Chooses the most informative line of a log: the one that names the error, its object and its cause."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

import msgspec

from diagnose.logs.entries import Level
from diagnose.logs.reading import read
from diagnose.logs.stacks import Stacks, stacks_of, without_bars
from diagnose.queries.kubernetes import LogLine
from diagnose.text.characters import one_line
from diagnose.text.patterns import lazy

# What is counted, configured or handled, not what failed: "0 errors", "error_rate=0", "no error", "error handler".
_HARMLESS = lazy(
    r"\b(?:0|no|zero|without|without any|never|free of|any) (?:\w{1,20} )?(?:errors?|failures?|exceptions?"
    r"|failed|fails|timeouts?|retries|warnings?)\b"
    r"|\b(?:\w{1,40}[_.\-])?(?:errors?|failures?|failed|exceptions?|timeouts?|rejected|dropped|aborted"
    r"|missing|invalid|expired|retries)"
    r"(?:[_\- ]?(?:rate|count|counter|total|ratio|percent|pct"
    r"|\w{1,20}))?[\"']?\s?[:=]\s?[\"']?(?:0(?:\.0+)?%?(?![\w.])|none\b|null\b|nil\b|<nil>|false\b|no\b"
    r"|\[\]|\{\}|\"\")"
    r"|\b0(?:\.0+)?%? (?:errors?|failed|failures?|rejected|dropped|missing|invalid|expired|exceptions?|timeouts?)\b"
    r"|\berror[\- _]?(?:handlers?|handling|pages?|logs?|logging|loggers?|boundary|reporting|reporter"
    r"|codes?|rate|budget|callback|middleware"
    r"|tracking|tracker|count|level|channel|stream|recovery|threshold|template|notification|queue|metrics?)\b"
    r"|\bon[\-_ ]?(?:error|failure|timeout|exception)\b|\b(?:max|maximum)[\-_ ](?:errors?|failures?|failed)\b"
    r"|\bfail(?:over|safe|[\-_ ]?fast|[\-_ ]?open|[\-_ ]?closed)\b|\bif (?:\w{1,20} ){0,3}fail(?:s|ed)?\b"
    r"|(?<![\w\-])--[\w\-]{0,40}(?:fail|error|missing|invalid)",
    re.IGNORECASE,
)
_ERRNO = (
    r"E(?:CONN(?:REFUSED|RESET|ABORTED)|NOTFOUND|TIMEDOUT|AI_AGAIN|AI_NONAME|HOST(?:UNREACH|DOWN)"
    r"|NETUNREACH|PIPE|ACCES|NOENT|PERM|ROFS"
    r"|NOSPC|MFILE|NFILE|ADDRINUSE|ADDRNOTAVAIL|NOMEM|XIST|ISDIR|NOTDIR|INVAL|BUSY|DQUOT|SOCKETTIMEDOUT"
    r"|AUTH|PROTO|OPENBREAKER)"
)
CLASS = lazy(
    rf"\b[A-Z][\w$]*(?:Error|Exception|Fault|Interrupt|Exit"
    rf"|Rejection)\b(?!=)|\b{_ERRNO}\b|\bSQLSTATE\b|\bORA-\d{{5}}\b"
    r"|\b(?:panic:|panicked at|fatal error:)|\b(?:E1\d{4}|rpc error|[Ee]rrno -?\d+|os error \d+)\b"
)
"""The class of an error, or the code that stands for one."""
FAILURE = lazy(
    r"""
    \b(?:
      refused | timed?[ -]?out(?!\s?[=:])
      | timeout\ (?:exceeded|expired|after|while|waiting|reached|of|occurred|error)
      | deadline\ (?:has\ )?exceeded | denied | forbidden | unauthori[sz]ed | unauthenticated | unreachable
      | not\ (?:be\ )?(?:found|set|defined|permitted|allowed|available|authori[sz]ed|supported|writable
            |readable|configured|resolved?|connect(?:ed)?|responding|enough|exist|reachable|registered
            |initiali[sz]ed|valid|implemented|a\ valid|known)
      | no\ such | does\ not\ (?:exist|match|have) | doesn't\ exist | could\ not | couldn't | cannot | can't
      | can\ not | unable\ to | failed | failure | fails | failing | undefined | unset | missing | invalid
      | expired | exhausted | corrupt(?:ed)? | rejected | unavailable | unhealthy
      | out\ of\ (?:memory|space|range|disk|bounds) | no\ space\ left | too\ (?:many|large|long|small)
      | exceed(?:s|ed) | divi(?:sion|ded?)\ by\ (?:zero|0) | segmentation\ fault | core\ dumped | deadlock
      | broken\ pipe | reset\ by\ peer | no\ route\ to | name\ resolution
      | bad\ (?:gateway|address|request|credentials|port|file\ descriptor) | unexpected | (?:lost|dropped)\ connection
      | connection\ (?:to\ \S{1,100}\ )?(?:was\ |is\ )?(?:lost|closed|dropped|terminated|broken)
      | did\ not\ (?:answer|respond|reply|finish|start|complete) | (?:is|are|went)\ (?:down|offline) | gone\ away
      | no\ (?:healthy\ |available\ )?(?:servers?|endpoints?|brokers?|backends?|upstreams?|nodes?|leader|quorum)
      | certificate\ (?:has\ |is\ )?expired | null\ ?pointer
      | unknown\ (?:host|database|user|option|flag|command|column|table|field|variable) | required | mismatch
      | malformed | unbound | unresolved | incompatible | unsupported | violates? | duplicate | already\ in\ use
      | must\ (?:not\ )?(?:be|have|install|set|specify|provide|contain|match) | not\ empty | unrecogni[sz]ed
      | no\ module\ named | can't\ (?:locate|find|open) | in\ use | pid\ terminated | not\ a\ number
      | already\ exists | not\ a\ directory | is\ a\ directory | read-?only | syntax\ error | crash(?:ed|es)? | killed
      | insufficient | wrong | misconfigured | conflict | throttled | overflow | stale | cancell?ed | stuck
      | no\ (?:answer|response|reply) | (?:status|http|code|answered|returned|with)\W{1,3}5\d\d
      | still\ waiting | not\ (?:yet\ )?ready
      | waiting\ (?:for|on)\ (?:the\ )?(?:database|db|postgres\w*|mysql|redis|kafka|[\w.\-]{1,100}:\d+)
    )\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What happened, in the words of all kinds of programs."""
# Of these alone no error follows: a cache has misses, and a user may be unknown.
_SOFT = lazy(
    r"(?:not (?:be )?(?:found|available|ready|enough)|missing|required|invalid|expired|duplicate|stale|conflict"
    r"|already exists"
    r"|cancell?ed|unexpected|unsupported|rejected|unavailable|killed|read-?only|unset|wrong"
    r"|too (?:large|long|small))\Z",
    re.IGNORECASE,
)
_CAPITALS = lazy(
    r"\b(?:ERROR|FATAL|CRITICAL|PANIC|SEVERE)\b|\A\W*(?:[Ee]rror|[Ff]atal)\b|\b(?:[Ee]rror|[Ff]atal|FAIL):"
    r"|\bUncaught\b|\bUnhandled\b|\bException\b|\bTraceback \("
)
# A host or address with its port, a path, a variable, an HTTP status, something quoted.
_NAMED = (
    lazy(
        r"(?<![\w.\-])[\w.\-]{1,253}+:\d{2,5}\b|\b[Pp]ort \d{2,5}\b"
        r"|\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b|(?<![\w.\-])[\w\-]{1,63}(?:\.[\w\-]{1,63}){2,}"
    ),
    lazy(r"(?<![\w/])/[\w.\-]{1,255}(?:/[\w.\-]{1,255})*"),
    lazy(r"\b[A-Z][A-Z0-9]{1,40}(?:_[A-Z0-9]{1,40}){1,8}\b"),
    lazy(r"\b[45]\d\d\b"),
    lazy(r"(?<!\w)[\"'`‘“][^\"'`’”\n]{1,120}[\"'`’”]"),
)
_CAMEL = lazy(r"([a-z])([A-Z])")
# A class with its package, which is like a host.
_QUALIFIED = lazy(r"\b[A-Za-z]\w{0,40}(?:\.[\w$]{1,60}){1,12}(?:Error|Exception|Fault)\b")
# Advice, what follows from an error, and what a wrapper reports of its child.
_HINT = lazy(
    r"\A\W*(?:hint|note|tip|help|usage|see|try|please|for more|for further|for help|run |use |check |visit|did you"
    r"|read more|more info|a complete log|docs?:|make sure|ensure|verify|is the server running"
    r"|possible (?:cause|reason)s?|suggestion|consider|if you|learn more|to install|npm notice|background on this)\b"
    r"|\A\s{1,8}-{1,2}\w"
    r"|\A\W*https?://\S+\W*\Z|\bcomplete log of this run\b|\bsee (?:the )?(?:docs|documentation|logs? )",
    re.IGNORECASE,
)
_CONSEQUENCE = lazy(
    r"\b(?:exiting|shutting down|shut down|giving up|aborting|terminating|stopping|stopped|bye|quitting"
    r"|restarting|will retry|retrying|sleeping|waiting for (?:file changes|changes)"
    r"|exit(?:ed|s)?(?: with)?(?: exit)?(?: status| code)|exit status|return(?:ed)? code|non-zero"
    r"|app crashed|ELIFECYCLE|npm (?:ERR|error)|command failed|process (?:ended|finished|completed)"
    r"|cleaning up|cleanup"
    r"|goodbye|caught signal|received sig\w+|main process|child process|finished|job failed|task failed"
    r"|run failed|startup failed|failed to start|could not start|cannot continue|unable to start"
    r"|unrecoverable|backtrace|core dump|crash dump|failed to boot|could not create the java|program will exit"
    r"|aborted!|retries too quickly|exception in worker process)\b",
    re.IGNORECASE,
)
_COMPLAINT = lazy(
    r"\A\W*(?:log4j|SLF4J|logback|logging(?: error)?|--- Logging error|sentry|opentelemetry|otel|datadog"
    r"|dd-?trace|ddtrace|newrelic|new relic|statsd|bugsnag|rollbar|honeycomb|jaeger|zipkin|prometheus"
    r"|fluent\w*|winston|StatusLogger|ERROR StatusLogger)\b"
    r"|\b(?:ch\.qos\.logback|org\.apache\.log(?:4j|ging)|\w{0,40}Appender)\b"
    r"|\b(?:no transports|log4j2? (?:configuration|config)|appenders? could be found|failed to (?:flush"
    r"|ship|write|send|export|upload|deliver|post) (?:\w+ ){0,3}(?:logs?|traces?|spans?|metrics?|telemetry"
    r"|events? to sentry)"
    r"|(?:traces?|spans?|metrics?|logs?) export|exporting (?:traces?|spans?|metrics?|logs?)|log file"
    r"|logger|telemetry|span processor|SentryHandler|write to (?:the )?log)\b",
    re.IGNORECASE,
)
_LABELLED = lazy(r"(?:FATAL|ERROR|PANIC|CRITICAL): |.{0,300}\bfailed: (?:FATAL|ERROR): ")
# Marks of causes, the place in a file of Ruby, the process and time of Redis.
_BEFORE = lazy(
    r"\A\s*+(?:---> |\[cause\]: |Caused by: |Unhandled exception[.:] |Exception in thread \"[^\"\n]{1,100}\" "
    r"|\d{1,2}: (?=[a-zA-Z])|\S{1,200}\.rb:\d{1,6}:in [`'][^`'\n]{1,100}': "
    r"|\d{1,7}:[A-Z] \d\d [A-Z][a-z]{2} \d{4} [\d:.]{8,12} [#*.\-] )"
)
FOR_CAUSE = 3
MOST_LINES, MOST_FOLLOWING = 2_000, 2
LEAST = 3
"""The weight from which a line names an error, and not only that there is one."""
LAST_LINES = 40
CONTEXT = 5
SHORT = 30
_TIME = lazy(
    r"\A[\s\[(]*+(?:[A-Z][a-z]{2} )?(?:\d{4}[\-/]\d\d[\-/]\d\d|\d\d/[A-Z][a-z]{2}/\d{4}"
    r"|[A-Z][a-z]{2} {1,2}\d{1,2})?[T :]?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC"
    r"|[+\-]\d\d:?\d\d))?[\])]*+[\s:\-]*+"
)


class Chosen(msgspec.Struct, frozen=True):
    """The most informative line of a log.

    Attributes:
        text: its message, on one line.
        number: which of the lines it is.
        weight: how much it reports; below `LEAST` it names no error.
    """

    text: str
    number: int
    weight: int

    @property
    def is_error(self) -> bool:
        """Whether it names an error."""
        return self.weight >= LEAST


def choose(lines: Sequence[str]) -> Chosen | None:
    """Returns the most informative of the last lines, the last one of several; None where all are empty."""
    before = max(0, len(lines) - MOST_LINES)
    last = lines[before:]
    stacks = stacks_of(last)
    left = [number for number, line in enumerate(last) if line.strip() and number not in stacks.skipped][-LAST_LINES:]
    if not left:
        return None
    weights = {number: _weight_in(stacks, number, last[number]) for number in left}
    best = max(reversed(left), key=weights.__getitem__)
    text = message_of(last[best])
    if best in stacks.causes and not _names(text):
        # What it made fail may name the object.
        outer = [number for number in left if number < best][-MOST_FOLLOWING:]
        texts = (message_of(last[number]) for number in outer if weights[number] >= LEAST)
        named = [each for each in texts if _names(each) and not _COMPLAINT.search(each)]
        text = _joined(named[-1], text) if named else text
    else:
        text = _with_following(text, last, left, best, stacks)
    return Chosen(text, before + best, weights[best])


def _weight_in(stacks: Stacks, number: int, line: str) -> int:
    """Returns the weight of a line with what its place in a stack adds."""
    found = weight(_BEFORE.sub("", without_bars(line)))
    if number in stacks.causes:
        return found + FOR_CAUSE
    # Whatever its class is called: `socket.timeout`, `queue.Empty`.
    return max(found, LEAST + 1) if number in stacks.thrown else found


def _joined(outer: str, cause: str) -> str:
    """Returns what failed with its cause, where that says more."""
    known = outer.lower()
    news = not all(each[0].lower() in known for each in FAILURE.finditer(cause))
    return f"{outer.rstrip(' .:')}: {cause}" if news else outer


def _with_following(text: str, lines: Sequence[str], left: Sequence[int], best: int, stacks: Stacks) -> str:
    """Returns a message with the origin of its error, or with the lines that it only introduces."""
    following = [number for number in left if number > best]
    origin = max((number for number in following if number in stacks.causes), default=0)
    if origin:
        return _joined(text, message_of(lines[origin]))
    if following and (best in stacks.thrown or len(text) < SHORT) and not (FAILURE.search(text) or _names(text)):
        more = [lines[number] for number in following[:MOST_FOLLOWING] if number - best <= MOST_FOLLOWING]
        more = [each for each in more if not (_HINT.search(each) or _CONSEQUENCE.search(each) or _TIME.match(each))]
        text = " ".join((text, *(one_line(each) for each in more if read(each).level is Level.UNKNOWN)))
    return text


def message_of(line: str) -> str:
    """Returns the message of a line without time, level and logger; a level alone is a part of a sentence."""
    line = _BEFORE.sub("", without_bars(line))
    message = one_line(line if _LABELLED.match(line) else read(line).message)
    return _unpacked(_TIME.sub("", message) or message)


# An object as languages print it: {'a': 1}, {"a":1}, {:a=>1}, map[a:1], &{A:1}, Error{a=1}, Error(a=1), Error { a: 1 }.
_RECORD = lazy(
    r"(?:(?:\b[A-Z][\w.$]{0,60} ?|&|#)?[{<]|\bmap\[|\b[A-Z][\w.$]{0,60}\()"
    r"\s?[:'\"\\]{0,2}[A-Za-z_][\w.]{0,40}(?P<mark>[\\'\"]{0,2})\s?[:=]"
)
_MESSAGE_FIELDS = ("message", "msg", "m", "error", "err", "reason", "description", "detail")
_FIELD = lazy(rf"(?<![\w.$\-])(?P<name>{'|'.join(_MESSAGE_FIELDS)})(?P<mark>['\"]?)\s?(?:=>|[:=])\s?", re.IGNORECASE)
_QUOTED = lazy(r"(?P<mark>[\"'])(?P<text>(?:\\.|(?!(?P=mark))[^\\])*)(?P=mark)")
# Of a value without quotation marks: the next field, or the end of the object.
_NEXT = lazy(
    r",\s?\w{1,40}[:=]|\s[A-Z]\w{0,40}:|\s[a-z]\w{0,40}[:=](?![\d/\s])|\s(?:code|status)\w{0,10}[:=]|[}\])>]{1,9}\W{0,5}\Z"
)
_MOST_FIELDS = 12


def _unpacked(message: str) -> str:
    """Returns a message that ends with the fields of an error with the one in their place that is its message."""
    record = _RECORD.search(message[:2_000]) if message.rstrip(" .\"'").endswith(("}", "]", ")", ">")) else None
    if record is None:
        return message
    packed = message[record.start() : 2_000]
    if '{\\"' in packed[: record.end()]:
        packed = packed.replace('\\\\\\"', "'").replace('\\"', '"')
    # Where names are in quotation marks, one without is a word of a value.
    is_quoted = bool(record["mark"])
    named = (hit for hit in _FIELD.finditer(packed) if hit["mark"] or not is_quoted)
    hits = reversed(tuple(islice(named, _MOST_FIELDS)))
    fields = {hit["name"].lower(): _value(packed, hit.end()).replace('\\"', '"') for hit in hits}
    text = next((text for name in _MESSAGE_FIELDS if weight(text := fields.get(name, ""))), "")
    return f"{message[: record.start()].rstrip(' :(-,')}: {text}".removeprefix(": ") if text else message


def _value(packed: str, at: int) -> str:
    """Returns the value of a field that begins there, "" for an object within the object."""
    if quoted := _QUOTED.match(packed, at):
        return quoted["text"]
    end = _NEXT.search(packed, at) if packed[at : at + 1] not in {"{", "[", '"', "'"} else None
    return packed[at : end.start()] if end else ""


def around(lines: Sequence[LogLine], number: int) -> str:
    """Returns a line with up to five lines before and after it, each truncated by itself."""
    first = max(0, number - CONTEXT)
    return "\n".join(shortened(each.text) for each in lines[first : number + CONTEXT + 1] if each.text.strip())


def first_line(message: str) -> str:
    """Returns the first line of a message, with the next one where it only introduces that."""
    lines = [line.strip() for line in message.split("\n") if line.strip()] or [""]
    return one_line(" ".join(lines[: 2 if lines[0].endswith(":") or len(lines[0]) < SHORT else 1]))


def shortened(line: str, longest: int = 300) -> str:
    """Returns a line that is truncated with a mark where it is too long."""
    return line if len(line) <= longest else f"{line[:longest]} …[truncated]"


@lru_cache(maxsize=8_192)
def weight(line: str) -> int:
    """Returns how much a line reports about an error: that there is one, its class, what happened, and to what."""
    found = read(line[:2_000])
    text = _HARMLESS.sub(" ", found.message)
    if found.level in {Level.INFO, Level.DEBUG} and not found.has_failed:
        return 0
    failures, names_class = [each[0] for each in FAILURE.finditer(text)], CLASS.search(text)
    if names_class and not failures:
        # FileNotFoundError, UnknownHostException, ConnectionRefusedError
        failures = FAILURE.findall(_CAMEL.sub(r"\1 \2", names_class[0]))
    states = found.level is Level.ERROR or _CAPITALS.search(text) is not None
    total = 2 * states + 3 * (names_class is not None) + found.has_failed
    if failures:
        total += 3 if total or not all(map(_SOFT.match, failures)) else 1
    if not total:
        return 0
    total += 2 * _names(text) + (len(text) > len("Error: failed"))
    total -= 3 * (_CONSEQUENCE.search(text) is not None)
    if _HINT.search(found.message):
        total -= 4
    if _COMPLAINT.search(found.message):
        total -= 7
    return max(total, 1)


# The number of a line, or the command "." of a shell, before a message without its wrapper.
_PLACE = lazy(r"\A(?:(?:\d{1,5}|\.): ){1,3}")
_BRACKETED = lazy(r" \([^()]{1,80}\)")
_OPENS = lazy(r"\{[^{}]*\Z|\[[^\[\]]*\Z")


def _names(text: str) -> bool:
    """Whether a text names an object: a host, a path, a variable, something quoted."""
    text = _QUALIFIED.sub("", text)
    return any(pattern.search(text) for pattern in _NAMED)


def essence(message: str, longest: int) -> str:
    """Returns a message that fits: without what is in brackets, without what wraps the error, then without its middle.

    The end of a message is mostly the cause ("…: connection refused"), its beginning what was tried.
    """
    text = one_line(message).rstrip(" .:,;")
    if len(text) > longest and (record := _RECORD.search(text)) and FAILURE.search(text[: record.start()]):
        text = text[: record.start()].rstrip(" :(-")
    if len(text) > longest:
        text = _BRACKETED.sub("", text)
    wrapper, _, inner = text.partition(": ")
    # What is within brackets is a fragment without them.
    while (
        len(text) > longest
        and not _OPENS.search(wrapper)
        and weight(inner) >= LEAST
        and (_names(inner) or not _names(wrapper))
    ):
        text = inner
        wrapper, _, inner = text.partition(": ")
    text = _PLACE.sub("", text)
    if len(text) <= longest:
        return text
    begin = text[: longest // 2]
    begin = begin.rpartition(" ")[0] or begin
    end = text[len(begin) - longest + 1 :]
    return f"{begin.rstrip(' :,;')}…{(end.partition(' ')[2] if ' ' in end[:SHORT] else end).lstrip()}"
