"""The list of clients that may call: `CDS_TRUSTED_CLIENTS`, read once at the start and checked member by member.

[[client]]
iss = "https://ehr.example.org"
jku = "https://ehr.example.org/jwks.json"     # or jwks = '''{"keys": […]}'''
tenants = ["t1"]                              # absent: any
shadow = ["all"]                              # or rule and service ids: recorded, not shown to this client
takes_system_actions = true                   # agreed with the client: it carries out systemActions
fhir_servers = ["https://ehr.example.org"]    # exact origins that this client may name
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from cds_service.errors import SettingsError

_SETTING: Final = "CDS_TRUSTED_CLIENTS"
_MEMBERS: Final = frozenset(
    {"iss", "jku", "jwks", "tenants", "fhir_servers", "takes_system_actions", "knows_action_selection", "shadow"}
)
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


@dataclass(frozen=True, slots=True)
class TrustedClient:
    """One client: its keys stand at `jku` or in `keys`, never in both; `tenants` None means any."""

    iss: str
    jku: str = ""
    keys: tuple[Mapping[str, Any], ...] = ()
    tenants: frozenset[str] | None = None
    fhir_servers: frozenset[str] = frozenset()
    takes_system_actions: bool = False
    knows_action_selection: bool = False
    shadow: frozenset[str] = frozenset()


class _Wrong(Exception):
    """What is wrong with a member."""

    def __init__(self, member: str, words: str) -> None:
        super().__init__(words)
        self.member = member
        self.words = words


def load_trusted_clients(path: Path) -> dict[str, TrustedClient]:
    """Read and check the file.

    Args:
        path: The TOML file.

    Returns:
        The clients by their `iss`.

    Raises:
        SettingsError: Naming the file, the client's number from 1, and the member.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(_SETTING, f"{path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(_SETTING, f"{path} is not TOML: {error}.") from None
    listed = content.get("client")
    strangers = sorted(set(content) - {"client"})
    if strangers or not isinstance(listed, list) or not listed:
        told = f"; it has no place for {', '.join(strangers)}" if strangers else ""
        raise SettingsError(_SETTING, f"{path} must hold one [[client]] table or more{told}.")
    clients: dict[str, TrustedClient] = {}
    for number, entry in enumerate(listed, start=1):
        try:
            client = _client(entry)
            if client.iss in clients:
                raise _Wrong("iss", "is listed twice")
        except _Wrong as wrong:
            raise SettingsError(_SETTING, f"{path}, client {number}: {wrong.member} {wrong.words}.") from None
        clients[client.iss] = client
    return clients


def _client(entry: object) -> TrustedClient:
    if not isinstance(entry, dict):
        raise _Wrong("client", "must be a table")
    for name in sorted(set(entry) - _MEMBERS):
        raise _Wrong(name, "is not a member of a client")
    iss = entry.get("iss")
    if not isinstance(iss, str) or not iss.strip() or iss != iss.strip():
        raise _Wrong("iss", "must be a text that is not blank")
    if ("jku" in entry) == ("jwks" in entry):
        raise _Wrong("jku", "or jwks must be given, and not both")
    return TrustedClient(
        iss=iss,
        jku=_address(entry["jku"]) if "jku" in entry else "",
        keys=_inline_keys(entry["jwks"]) if "jwks" in entry else (),
        tenants=frozenset(_texts(entry, "tenants")) if "tenants" in entry else None,
        fhir_servers=frozenset(_origin(one) for one in _texts(entry, "fhir_servers")),
        takes_system_actions=_switch(entry, "takes_system_actions"),
        knows_action_selection=_switch(entry, "knows_action_selection"),
        shadow=frozenset(_texts(entry, "shadow")),
    )


def _address(value: object) -> str:
    if not isinstance(value, str):
        raise _Wrong("jku", "must be a text")
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise _Wrong("jku", "is not a URL") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or value != value.strip():
        raise _Wrong("jku", "must be an absolute http or https URL")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise _Wrong("jku", "must not hold a user, a password or a fragment")
    return value


def _origin(value: str) -> str:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise _Wrong("fhir_servers", "holds something that is not a URL") from None
    is_bare = parts.path in ("", "/") and not parts.query and not parts.fragment and parts.username is None
    if parts.scheme not in ("http", "https") or not parts.hostname or not is_bare or "*" in value:
        raise _Wrong("fhir_servers", "must be exact origins (scheme, host, port), without a path or a wildcard")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    is_default = port is None or port == {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" if is_default else f"{parts.scheme}://{host}:{port}"


def _inline_keys(value: object) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(value, str):
        raise _Wrong("jwks", "must be a JSON text")
    try:
        keys = public_keys(value)
    except ValueError as error:
        raise _Wrong("jwks", str(error)) from None
    if not keys:
        raise _Wrong("jwks", "holds no key with a kid")
    return keys


def public_keys(text: str | bytes) -> tuple[Mapping[str, Any], ...]:
    """The keys of a JWK Set that have a `kid`, without their private parts.

    Raises:
        ValueError: The text is not a JWK Set.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("is not JSON") from None
    keys = content.get("keys") if isinstance(content, dict) else None
    if not isinstance(keys, list):
        raise ValueError("is not a JWK Set with keys")
    with_id = (key for key in keys if isinstance(key, dict) and isinstance(key.get("kid"), str) and key["kid"])
    return tuple({name: value for name, value in key.items() if name not in _PRIVATE} for key in with_id)


def _texts(entry: Mapping[str, Any], member: str) -> list[str]:
    value = entry.get(member, [])
    if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
        raise _Wrong(member, "must be an array of texts that are not blank")
    return value


def _switch(entry: Mapping[str, Any], member: str) -> bool:
    value = entry.get(member, False)
    if not isinstance(value, bool):
        raise _Wrong(member, "must be true or false")
    return value
