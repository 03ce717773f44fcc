"""An authorization server over the fixture patients, in demo mode only, so that the SMART app can be launched on this machine.

It authorizes everybody for everything: the patients are made up. The way itself is the standard's: a launch context, the code
grant with PKCE, a token for one patient, a signed identity token. `_services/smart/Launch` is where EHR simulators, the CDS
Hooks Sandbox among them, ask for a launch context.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from cds_service.api.demo_fhir import ROOT as FHIR
from cds_service.errors import LaunchRefused
from cds_service.web.page import is_wanted, page
from cds_service.web.try_it import EHR_LAUNCH

ROOT: Final = "/demo/auth"
_SECONDS: Final = 3600
_CODE_SECONDS: Final = 60
_MOST: Final = 1000
_LONGEST_SHOWN: Final = 64
_USER: Final = "Practitioner/demo"
_ALGORITHM: Final = "ES256"


@dataclass(frozen=True, slots=True)
class Context:
    """What a launch is about."""

    patient: str
    app_context: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """A code that was given, until when it is taken, and to whom."""

    context: Context
    client_id: str
    redirect_uri: str
    challenge: str
    nonce: str
    scope: str
    until: float


class Authorization:
    """Launch contexts and codes, in the memory of this process."""

    def __init__(self, patients: Mapping[str, str]) -> None:
        self._patients = dict(patients)
        self._launches: dict[str, Context] = {}
        self._grants: dict[str, Grant] = {}
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._kid = secrets.token_hex(4)

    def configuration(self) -> Response:
        """What the FHIR endpoint says about its authorization."""
        base = _base()
        return _json(
            {
                "issuer": f"{base}{ROOT}",
                "jwks_uri": f"{base}{ROOT}/jwks",
                "authorization_endpoint": f"{base}{ROOT}/authorize",
                "token_endpoint": f"{base}{ROOT}/token",
                "grant_types_supported": ["authorization_code"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["none"],
                "capabilities": [
                    *("launch-ehr", "launch-standalone", "client-public", "permission-v2"),
                    *("context-ehr-patient", "context-standalone-patient", "sso-openid-connect"),
                ],
            }
        )

    def context(self) -> Response:
        """A launch context for the Sandbox: `{"launch_id": …}` for `{"launchUrl": …, "parameters": {"patient": …}}`."""
        content = request.get_json(silent=True)
        given = content.get("parameters") if isinstance(content, dict) else None
        patient = given.get("patient") if isinstance(given, dict) else None
        if not isinstance(given, dict) or patient not in self._patients:
            raise LaunchRefused(sentence="There is no such patient.", hint="Send parameters.patient.")
        return _json({"launch_id": self._launched(Context(str(patient), str(given.get("appContext", ""))))})

    def launch(self) -> AnyResponse:
        """What an EHR does when a clinician follows the link of a card: the app is launched for `?patient=`, with `appContext`.

        One that there is not is chosen from the list in a browser. Raises: LaunchRefused for a program.
        """
        patient = request.args.get("patient", "")
        if patient not in self._patients and is_wanted():
            return self._choice(EHR_LAUNCH)
        if patient not in self._patients:
            raise LaunchRefused(sentence=_no_patient(patient), hint="The address needs ?patient=, an id.")
        launch = self._launched(Context(patient, request.args.get("appContext", "")))
        return redirect(f"/smart/launch?{urlencode({'iss': f'{_base()}{FHIR}', 'launch': launch})}")

    def authorize(self) -> AnyResponse:
        """The code, at once in a launch of the EHR; else after a patient was chosen."""
        given = request.args
        context = self._launches.pop(given.get("launch", ""), None)
        if context is None and given.get("patient", "") in self._patients:
            context = Context(given["patient"])
        if (
            given.get("code_challenge_method") != "S256"
            or not given.get("code_challenge")
            or not _is_own(given.get("redirect_uri", ""))
        ):
            raise LaunchRefused(sentence="This server authorizes apps of this machine with PKCE and S256 only.")
        if context is None:
            return self._choice(f"{ROOT}/authorize")
        code = secrets.token_urlsafe(24)
        while len(self._grants) >= _MOST:
            self._grants.pop(next(iter(self._grants)))
        self._grants[code] = Grant(
            context,
            given.get("client_id", ""),
            given["redirect_uri"],
            given["code_challenge"],
            given.get("nonce", ""),
            given.get("scope", ""),
            time.time() + _CODE_SECONDS,
        )
        back = {"code": code, "state": given.get("state", ""), "iss": f"{_base()}{ROOT}"}
        return redirect(f"{given['redirect_uri']}?{urlencode(back)}")

    def token(self) -> Response:
        """A token for a code, once."""
        given = request.form
        grant = self._grants.pop(given.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(given.get("code_verifier", "").encode()).digest())
        is_right = (
            grant is not None
            and time.time() < grant.until
            and challenge.rstrip(b"=").decode() == grant.challenge
            and given.get("redirect_uri") == grant.redirect_uri
            and given.get("client_id") == grant.client_id
        )
        if grant is None or not is_right:
            return _json({"error": "invalid_grant"}, 400)
        found = {
            "access_token": secrets.token_urlsafe(32),
            "token_type": "Bearer",
            "expires_in": _SECONDS,
            "scope": grant.scope,
            "patient": grant.context.patient,
            "id_token": self._identity(grant),
        }
        return _json({**found, "appContext": grant.context.app_context} if grant.context.app_context else found)

    def keys(self) -> Response:
        """The key that signs identity tokens."""
        key = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self._key.public_key()))
        return _json({"keys": [{**key, "kid": self._kid, "alg": _ALGORITHM, "use": "sig"}]})

    def _choice(self, path: str) -> Response:
        """The list of patients, each with the address that was called; one that was asked for and is none of them is said."""
        asked = request.args.get("patient", "")
        given = [(name, value) for name, value in request.args.items() if name != "patient"]
        content = {
            "patients": self._patients,
            "given": given,
            "path": path,
            "fault": _no_patient(asked) if asked else "",
        }
        return page("demo_patients.html", 400 if asked else 200, **content)

    def _launched(self, context: Context) -> str:
        while len(self._launches) >= _MOST:
            self._launches.pop(next(iter(self._launches)))
        launch = secrets.token_urlsafe(16)
        self._launches[launch] = context
        return launch

    def _identity(self, grant: Grant) -> str:
        now = int(time.time())
        base = _base()
        claims = {"iss": f"{base}{ROOT}", "sub": "demo", "aud": grant.client_id, "iat": now, "exp": now + _SECONDS}
        claims |= {"nonce": grant.nonce, "fhirUser": f"{base}{FHIR}/{_USER}"}
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM, headers={"kid": self._kid})


def blueprint(patients: Mapping[str, str]) -> Blueprint:
    """The routes of the authorization server. Args: for the id of each patient what the patient shows."""
    server = Authorization(patients)
    routes = Blueprint("demo-authorization", __name__)
    rules = (
        (f"{FHIR}/.well-known/smart-configuration", server.configuration, "GET"),
        (f"{FHIR}/_services/smart/Launch", server.context, "POST"),
        (EHR_LAUNCH, server.launch, "GET"),
        (f"{ROOT}/authorize", server.authorize, "GET"),
        (f"{ROOT}/token", server.token, "POST"),
        (f"{ROOT}/jwks", server.keys, "GET"),
    )
    for path, view, method in rules:
        routes.add_url_rule(path, view_func=view, methods=[method])
    return routes


def _no_patient(asked: str) -> str:
    return f"There is no patient {asked[:_LONGEST_SHOWN]!r} here." if asked else "No patient is named."


def _base() -> str:
    return request.host_url.rstrip("/")


def _is_own(address: str) -> bool:
    """Whether an address is one of this machine's demonstration: no code is sent anywhere else."""
    return address.startswith(f"{_base()}/")


def _json(content: Any, status: int = 200) -> Response:
    return Response(json.dumps(content), status, {"Cache-Control": "no-store"}, content_type="application/json")
