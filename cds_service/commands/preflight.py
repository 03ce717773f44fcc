"""What is looked at before anything starts: numbers and days on the command line, a port that is free, a folder to write to."""

from __future__ import annotations

import argparse
import socket
import tempfile
from collections.abc import Callable
from datetime import date

from cds_service.errors import SettingsError
from cds_service.settings import Settings


def whole(least: int, most: int, what: str) -> Callable[[str], int]:
    """A reader of a number on the command line; what it refuses is named with the value that was given."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"{what} is a number from {least} to {most}, not {text!r}")
        return int(text)

    return read


def day(text: str) -> date:
    """A day on the command line. Raises: ArgumentTypeError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a date such as 2026-01-31") from None


def check_port(host: str, port: int) -> None:
    """Refuse an address that cannot be listened on.

    Raises: SettingsError naming the option.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError):
        raise SettingsError(
            "--host", f"{host!r} is no address of this machine.", "Give one, or 0.0.0.0 for all."
        ) from None
    with socket.socket(family, kind, protocol) as probe:
        # A port whose last connections are still being let go of is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            hint = "End what listens there, or choose another with --port."
            raise SettingsError("--port", f"Port {port} of {host} cannot be used: {error.strerror}.", hint) from None


def check_data_folder(settings: Settings) -> None:
    """Refuse a folder for the SQLite file that cannot be made or written to; with CDS_DATABASE_URL none is needed.

    It is tried, and what was made to try it is taken away again: whoever asks need not be whom the service runs as.

    Raises: SettingsError.
    """
    if settings.database_url:
        return
    folder = settings.data_dir
    try:
        made = [each for each in (folder, *folder.parents) if not each.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with tempfile.TemporaryFile(dir=folder):
                return
        finally:
            for each in made:
                each.rmdir()
    except OSError as error:
        hint = "Set it to a folder that this user may write to, or set CDS_DATABASE_URL."
        raise SettingsError("CDS_DATA_DIR", f"{str(folder)!r} cannot be used: {error.strerror}.", hint) from None
