"""A pretended OpenID Connect provider for demonstrations: whoever comes chooses a role, and nobody is who they say.

It speaks the code flow with PKCE as a real one does, so that a demonstration goes the whole way. Every name begins with
"TEST, not a person", and what is signed under it is marked for ever.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from cds_service.api.responses import json_response
from cds_service.errors import RequestError
from cds_service.web.page import page

ROOT = "/demo/sign-in"
CLIENT_ID = "cds-service-demo"
CLIENT_SECRET = "no-secret: a demonstration"  # noqa: S105  # it protects nothing
ROLES = ("pharmacist", "operator")
_CODE_SECONDS = 60
_TOKEN_SECONDS = 300


def settings_for(base_url: str) -> dict[str, str]:
    """The settings by which a demonstration at an address signs people in here."""
    return {
        "CDS_OIDC_ISSUER": base_url + ROOT,
        "CDS_OIDC_CLIENT_ID": CLIENT_ID,
        "CDS_OIDC_CLIENT_SECRET": CLIENT_SECRET,
    }


class Provider:
    """One run of the pretended provider; its key and codes die with it."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._codes: dict[str, dict[str, Any]] = {}

    def metadata(self) -> Response:
        """What OpenID Connect Discovery asks for."""
        return _json(
            {
                "issuer": self._issuer,
                "authorization_endpoint": f"{self._issuer}/authorize",
                "token_endpoint": f"{self._issuer}/token",
                "jwks_uri": f"{self._issuer}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            }
        )

    def keys(self) -> Response:
        """The public key."""
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self._key.public_key()))
        return _json({"keys": [{**public, "kid": "demo", "use": "sig", "alg": "ES256"}]})

    def authorize(self) -> AnyResponse:
        """The choice of a role, and after it the way back with a code. Raises: RequestError."""
        given = request.args
        back = given.get("redirect_uri", "")
        if given.get("client_id") != CLIENT_ID or not back.endswith("/sign-in/back") or not _is_loopback(back):
            raise RequestError(sentence="No such client, or a way back that is not this demonstration's.")
        role = given.get("role")
        if role not in ROLES:
            return page("demo_sign_in.html", roles=ROLES, given=given)
        code = secrets.token_urlsafe(24)
        self._codes[code] = {
            "role": role,
            "nonce": given.get("nonce", ""),
            "challenge": given.get("code_challenge", ""),
            "redirect_uri": back,
            "until": time.time() + _CODE_SECONDS,
        }
        answer = {"code": code, "state": given.get("state", ""), "iss": self._issuer}
        return redirect(f"{back}?{urlencode(answer)}")

    def token(self) -> Response:
        """An id token for a code, once."""
        kept = self._codes.pop(request.form.get("code", ""), None)
        verifier = request.form.get("code_verifier", "")
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if (
            kept is None
            or kept["until"] < time.time()
            or kept["redirect_uri"] != request.form.get("redirect_uri")
            or not hmac.compare_digest(digest, kept["challenge"])
        ):
            return _json({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self._issuer,
            "aud": CLIENT_ID,
            "sub": f"test-{kept['role']}",
            "name": "TEST, not a person",
            "roles": [kept["role"]],
            "nonce": kept["nonce"],
            "iat": now,
            "exp": now + _TOKEN_SECONDS,
        }
        token = jwt.encode(claims, self._key, algorithm="ES256", headers={"kid": "demo"})
        return _json({"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "id_token": token})


def blueprint(issuer: str) -> Blueprint:
    """The routes of the pretended provider. Args: its address, which ends with ROOT."""
    provider = Provider(issuer)
    routes = Blueprint("demo-sign-in", __name__, url_prefix=ROOT)
    routes.add_url_rule("/.well-known/openid-configuration", "metadata", provider.metadata, methods=["GET"])
    routes.add_url_rule("/keys", "keys", provider.keys, methods=["GET"])
    routes.add_url_rule("/authorize", "authorize", provider.authorize, methods=["GET"])
    routes.add_url_rule("/token", "token", provider.token, methods=["POST"])
    return routes


def _is_loopback(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    # A name before an @ is no host, whatever it looks like, and a browser reads \ as /.
    return parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost") and not set(address) & set("@\\?#")


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return json_response(json.dumps(content).encode(), status)
