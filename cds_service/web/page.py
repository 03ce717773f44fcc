"""What every page has: its frame, its security headers, its error page, and the list of pages in its navigation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import cast

from flask import Blueprint, Flask, Response, current_app, render_template, request

from cds_service import web
from cds_service.errors import CdsError, RequestError
from cds_service.program import NAME
from cds_service.web import session
from cds_service.web.search import searchable

KEY = "cds-service-web"
HTML = "text/html; charset=utf-8"
_FOLDER = files(web)
# Of every application: whoever looks at an address in a browser is told there what is wrong, pages or no pages.
TEMPLATES = str(_FOLDER / "templates")
# What lies below these belongs to the pages without a line of its own in the navigation.
_BESIDE = ("/web", "/sign-in", "/sign-out", "/smart")
# A request pasted into Try it, each byte of which a form may write as three.
_LONGEST_FORM = 3_100_000
_POLICY: Mapping[str, str] = {
    "default-src": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


@dataclass(slots=True)
class Site:
    """What the frame around each page says: versions, mode, the pages that there are, as titles by path, and sign-in.

    `program` is what a command of a demonstration begins with. `framed_by` says for the pages below a path who may show them in
    a frame, as the Content-Security-Policy has it; nobody may frame the others.
    """

    version: str
    content_version: str
    is_demo: bool
    jurisdiction: str
    pages: dict[str, str] = field(default_factory=dict)
    has_sign_in: bool = False
    framed_by: dict[str, str] = field(default_factory=dict)
    program: str = NAME


def install(app: Flask, site: Site) -> Site:
    """Serve static files, and read no form further than its bound: what is longer is a 413, and what does not say how
    long it is a 400. Pages are then added one by one, each with its line in `site.pages`."""
    app.extensions[KEY] = site
    app.jinja_env.filters["searchable"] = searchable

    @app.before_request
    def bound() -> None:
        if not is_page(request.path):
            return
        # Of a body that comes in chunks Werkzeug keeps what fits, and says nothing of the rest.
        if "Transfer-Encoding" in request.headers:
            raise RequestError(
                sentence="The form does not say how long it is.", hint="Send it with a Content-Length, as browsers do."
            )
        request.max_content_length = _LONGEST_FORM

    frame = Blueprint(
        "web",
        __name__,
        static_folder=str(_FOLDER / "static"),
        static_url_path="/web/static",
    )
    app.register_blueprint(frame)
    return site


def is_page(path: str) -> bool:
    """Whether a path belongs to the pages for people, which ask for no client's token; none does where pages are off."""
    site = cast(Site | None, current_app.extensions.get(KEY))
    if site is None or path == "/":
        return site is not None
    roots = (*_BESIDE, *(each for each in site.pages if each != "/"))
    return any(path == root or path.startswith(f"{root}/") for root in roots)


def is_wanted() -> bool:
    """Whether an answer that can be a page or JSON is to be a page, as `Accept` has it: browsers name HTML, programs JSON or
    anything, and who takes anything gets a page at the address of one."""
    kinds = ("text/html", "application/json") if is_page(request.path) else ("application/json", "text/html")
    return request.accept_mimetypes.best_match(kinds, kinds[0]) == "text/html"


def nearness(jurisdiction: str, own: str) -> tuple[bool, bool]:
    """What documents are sorted by: those of the service's own jurisdiction, those of every one (""), those of others."""
    return jurisdiction != own, jurisdiction != ""


def page(template: str, status: int = 200, **content: object) -> Response:
    """A page. Args: the template; the status; what the template shows."""
    site = cast(Site, current_app.extensions[KEY])
    frame = {"site": site, "current": _current(site), "person": session.person(), "form_token": session.form_token}
    text = render_template(template, **frame, **content)
    framed_by = next((who for root, who in site.framed_by.items() if request.path.startswith(f"{root}/")), "'none'")
    return Response(text, status, security_headers(framed_by), content_type=HTML)


def _current(site: Site) -> str:
    """The page of the navigation that the request lies below, the nearest one."""
    path = request.path
    return max((each for each in site.pages if path == each or path.startswith(f"{each}/")), key=len, default="")


def security_headers(frame_ancestors: str = "'none'") -> dict[str, str]:
    """The headers of every page: nothing is loaded from elsewhere, no script or style stands in the page itself."""
    policy = {**_POLICY, "frame-ancestors": frame_ancestors}
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        # A form of the page itself must still name its origin; nobody else learns which page a link stood on.
        "Referrer-Policy": "same-origin",
    }


def error_page(error: CdsError) -> Response:
    """An error as a page: what went wrong and what to do; where pages are off, without what only they have."""
    if KEY in current_app.extensions:
        return page("error.html", error.status, error=error)
    text = render_template("error.html", site=None, error=error)
    return Response(text, error.status, security_headers(), content_type=HTML)
