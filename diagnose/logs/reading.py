"""Reads the level, the message and the request of an entry, whatever logger of whatever language wrote it."""

import re
from typing import Any

import msgspec

from diagnose.logs.entries import Level
from diagnose.text import redaction
from diagnose.text.patterns import lazy


class Reading(msgspec.Struct, frozen=True):
    """An entry as its logger meant it.

    Attributes:
        level: as the logger states it; unknown where it states none.
        message: the message with the error that the entry has in another field.
        status: the HTTP status of a request that the program served, 0 for none.
        request: method and path of that request.
    """

    level: Level
    message: str
    status: int = 0
    request: str = ""

    @property
    def has_failed(self) -> bool:
        """Whether it is a served request that ended with an error of the server."""
        return self.status >= SERVER_ERROR


SERVER_ERROR = 500
_LEVELS = {
    **dict.fromkeys(("trace", "trc", "debug", "dbug", "dbg", "verbose", "vrb", "silly", "fine", "d", "t"), Level.DEBUG),
    **dict.fromkeys(("info", "inf", "information", "notice", "log", "http", "i", "n"), Level.INFO),
    **dict.fromkeys(("warn", "warning", "wrn", "w"), Level.WARN),
    **dict.fromkeys(
        (
            *("error", "err", "erro", "eror", "fail", "severe", "fatal", "ftl", "fatl", "critical", "crit", "crt"),
            *("panic", "dpanic", "alert", "emerg", "emergency", "e", "f", "c"),
        ),
        Level.ERROR,
    ),
}
_OF_LEVEL = ("level", "severity", "lvl", "levelname", "log.level", "loglevel", "@l", "severity_text", "severitytext")
_OF_MESSAGE = ("msg", "message", "@m", "@mt", "short_message", "event", "log", "body", "textpayload")
_OF_ERROR = (
    "err",
    "error",
    "exception",
    "error.message",
    "error_message",
    "exc_info",
    "@x",
    "reason",
    "cause",
    "stack",
    "stack_trace",
    "exception.stacktrace",
)
_OF_STATUS = ("status", "status_code", "statuscode", "http_status", "response_code", "http.response.status_code")
_OF_PATH = ("path", "url", "uri", "request_uri", "request_path", "http.url", "url.path")
_METHODS = r"(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)"
# Common log format, Envoy, uvicorn; morgan, Django and others without quotes; Gin.
_SERVED = lazy(
    rf'(?P<request>\b{_METHODS} [^\s"?]{{1,300}}+)[^\s"]{{0,1000}}+(?: HTTP/[\d.]+)?"?:? '
    rf"(?:status[=:] ?)?(?P<status>[1-5]\d\d)\b"
)
_GIN = lazy(
    rf'\A\[GIN\] [^|]{{1,64}}+\| *+(?P<status>\d{{3}}) \|[^"]{{1,128}}+"?(?P<request>{_METHODS} +"?[^\s"?]{{1,300}}+)'
)
_STATUS = lazy(r"(?:\A|\s)(?:status|status_code|http_status|code)=\"?(?P<status>[1-5]\d\d)\b")
_PATH = lazy(r"(?:\A|\s)(?:path|url|uri|request_uri)=\"?(?P<request>/[^\s\"?]{0,300}+)")
_LOGFMT_LEVEL = lazy(r"(?:\A|\s)(?:level|lvl|severity)=\"?(?P<level>[A-Za-z]{1,11})\b")
_LOGFMT = lazy(
    r"(?:\A|\s)(?P<key>msg|message|err|error|reason)=(?:\"(?P<quoted>(?:[^\"\\]|\\.){0,4000})\"|(?P<bare>[^\s\"]++))"
)
_FIELDS = lazy(r"\s[a-z][\w.]{0,40}=[^\s=]")
_CAUSE = lazy(r"\A\s*+(?:Caused by: |---> |\[cause\]: )")
_KLOG = lazy(r"\A(?P<level>[IWEF])\d{4} \d\d:\d\d:\d\d[.\d]*+ +\d+ [^\s\]]{1,128}+\] ?(?P<message>.*)\Z", re.DOTALL)
# What stands before a level: times, names of loggers and threads, process ids. A level is in capitals, or marked.
_BEFORE = 140
_LEVEL = lazy(
    r"(?:(?<=[\s\[(<|.])|(?<=\A))(?P<capital>TRACE|DEBUG|INFO|NOTICE|LOG|WARN|WARNING|ERROR|SEVERE|FATAL|CRITICAL|CRIT"
    r"|ALERT|EMERG|EMERGENCY|PANIC|TRC|DBG|INF|WRN|ERR|FTL)(?=[\s\])>|:,/]|\Z)"
    r"|(?:(?<=[\[(<|.])|(?<=[\]\dZ|:\-] )|(?<=\A))(?P<marked>trace|debug|info|notice|warn|warning|error|fatal"
    r"|crit|critical|alert|emerg|panic|fail|dbug)(?=[\]>]|: |:\Z| \[)"
)
_COLOUR = lazy(r"\x1b?\[\d{1,2}(?:;\d{1,2})*m")
# After a level: "[main] com.example.Orders - ", "root:", "7#7: *1 ", "my_crate::pool: ". What precedes a colon is
# mostly a part of the message.
_AFTER = lazy(
    r"(?:/[\w\-]{1,40}+(?=\]))?[\s\]\)>|:,\-]*+(?:\[[^\]\n]{0,80}+\]\s*+)?"
    r"(?:\d+#\d+: (?:\*\d+ )?|\d+ --- \[[^\]\n]{0,80}+\] [\w.$\[\]/]{1,100}+ *+: "
    r"|[\w$.:/@\-]{1,100}+(?:\[\d+\])? +[\-–] |\w+(?:::\w+)+(?:: |\] )|(?:root|__main__):|-- : )?[\s:\-]*+"
)
_SYSLOG_ERROR, _SYSLOG_WARN, _SYSLOG_DEBUG = 3, 4, 7
_PINO_WARN, _PINO_ERROR, _PINO_INFO = 40, 50, 30
_MAX_JSON = 16_000


def read(text: str) -> Reading:
    """Returns what an entry states."""
    text = _COLOUR.sub("", text) if "[" in text else text
    begin = text.find("{")
    # Collectors and process managers put a name or a time before the record.
    if 0 <= begin <= 64 and (found := _of_json(text[begin:_MAX_JSON], is_whole=not begin)):
        return found
    if klog := _KLOG.match(text):
        return Reading(_LEVELS[klog["level"].lower()], klog["message"])
    if served := _SERVED.search(text) or _GIN.match(text):
        return Reading(_level_of(text), text, int(served["status"]), served["request"])
    if (level := _LOGFMT_LEVEL.search(text, 0, 400)) and level["level"].lower() in _LEVELS:
        return _of_logfmt(text, _LEVELS[level["level"].lower()])
    if marked := _LEVEL.search(text, 0, _BEFORE):
        return Reading(_of_mark(marked), _message_after(text, marked))
    return Reading(Level.UNKNOWN, text)


def _level_of(text: str) -> Level:
    marked = _LEVEL.search(text, 0, _BEFORE)
    return _of_mark(marked) if marked else Level.UNKNOWN


def _of_mark(marked: re.Match[str]) -> Level:
    return _LEVELS[(marked["capital"] or marked["marked"]).lower()]


def _message_after(text: str, marked: re.Match[str]) -> str:
    """Returns the message after a level, without logger and thread, with the error that fields after it have."""
    after = _AFTER.match(text, marked.end())
    message = text[after.end() if after else marked.end() :] or text
    field = _FIELDS.search(message)
    errors = (each for each in _LOGFMT.finditer(message, field.start() if field else len(message)))
    error = next((each["quoted"] or each["bare"] for each in errors if each["key"] in {"err", "error"}), "")
    return f"{message[: field.start()].rstrip(' :')}: {error}".replace('\\"', '"') if field and error else message


def _stated(error: str) -> str:
    """Returns the line of an error with its stack that states what it comes from."""
    lines = [line for line in error.split("\n") if line.strip() and not FRAME.match(line)] or [""]
    if causes := [line for line in lines if _CAUSE.match(line)]:
        return _CAUSE.sub("", causes[-1])
    return lines[-1] if error.startswith("Traceback (") else lines[0]


def _of_json(text: str, *, is_whole: bool) -> Reading | None:
    """Returns what a record states; None where the text is none, or is no log entry.

    What follows other text is no entry where it has neither a level nor a message: the fields of one.
    """
    try:
        record = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    fields = {str(name).lower(): value for name, value in record.items()}
    level = _json_level(next((fields[name] for name in _OF_LEVEL if name in fields), fields.get("log")))
    parts = list(dict.fromkeys(filter(None, (_text(fields.get(name)) for name in _OF_MESSAGE))))[:1]
    has_message = bool(parts)
    if error := next(filter(None, (_text(fields.get(name)) for name in _OF_ERROR)), ""):
        parts += [] if error in "".join(parts) else [error]
    status, request = _served(fields)
    if level is Level.UNKNOWN and not status and not (parts if is_whole else has_message):
        return None
    message = ": ".join(_stated(part) if number or not has_message else part for number, part in enumerate(parts))
    return Reading(level, redaction.text(message or text), status, request)


def _json_level(value: Any) -> Level:
    if isinstance(value, dict):
        value = value.get("level")
    if isinstance(value, str):
        if not value.isdecimal():
            return _LEVELS.get(value.lower(), Level.UNKNOWN)
        value = int(value)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return Level.UNKNOWN
    if value <= _SYSLOG_DEBUG:
        return Level.ERROR if value <= _SYSLOG_ERROR else Level.WARN if value == _SYSLOG_WARN else Level.INFO
    if value >= _PINO_ERROR:
        return Level.ERROR
    return Level.WARN if value >= _PINO_WARN else Level.INFO if value >= _PINO_INFO else Level.DEBUG


def _text(value: Any) -> str:
    """Returns the text of a field: of an error that is an object its class and message."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict):
        names = ("type", "name", "code", "message", "msg")
        parts = (str(value[name]) for name in names if isinstance(value.get(name), str | int) and value[name])
        return ": ".join(dict.fromkeys(parts))
    return ""


def _served(fields: dict[str, Any]) -> tuple[int, str]:
    """Returns status and path of the request that a record is about; pino nests them."""
    nested = [
        each for name in ("req", "res", "request", "response", "http") if isinstance(each := fields.get(name), dict)
    ]
    flat = {str(name).lower(): value for each in nested for name, value in each.items()} | fields
    status = next((flat[name] for name in _OF_STATUS if name in flat), 0)
    path = next((flat[name] for name in _OF_PATH if isinstance(flat.get(name), str)), "")
    if not path or not str(status).isdecimal() or len(str(status)) != len("500"):
        return 0, ""
    method = flat.get("method")
    return int(status), f"{f'{method} ' if isinstance(method, str) else ''}{path.partition('?')[0]}"


def _of_logfmt(text: str, level: Level) -> Reading:
    parts: dict[str, str] = {}
    for found in _LOGFMT.finditer(text):
        parts.setdefault(found["key"], found["quoted"] if found["quoted"] is not None else found["bare"])
    shown = [parts[key].replace('\\"', '"') for key in ("msg", "message", "err", "error", "reason") if parts.get(key)]
    status, path = _STATUS.search(text), _PATH.search(text)
    served = (int(status["status"]), path["request"]) if status and path else (0, "")
    return Reading(level, ": ".join(dict.fromkeys(shown)) or text, *served)


FRAME = lazy(
    r"\s*+(?:at (?:[\w$.<>\[\]`/@ ]+\(|/|file:|async |new |\w+[.:])|File \"[^\"]*+\", line \d+|#\d+ |from \S+:\d+"
    r"|\.\.\. \d+ (?:more|common)|goroutine \d+|\d+: (?:0x|[\w<]+::)|--- End of|created by |\S+\.go:\d+ \+0x"
    r"|[\w./*{}\-]+(?:\(\*\w+\)[\w.]+)?\([^()]*\)\Z|[\^~]++\s*\Z|Traceback \(most recent|Stack trace:"
    r"|stack backtrace:"
    r"|thrown in |note: run with|Node\.js v\d|\[signal )|\s{2,}+(?:raise|throw|return|await|yield) "
)
"""A line of a stack: a call, its place, or the line of code there."""
