"""Every error becomes one of ours; a failure of the service is logged without values and never looks like "all is well"."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from pathlib import Path

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from cds_service.api import metrics
from cds_service.api.logs import log, note
from cds_service.api.responses import error_response
from cds_service.errors import (
    BodyTooLarge,
    CdsError,
    InternalFault,
    NoSuchRoute,
    RequestError,
    StoreDown,
    Unauthorized,
    WrongMediaType,
    WrongMethod,
)
from cds_service.web import page

_BY_STATUS: dict[int | None, type[CdsError]] = {
    404: NoSuchRoute,
    405: WrongMethod,
    413: BodyTooLarge,
    415: WrongMediaType,
}


def install(app: Flask) -> None:
    """Answer every error of the app."""
    app.register_error_handler(CdsError, _ours)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _failure)


def _ours(error: CdsError) -> Response:
    """An error of our own tree."""
    if error.status == 500:
        return _failure(error)
    note(code=error.code)
    if isinstance(error, Unauthorized):
        note(reason=error.reason)
    if isinstance(error, StoreDown):
        note(reason=getattr(error, "cause", ""))
    return _answer(error)


def _http(error: HTTPException) -> Response:
    """An error that Flask or Werkzeug raised; its own words may repeat the request, so ours stand instead."""
    if error.code is None or error.code >= 500:
        return _failure(error)
    ours = _BY_STATUS.get(error.code, RequestError)()
    note(code=ours.code)
    allow = {"Allow": ", ".join(sorted(getattr(error, "valid_methods", None) or ()))} if error.code == 405 else None
    return _answer(ours, allow)


def _failure(error: Exception) -> Response:
    """A failure of the service: its type and place go to the log, never its words, which may hold a value."""
    metrics.failures.inc()
    log.error("failure", code=InternalFault.code, error=type(error).__name__, at=place_of(error))
    note(code=InternalFault.code)
    return _answer(InternalFault())


def _answer(error: CdsError, headers: Mapping[str, str] | None = None) -> Response:
    """The error as a page for a browser, as JSON for a program."""
    answer = error_response(error, headers)
    if not page.is_wanted():
        return answer
    shown = page.error_page(error)
    shown.headers.extend((name, value) for name, value in answer.headers if name not in shown.headers)
    return shown


def place_of(error: BaseException) -> str:
    """File and line where an exception was raised, innermost last, without any value."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
