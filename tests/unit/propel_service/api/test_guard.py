from pathlib import Path

import pytest
from fastapi import FastAPI

from propel_service.app import compose
from support.browser import Browser
from support.department import Department


@pytest.fixture
def application(tmp_path: Path) -> FastAPI:
    """Return the service on a small department."""
    return compose(Department(plans_a_centre=3), spool=tmp_path)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
def test_this_computer_is_answered(application: FastAPI, address: str) -> None:
    """Every loopback address is this computer."""
    assert Browser(application, address=address).get("/api/v1/status").status_code == 200


@pytest.mark.parametrize(
    "address",
    ["192.168.1.20", "10.0.0.1", "8.8.8.8", "::ffff:10.0.0.1", "fe80::1", "0.0.0.0", "", "a name"],  # noqa: S104
)
@pytest.mark.parametrize("path", ["/", "/api/v1/plans", "/plans/1", "/static/propel.css", "/health/live", "/api/docs"])
def test_other_machines_are_refused_with_the_reason(application: FastAPI, address: str, path: str) -> None:
    """Nothing at all may leave this computer, and the refusal must say why."""
    answer = Browser(application, address=address).get(path)
    assert answer.status_code == 403
    assert "this computer only" in answer.text
    assert "no access control yet" in answer.text


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:9", "[::1]:8000", "LOCALHOST"])
def test_names_of_this_computer_are_accepted(application: FastAPI, host: str) -> None:
    """A reader may write any name of this computer, with any port."""
    assert Browser(application).get("/", host=host).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8000", "[::2]", "[::1", "", "127.0.0.2x"]
)
def test_foreign_host_names_are_refused(application: FastAPI, host: str) -> None:
    """A page elsewhere that points its own name at this computer must not read plans through the reader's browser."""
    answer = Browser(application).get("/api/v1/plans", host=host)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("mark", ["forwarded", "x_forwarded_for", "x_real_ip", "via"])
def test_requests_through_a_proxy_are_refused(application: FastAPI, mark: str) -> None:
    """Behind a proxy every reader looks local: its marks must give it away."""
    answer = Browser(application).get("/", **{mark: "for=10.0.0.1"})
    assert answer.status_code == 403
    assert "proxy" in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_only_reading_is_allowed(application: FastAPI, method: str) -> None:
    """Nothing can be changed over HTTP."""
    answer = Browser(application).request(method, "/api/v1/plans")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


def test_refusals_carry_the_protective_headers_too(application: FastAPI) -> None:
    """A refusal is an answer like any other."""
    answer = Browser(application, address="10.0.0.1").get("/")
    assert answer.headers["content-security-policy"].startswith("default-src 'self'; ")
    assert answer.headers["cache-control"] == "no-store"
