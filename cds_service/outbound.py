"""One document from an address that is on a list: within limits, without redirects, and whatever the proxy settings say."""

from __future__ import annotations

import time
from typing import Final

import requests

_MOST_BYTES: Final = 256 * 1024
_MOST_SECONDS: Final = 4.0
_PER_READ: Final = 2.0


class DocumentUnavailable(Exception):
    """The address did not give the document; `cause` is a code."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def fetch_document(url: str, accept: str) -> bytes:
    """The bytes at a listed address, within 4 seconds and 256 KB; no redirect is followed, no proxy setting is read.

    Args: the address; the media types that will do.

    Raises: DocumentUnavailable for anything but a 200 within the limits.
    """
    deadline = time.monotonic() + _MOST_SECONDS
    headers = {"Accept": accept, "Accept-Encoding": "identity"}
    content = bytearray()
    try:
        with requests.Session() as session:
            session.trust_env = False
            limits = {"timeout": (_PER_READ, _PER_READ), "allow_redirects": False, "stream": True}
            with session.get(url, headers=headers, **limits) as response:  # type: ignore[arg-type]
                if response.status_code != 200:
                    raise DocumentUnavailable(f"status-{response.status_code}")
                while chunk := response.raw.read1(16_384, decode_content=False):
                    content += chunk
                    if len(content) > _MOST_BYTES:
                        raise DocumentUnavailable("too-large")
                    if time.monotonic() > deadline:
                        raise DocumentUnavailable("too-slow")
    except (requests.RequestException, OSError, ValueError) as error:
        raise DocumentUnavailable(type(error).__name__) from None
    except Exception as error:
        # urllib3's own errors pass through the raw stream unwrapped; requests gives them no common name.
        if type(error).__module__.startswith("urllib3."):
            raise DocumentUnavailable(type(error).__name__) from None
        raise
    return bytes(content)
