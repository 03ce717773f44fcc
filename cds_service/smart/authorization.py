"""The way to the authorization server and back: code grant with PKCE (S256), for public and confidential clients.

What was sent is kept in the session of the launch. A way back that does not belong to it, that was gone before, that comes from
another server, or that brings an identity of somebody else's making is refused.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from typing import Final

import jwt
import msgspec
import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session

from cds_service.errors import LaunchRefused
from cds_service.outbound import DocumentUnavailable
from cds_service.smart.issuer import Fetch, Issuer

RESOURCES: Final = (
    *("Patient", "Observation", "Condition", "Procedure", "MedicationRequest", "MedicationStatement"),
    *("MedicationDispense", "MedicationAdministration", "Medication", "AllergyIntolerance", "AdverseEvent"),
)
SECONDS: Final = 5.0
LONGEST: Final = 3600
_ALGORITHMS: Final = ["RS256", "RS384", "ES256", "ES384"]
_LEEWAY: Final = 30


class Launch(msgspec.Struct, frozen=True):
    """A launch under way: the server, and what only we know."""

    issuer: Issuer
    verifier: str
    nonce: str

    def __repr__(self) -> str:
        return "Launch(...)"


class Access(msgspec.Struct, frozen=True):
    """What an authorization gave: one patient on one server, for some seconds."""

    iss: str
    token: str
    patient: str
    seconds: float
    app_context: str = ""
    user: str = ""

    def __repr__(self) -> str:
        return "Access(...)"


class _Tokens(msgspec.Struct):
    access_token: str
    token_type: str
    patient: str = ""
    expires_in: int = LONGEST
    appContext: object = ""
    id_token: str = ""


class App:
    """This app as an authorization server knows it."""

    def __init__(self, client_id: str, client_secret: str, redirect_uri: str, fetch: Fetch) -> None:
        """Take the client's id and secret ("": a public client), its registered way back, and what fetches an address."""
        self._client_id = client_id
        self._secret = client_secret
        self._redirect_uri = redirect_uri
        self._fetch = fetch

    def begin(self, issuer: Issuer) -> Launch:
        """A launch of its own."""
        return Launch(issuer, secrets.token_urlsafe(48), secrets.token_urlsafe(24))

    def address(self, begun: Launch, state: str, launch: str) -> str:
        """Where the browser goes to be authorized. Args: `launch` as the EHR gave it, "" where nobody launched the app."""
        issuer = begun.issuer
        suffix = "rs" if issuer.has_second_scopes else "read"
        scopes = ["launch" if launch else "launch/patient", *(f"patient/{kind}.{suffix}" for kind in RESOURCES)]
        if issuer.name:
            scopes += ["openid", "fhirUser"]
        more = {"aud": issuer.iss, "nonce": begun.nonce, **({"launch": launch} if launch else {})}
        with self._session(" ".join(scopes)) as session:
            url, _ = session.create_authorization_url(
                issuer.authorize_at, state=state, code_verifier=begun.verifier, **more
            )
        return str(url)

    def complete(self, begun: Launch, given: Mapping[str, str]) -> Access:
        """What the way back brings.

        Args: the launch that it belongs to; its parameters.

        Raises: LaunchRefused.
        """
        issuer = begun.issuer
        named = given.get("iss", "" if issuer.names_itself else issuer.iss)
        if not named or named not in (issuer.name, issuer.iss):
            raise LaunchRefused(
                sentence="The answer comes from another authorization server than the one that was asked."
            )
        if "error" in given or not given.get("code"):
            raise LaunchRefused(sentence="The authorization server did not authorize this app.")
        tokens = self._tokens(begun, given["code"])
        if tokens.token_type.lower() != "bearer":
            raise LaunchRefused(sentence="The authorization server gave a token of an unknown type.")
        if not tokens.patient:
            raise LaunchRefused(sentence="The authorization server named no patient.")
        context = tokens.appContext if isinstance(tokens.appContext, str) else ""
        seconds = float(min(max(tokens.expires_in, 0), LONGEST))
        user = self._user(begun, tokens.id_token) if issuer.keys_at else ""
        return Access(issuer.iss, tokens.access_token, tokens.patient, seconds, context, user)

    def _session(self, scope: str = "") -> OAuth2Session:
        session = OAuth2Session(
            self._client_id,
            self._secret or None,
            scope=scope or None,
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self._secret else "none",  # its name
        )
        session.trust_env = False
        return session

    def _tokens(self, begun: Launch, code: str) -> _Tokens:
        try:
            with self._session() as session:
                answer = session.fetch_token(
                    begun.issuer.token_at,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=begun.verifier,
                    timeout=SECONDS,
                    allow_redirects=False,
                )
            return msgspec.convert(dict(answer), _Tokens, strict=False)
        except (OAuthError, requests.RequestException, ValueError, OverflowError) as error:
            raise LaunchRefused(sentence=f"The authorization server gave no token ({type(error).__name__}).") from None

    def _user(self, begun: Launch, token: str) -> str:
        """Who signed in, by an identity token that was made for this launch.

        Raises: LaunchRefused for one that is missing, is not signed by the server, or belongs to another app or launch.
        """
        try:
            keys = jwt.PyJWKSet.from_json(
                self._fetch(begun.issuer.keys_at, "application/jwk-set+json, application/json").decode()
            )
            key = keys[jwt.get_unverified_header(token)["kid"]]
            claims = jwt.decode(
                token,
                key,
                algorithms=_ALGORITHMS,
                audience=self._client_id,
                issuer=begun.issuer.name,
                leeway=_LEEWAY,
                options={"require": ["exp", "iat", "iss", "aud", "sub", "nonce"]},
            )
        except (jwt.PyJWTError, DocumentUnavailable, KeyError, ValueError) as error:
            raise LaunchRefused(sentence=f"The identity token cannot be believed ({type(error).__name__}).") from None
        if not hmac.compare_digest(str(claims["nonce"]).encode(), begun.nonce.encode()):
            raise LaunchRefused(sentence="The identity token belongs to another launch.")
        user = claims.get("fhirUser", "")
        return user if isinstance(user, str) else ""
