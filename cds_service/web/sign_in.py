"""People sign in with the hospital's OpenID Connect provider: the code flow with PKCE, state and nonce, by Authlib.

What is kept of a person is in their own cookie: a name, a subject, the roles that this service knows, and until when. Their
tokens are forgotten as soon as they have been looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, Response, redirect, request, session, url_for
from joserfc.errors import JoseError
from requests import RequestException
from werkzeug.wrappers import Response as AnyResponse

from cds_service.errors import Forbidden, NoSuchRoute, Unavailable
from cds_service.settings import Settings
from cds_service.web.page import is_page
from cds_service.web.session import Person, person, remember, require_form_token

PHARMACIST, OPERATOR = "pharmacist", "operator"
_PATIENCE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider and how this service is known to it; `roles` maps its role names to those of this service."""

    issuer: str
    client_id: str
    client_secret: str
    roles_claim: str
    roles: Mapping[str, str]


def provider_of(settings: Settings) -> Provider:
    """The provider that the settings name."""
    return Provider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret,
        settings.oidc_roles_claim,
        {settings.oidc_pharmacist: PHARMACIST, settings.oidc_operator: OPERATOR},
    )


def with_role(role: str) -> Callable[[Callable[..., AnyResponse]], Callable[..., AnyResponse]]:
    """A view for people with a role alone: nobody signed in is sent to sign in, another role is refused.

    Raises (in the view): Forbidden.
    """

    def guard(view: Callable[..., AnyResponse]) -> Callable[..., AnyResponse]:
        @wraps(view)
        def guarded(*arguments: Any, **named: Any) -> AnyResponse:
            who = person()
            if who is None and request.method == "GET":
                return redirect(f"/sign-in?{urlencode({'next': request.path})}")
            if who is None:
                raise Forbidden(sentence="Nobody is signed in.", hint="Sign in and send the form again.")
            if role not in who.roles:
                raise Forbidden(
                    sentence=f"This page is for the role {role}, which your sign-in does not give you.",
                    hint="Sign in as somebody who has it, or ask whoever manages the sign-in of this service for it.",
                )
            return view(*arguments, **named)

        return guarded

    return guard


def blueprint(app: Flask, provider: Provider, public_base_url: str) -> Blueprint:
    """The routes of signing in and out.

    Args: the application; the provider; the base address as people see it ("": the one that was called, for demonstrations).
    """
    client = OAuth(app).register(
        "provider",
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        server_metadata_url=f"{provider.issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid profile",
            "code_challenge_method": "S256",
            "default_timeout": _PATIENCE_SECONDS,
        },
    )
    ways = _SignIn(client, provider, public_base_url)
    routes = Blueprint("sign-in", __name__)
    routes.add_url_rule("/sign-in", "begin", ways.begin, methods=["GET"])
    routes.add_url_rule("/sign-in/back", "back", ways.back, methods=["GET"])
    routes.add_url_rule("/sign-out", "out", sign_out, methods=["POST"])
    return routes


class _SignIn:
    def __init__(self, client: Any, provider: Provider, public_base_url: str) -> None:
        self._client = client
        self._provider = provider
        self._base_url = public_base_url

    def begin(self) -> AnyResponse:
        """To the provider. Raises: Unavailable when it does not answer, Forbidden when it is another one."""
        session["next"] = _own(request.args.get("next", "/"))
        way_back = (self._base_url or request.host_url.rstrip("/")) + url_for("sign-in.back")
        try:
            self._require_issuer(self._client.load_server_metadata().get("issuer"))
            answer: AnyResponse = self._client.authorize_redirect(way_back)
        except (RequestException, ValueError, RuntimeError):
            raise Unavailable(sentence="The sign-in provider does not answer.", hint="Try again later.") from None
        return answer

    def back(self) -> AnyResponse:
        """From the provider, with a code for a token that says who it is. Raises: Forbidden, Unavailable."""
        # RFC 9207: an answer of another provider must not be taken for this one's.
        if "iss" in request.args:
            self._require_issuer(request.args["iss"])
        options = {
            "iss": {"essential": True, "value": self._provider.issuer},
            "aud": {"essential": True, "value": self._provider.client_id},
            "sub": {"essential": True},
        }
        try:
            claims = self._client.authorize_access_token(claims_options=options).get("userinfo")
        except RequestException:
            raise Unavailable(sentence="The sign-in provider does not answer.", hint="Try again later.") from None
        except (OAuthError, JoseError, ValueError, KeyError) as error:
            raise _not_completed() from error
        if not claims:
            raise _not_completed()
        after = session.get("next", "/")
        # Nothing of the session before the sign-in goes on: a cookie planted earlier is worth nothing.
        session.clear()
        name = str(claims.get("name") or claims.get("preferred_username") or claims["sub"])
        remember(Person(str(claims["sub"]), name, tuple(sorted(_roles(claims, self._provider)))))
        return redirect(_own(after))

    def _require_issuer(self, named: object) -> None:
        if named != self._provider.issuer:
            raise Forbidden(
                sentence="The sign-in provider names another issuer than CDS_OIDC_ISSUER.",
                hint="The setting must be the provider's issuer, letter by letter.",
            )


def without_provider(paths: Sequence[str]) -> Blueprint:
    """What stands where pages for people who sign in would be, while no provider is set: which settings turn them on."""
    routes = Blueprint("without-sign-in", __name__)

    def off(below: str = "") -> AnyResponse:
        raise NoSuchRoute(
            sentence="This page is for people who sign in, and no sign-in is set up here.",
            hint="Whoever runs the service sets CDS_OIDC_ISSUER, CDS_OIDC_CLIENT_ID and CDS_OIDC_CLIENT_SECRET "
            "(docs/operations.md, People who sign in).",
        )

    for path in paths:
        routes.add_url_rule(path, f"off-{path}", off, methods=["GET"])
        routes.add_url_rule(f"{path}/<path:below>", f"off-below-{path}", off, methods=["GET"])
    return routes


def sign_out() -> Response | AnyResponse:
    """Forget who it was, and go on where the form says. Raises: Forbidden for a form of another session."""
    require_form_token()
    session.clear()
    return redirect(_own(request.form.get("next", "/")))


def _roles(claims: Mapping[str, Any], provider: Provider) -> set[str]:
    """The roles of this service that a claim gives: one word or a list of words, also below a path such as a.b."""
    found: Any = claims
    for step in provider.roles_claim.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    given = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    return {provider.roles[one] for one in given if isinstance(one, str) and one in provider.roles}


def _own(path: str) -> str:
    """The path, where it is a page of this service; else the home page: nobody is sent elsewhere after a sign-in."""
    return path if is_page(path) and not path.startswith("//") and "\\" not in path else "/"


def _not_completed() -> Forbidden:
    return Forbidden(sentence="The sign-in was not completed.", hint="Begin again from the page that you wanted.")
