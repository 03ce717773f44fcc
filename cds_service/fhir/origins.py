"""Exact web origins: which server an address names, with no room for two readings of one text."""

from __future__ import annotations

import re
from urllib.parse import unquote, urljoin

# Stricter than RFC 3986 on purpose: user names, backslashes and blanks are where URL parsers disagree.
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<rest>(?:/[^\s\\?#]*)?(?:\?[^\s\\#]*)?)",
    re.IGNORECASE,
)
_DEFAULT_PORT = {"http": "80", "https": "443"}


def origin_of(address: str) -> str:
    """The origin (scheme, host, port unless it is the default one) of an http or https address, "" when it has none."""
    match = _ADDRESS.fullmatch(address)
    if match is None or not address.isascii() or _has_dot_segment(match["rest"]):
        return ""
    scheme, host, port = match["scheme"].lower(), match["host"].lower(), match["port"]
    if port is None or str(int(port)) == _DEFAULT_PORT[scheme]:
        return f"{scheme}://{host}"
    return f"{scheme}://{host}:{int(port)}"


def _has_dot_segment(rest: str) -> bool:
    """Whether a path goes up or stays, plainly or encoded: another address would be called than the one that is read."""
    path = unquote(rest.partition("?")[0])
    return any(part.split(";")[0] in (".", "..") for part in re.split(r"[/\\]", path))


def page_address(current: str, link: str) -> str:
    """The absolute address of a page link, "" when it is none or leaves the origin of the page that names it."""
    own = origin_of(current)
    try:
        address = urljoin(current, link)
    except ValueError:
        # Brackets without an IPv6 address in them, and letters that become others when a host is looked up.
        return ""
    return address if own and origin_of(address) == own else ""
