"""The session of a person at a browser: a signed cookie without patient data, and the token that a form of ours carries.

The cookie is out of reach of scripts, goes back to this service alone, and in production over https alone.
"""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import asdict, dataclass

from flask import Flask, request, session

from cds_service.errors import Forbidden

COOKIE = "cds-service-session"
HOURS = 8
_PERSON = "person"
_FORM_TOKEN = "form-token"  # noqa: S105  # the name of a field


def install(app: Flask, key: str, is_demo: bool) -> None:
    """Let the application keep sessions.

    Args: the secret that signs the cookies ("": one made at the start, so that a restart ends all sessions); whether plain
    http will do.
    """
    app.secret_key = key or secrets.token_hex(32)
    app.config.update(
        SESSION_COOKIE_NAME=COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=not is_demo,
        # Lax and not Strict: the way back from a sign-in begins at another site.
        SESSION_COOKIE_SAMESITE="Lax",
    )


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has signed in: `subject` is the provider's name for them, stable and unique."""

    subject: str
    name: str
    roles: tuple[str, ...]


def person() -> Person | None:
    """Who is signed in now; None for nobody, and after some hours."""
    kept = session.get(_PERSON)
    if not isinstance(kept, dict) or kept["until"] < time.time():
        return None
    return Person(kept["subject"], kept["name"], tuple(kept["roles"]))


def remember(who: Person) -> None:
    """Somebody has just signed in."""
    session[_PERSON] = {**asdict(who), "until": time.time() + HOURS * 3600}


def form_token() -> str:
    """The token of this session, for a hidden field named `form-token`."""
    return str(session.setdefault(_FORM_TOKEN, secrets.token_urlsafe(24)))


def require_form_token() -> None:
    """Refuse a form that no page of this session sent.

    Raises: Forbidden.
    """
    kept = session.get(_FORM_TOKEN, "")
    if not kept or not hmac.compare_digest(str(kept), request.form.get(_FORM_TOKEN, "")):
        raise Forbidden(
            sentence="The form does not belong to this session.", hint="Open the page again and send it from there."
        )
