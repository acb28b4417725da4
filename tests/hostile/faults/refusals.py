"""Refusals and redirects, by an API server or a proxy before it."""

from tests.hostile.faults.fault import EVERYTHING, HTTP, LISTS, LOGIN_PAGE, Apply, fault, replaced
from tests.hostile.objects import Answer, parse, status
from tests.hostile.server import ELSEWHERE, Exchange


def refused(code: int, reason: str, message: str, **headers: str) -> Apply:
    def apply(exchange: Exchange) -> None:
        answer = status(code, reason, message.format(label=exchange.request.label))
        answer.headers |= {name.replace("_", "-"): value for name, value in headers.items()}
        exchange.send(answer)

    return apply


def forbidden(exchange: Exchange) -> None:
    """Refuses as RBAC does."""

    path = parse(exchange.request.path)
    assert path is not None
    resource = path.plural + {"portforward": "/portforward", "exec": "/exec", "log": "/log"}.get(path.sub, "")
    group = path.group.split("/")[2] if path.group.startswith("/apis/") else ""
    verb = "list" if exchange.request.kind == "list" else "get"
    name = f' "{path.name}"' if path.name else ""
    scope = f'in the namespace "{path.namespace}"' if path.namespace else "at the cluster scope"
    message = (
        f'{path.plural}{name} is forbidden: User "made-up" cannot {verb} resource "{resource}" in API group "{group}" '
        f"{scope}"
    )
    exchange.send(status(403, "Forbidden", message))


fault("status", EVERYTHING, r"forbidden|403", name="403")(forbidden)
for _code, _reason, _message, _mentions in (
    (401, "Unauthorized", "Unauthorized", r"401|credentials|[Uu]nauthorized"),
    (
        404,
        "NotFound",
        "the server could not find the requested resource",
        r"404|not find|not exist|not serve|not found",
    ),
    (410, "Expired", "too old resource version: 1 (2)", r"410|too old|[Ee]xpired|gone"),
    (429, "TooManyRequests", "the server has received too many requests", r"429|too many|overloaded"),
    (
        500,
        "InternalError",
        "an error on the server has prevented the request from succeeding",
        r"500|an error on the ser",
    ),
    (501, "NotImplemented", "not implemented", r"501|not implemented"),
    (503, "ServiceUnavailable", "the server is currently unable to handle the request", r"503|unable|unavailable"),
    (504, "Timeout", "Timeout: request did not complete within requested timeout", r"504|[Tt]imeout|did not complete"),
):
    fault("status", EVERYTHING, _mentions, name=str(_code))(refused(_code, _reason, _message))
fault("status", HTTP, r"429|too many|overloaded", name="429-retry-after-1")(
    refused(429, "TooManyRequests", "too many requests", Retry_After="1")
)
fault("status", HTTP, r"429|too many|overloaded", name="429-retry-after-1000")(
    refused(429, "TooManyRequests", "too many requests", Retry_After="1000")
)
fault("status", HTTP, r"429|too many|overloaded", name="429-retry-after-text")(
    refused(429, "TooManyRequests", "too many requests", Retry_After="soon, -5")
)


@fault("status", EVERYTHING, r"502|[Bb]ad [Gg]ateway", name="502")
def _bad_gateway(exchange: Exchange) -> None:
    exchange.send(Answer(502, b"<html><h1>502 Bad Gateway</h1></html>", "text/html"))


@fault("status", EVERYTHING, r"403|forbidden|html|HTML", name="403-html")
def _forbidden_html(exchange: Exchange) -> None:
    exchange.send(Answer(403, b"<html><h1>Access to this page is blocked</h1></html>", "text/html"))


@fault("status", EVERYTHING, r"5\d\d|empty|answer|refused", name="500-empty")
def _failed_empty(exchange: Exchange) -> None:
    exchange.send(Answer(500, b"", "text/plain"))


@fault("status", EVERYTHING, r"499|answer|refused|list|null", name="499-odd-body")
def _odd_status(exchange: Exchange) -> None:
    exchange.send(Answer(499, b'{"kind":"Status","message":{"not":"text"},"reason":7}'))


@fault("status", LISTS, r"20[0-9]|answer|empty|valid", name="204")
def _no_content(exchange: Exchange) -> None:
    exchange.send(Answer(204, b""))


_REDIRECT = r"30\d|redirect"
fault("redirect", EVERYTHING, _REDIRECT, name="302-html")(replaced(LOGIN_PAGE, "text/html", 302, Location="/login"))
fault("redirect", HTTP, _REDIRECT, name="307-empty-object")(
    replaced("{}", code=307, Location="http://127.0.0.1:1/login")
)
fault("redirect", HTTP, _REDIRECT, name="301-empty-list")(
    replaced('{"kind":"List","apiVersion":"v1","items":[]}', code=301, Location="/")
)
fault("redirect", HTTP, r"30\d|redirect|answer", name="304")(replaced("", code=304))


@fault("redirect", EVERYTHING, _REDIRECT, name="302-elsewhere")
def _elsewhere(exchange: Exchange) -> None:
    scheme = "ws" if "upgrade" in exchange.request.headers else "http"
    address = {"Location": f"{scheme}://{exchange.request.headers['host']}{ELSEWHERE}"}
    exchange.send(Answer(302, b"", "text/plain", address))


@fault("redirect", HTTP, _REDIRECT, name="308-to-itself")
def _to_itself(exchange: Exchange) -> None:
    exchange.send(Answer(308, b"", "text/plain", {"Location": exchange.request.path}))
