"""A browser that speaks to the application without a network: where it sits and what it says can be chosen."""

import anyio
import httpx
from fastapi import FastAPI

__all__ = ["Browser"]


class Browser:
    """Sends requests to `application` as if from `address`; a fault that reaches the server is raised."""

    def __init__(self, application: FastAPI, *, address: str = "127.0.0.1") -> None:
        self._transport = httpx.ASGITransport(application, client=(address, 50000))

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Read `path`; an underscore in the name of a header stands for a hyphen."""
        return self.request("GET", path, **headers)

    def request(self, method: str, path: str, **headers: str) -> httpx.Response:
        """Send a request of any method."""
        return anyio.run(self._request, method, path, {name.replace("_", "-"): text for name, text in headers.items()})

    async def _request(self, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
        async with httpx.AsyncClient(transport=self._transport, base_url="http://127.0.0.1:8000") as client:
            return await client.request(method, path, headers=headers)
