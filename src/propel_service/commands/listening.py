"""Listening on the loopback address and serving the pages until the user stops it."""

import os
import socket
from ipaddress import ip_address

import uvicorn

from propel_core.errors import InvalidRequestError
from propel_service.app import create_app
from propel_service.settings import Settings

__all__ = ["address", "listen", "serve_until_stopped"]


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host` and `port` (0: any free port).

    It listens before the server starts, so that whoever has read the printed address can connect.

    Raises
    ------
    InvalidRequestError
        `host` is not a loopback address, or the port cannot be had.
    """
    _check_loopback(host)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            # A restart need not wait for old connections to expire. Elsewhere this option would share the port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        message = f"port {port} cannot be used ({error.strerror}), expected a free port (0 picks one)"
        raise InvalidRequestError(message, where="--port") from None
    return listener


def address(listener: socket.socket) -> str:
    """Return the URL at which a browser on this machine reaches `listener`."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def serve_until_stopped(settings: Settings, listener: socket.socket) -> None:
    """Serve the application on `listener` until the process is interrupted."""
    configuration = uvicorn.Config(create_app(settings), log_level="warning", access_log=False)
    try:
        uvicorn.Server(configuration).run(sockets=[listener])
    except KeyboardInterrupt:
        return  # the ordinary way to stop a server
    finally:
        listener.close()


def _check_loopback(host: str) -> None:
    try:
        loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        message = (
            f"{host!r} can be reached from other machines, expected a loopback address such as 127.0.0.1: "
            "there is no access control yet, so anybody who can connect could read every plan"
        )
        raise InvalidRequestError(message, where="--host")
