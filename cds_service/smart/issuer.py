"""What a FHIR server says about its authorization: `.well-known/smart-configuration`, read anew for each launch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import msgspec

from cds_service.errors import LaunchRefused
from cds_service.outbound import DocumentUnavailable

Fetch = Callable[[str, str], bytes]
_JSON: Final = "application/json"
_SIGN_IN: Final = "sso-openid-connect"
_SCOPES_2: Final = "permission-v2"


class _Configuration(msgspec.Struct):
    authorization_endpoint: str
    token_endpoint: str
    code_challenge_methods_supported: list[str] = []
    capabilities: list[str] = []
    issuer: str = ""
    jwks_uri: str = ""
    authorization_response_iss_parameter_supported: bool = False


@dataclass(frozen=True, slots=True)
class Issuer:
    """A FHIR server (`iss`) and where it authorizes. `name` and `keys_at` are the identity provider's, "" where there is none;
    `names_itself` says that each of its answers names the server (RFC 9207)."""

    iss: str
    authorize_at: str
    token_at: str
    name: str = ""
    keys_at: str = ""
    has_second_scopes: bool = True
    names_itself: bool = False


def read_issuer(iss: str, fetch: Fetch) -> Issuer:
    """What a listed FHIR server says.

    Args: the server's base address, as it is listed; what fetches an address, given the media types that will do.

    Raises: LaunchRefused where it cannot be had, is not what the standard says, or names an address that is plainer than the
    server's own.
    """
    try:
        found = msgspec.json.decode(fetch(f"{iss}/.well-known/smart-configuration", _JSON), type=_Configuration)
    except DocumentUnavailable as error:
        raise LaunchRefused(
            sentence=f"The FHIR server's smart-configuration could not be read ({error.cause})."
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise LaunchRefused(sentence="The FHIR server's smart-configuration is not what the standard says.") from None
    if found.code_challenge_methods_supported and "S256" not in found.code_challenge_methods_supported:
        raise LaunchRefused(sentence="The authorization server does not support PKCE with S256.")
    signs_in = _SIGN_IN in found.capabilities and bool(found.issuer and found.jwks_uri)
    named = [found.authorization_endpoint, found.token_endpoint, *([found.jwks_uri] if signs_in else [])]
    if not all(_is_as_safe(address, iss) for address in named):
        raise LaunchRefused(sentence="The FHIR server names an address for authorization that is not https.")
    return Issuer(
        iss,
        found.authorization_endpoint,
        found.token_endpoint,
        found.issuer if signs_in else "",
        found.jwks_uri if signs_in else "",
        not found.capabilities or _SCOPES_2 in found.capabilities,
        found.authorization_response_iss_parameter_supported,
    )


def _is_as_safe(address: str, iss: str) -> bool:
    """Whether an address is https; plain http only on the very origin of a server that is listed with it."""
    try:
        parts, own = urlsplit(address), urlsplit(iss)
    except ValueError:
        return False
    if not parts.hostname or parts.username is not None or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == own.scheme == "http" and parts.netloc == own.netloc)
