"""Who may read, and what every answer says to the browser.

Until access control exists, only programs on this computer are answered. Three things are checked, because each can be
got around alone: the address of the caller, the marks of a proxy (behind which every caller looks local), and the host
name in the request (a page elsewhere may point a name of its own at this computer).
"""

from ipaddress import ip_address

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from propel_service.api.problems import problem

__all__ = ["HeadAsGet", "LocalReadersOnly", "SecurityHeaders"]

_PROXY_MARKS = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
_READING = ("GET", "HEAD")

_HEADERS = {
    # data: is for the small pictures inside the style sheet of the API documentation.
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class LocalReadersOnly:
    """Refuse, with the reason, whatever does not come from this computer and whatever is not a read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request or hand it on."""
        refused = _refusal(scope) if scope["type"] in ("http", "websocket") else None
        await (refused or self.app)(scope, receive, send)


class SecurityHeaders:
    """Add the same protective headers to every answer; those that carry data of plans are not to be stored."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on and add the headers to its answer."""

        async def send_protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self.app(scope, receive, send_protected)


class HeadAsGet:
    """Answer HEAD like GET, without the body: a router that knows GET alone would refuse it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, a HEAD request as GET."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        await self.app(dict(scope) | {"method": "GET"}, receive, send_without_body)


def _refusal(scope: Scope) -> Response | None:
    headers = Headers(scope=scope)
    client = scope.get("client")
    if client is None or not _is_loopback(client[0]):
        return _refuse(scope, 403, "PROPEL answers on this computer only: the request came from another machine.")
    if any(mark in headers for mark in _PROXY_MARKS):
        return _refuse(scope, 403, "PROPEL answers on this computer only: the request came through a proxy.")
    if not _is_local_name(headers.get("host", "")):
        return _refuse(
            scope, 403, "PROPEL answers under the names localhost, 127.0.0.1 and [::1] only: the request named another."
        )
    if scope["type"] == "websocket" or scope["method"] not in _READING:
        return _refuse(scope, 405, "PROPEL can only be read over HTTP: expected GET or HEAD.")
    return None


def _refuse(scope: Scope, status: int, reason: str) -> Response:
    detail = f"{reason} There is no access control yet."
    headers = {"allow": ", ".join(_READING)} if status == 405 else None
    if scope["path"].startswith("/api/"):
        return problem(status, detail, instance=scope["path"], headers=headers)
    return PlainTextResponse(detail + "\n", status_code=status, headers=headers)


def _is_loopback(address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback


def _is_local_name(host: str) -> bool:
    """Tell whether a Host header names this computer, whatever the port."""
    name = host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]
    return name.lower() in ("localhost", "127.0.0.1", "[::1]")
