"""Can nobody who reaches a page fill the memory or the disk of the service, or keep its hooks from answering?"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from werkzeug.test import create_environ, run_wsgi_app

from cds_service.app import create_app
from cds_service.commands.fixtures import fixtures
from cds_service.settings import Settings
from cds_service.turns import Turns
from cds_service.web import try_it

CASE = next(each for each in fixtures() if each.name == "platelets-49999-week-3")
FORM = "application/x-www-form-urlencoded"


class Flood:
    """A body without an end; `taken` bytes of it were read."""

    taken = 0

    def read(self, most: int = -1) -> bytes:
        size = most if most >= 0 else 20_000_000
        self.taken += size
        assert self.taken <= 20_000_000, "nobody would have ended it"
        return b"a" * size


@pytest.fixture(scope="module")
def bounded(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("bounded")
    given = {"CDS_MODE": "demo", "CDS_DATA_DIR": str(folder)}
    oidc = {f"CDS_OIDC_{name}": "http://127.0.0.1:9" for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET")}
    smart = {
        "CDS_PUBLIC_BASE_URL": "http://127.0.0.1",
        "CDS_SMART_CLIENT_ID": "a",
        "CDS_SMART_ISSUERS": "http://127.0.0.1:9",
    }
    return create_app(Settings.from_environment({**given, **oidc, **smart}), cases=[CASE])


@pytest.mark.parametrize("path", ["/try", "/sign-out", "/smart/timeline/x/what-if", "/rules/review/us-label-2023-03"])
@pytest.mark.parametrize("media", [FORM, "multipart/form-data; boundary=x"])
def test_a_form_that_does_not_say_how_long_it_is_is_not_read(bounded: Any, path: str, media: str) -> None:
    """As a server hands over a chunked body."""
    flood = Flood()
    environ = create_environ(path, method="POST", content_type=media)
    environ |= {
        "CONTENT_LENGTH": "",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input": flood,
        "wsgi.input_terminated": True,
    }
    body, status, _ = run_wsgi_app(bounded, environ)
    assert (0, "400") == (flood.taken, status[:3])
    assert b"does not say how long it is" in b"".join(body)


@pytest.mark.parametrize("media", [FORM, "multipart/form-data; boundary=x"])
def test_a_form_that_announces_too_much_is_refused(bounded: Any, media: str) -> None:
    answer = bounded.test_client().post("/try", data=b"request=" + b"a" * 3_100_000, content_type=media)
    assert (413, True) == (answer.status_code, "larger than this service reads" in answer.text)


def test_a_pasted_request_has_a_bound_of_its_own_however_it_is_written(bounded: Any) -> None:
    browser: FlaskClient = bounded.test_client()
    text = CASE.body.decode()
    most = text + " " * (try_it.LONGEST - len(CASE.body))
    assert 200 == browser.post("/try", data={"request": most, "today": str(CASE.today)}).status_code
    more = browser.post("/try", data={"request": most + " "})
    assert (413, True) == (more.status_code, "cds-service explain" in more.text)
    widest = b"request=" + b"%20" * (try_it.LONGEST - len(CASE.body)) + quote(text).encode()
    assert (
        200 == browser.post("/try", data=widest + b"&today=" + str(CASE.today).encode(), content_type=FORM).status_code
    )


def test_a_page_that_finds_no_turn_says_so_and_hooks_answer(bounded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = Turns(at_once=1, patience=0.01)
    monkeypatch.setattr(try_it.turns, "_free", busy._free)
    monkeypatch.setattr(try_it.turns, "_patience", 0.01)
    browser: FlaskClient = bounded.test_client()
    with busy.one():
        assert 503 == browser.get(f"/try?case={CASE.name}").status_code
        assert 503 == browser.post("/try", data={"request": CASE.body.decode()}).status_code
        assert (
            200
            == browser.post(
                f"/cds-services/{CASE.service}", data=CASE.body, content_type="application/json"
            ).status_code
        )
    assert 200 == browser.get(f"/try?case={CASE.name}").status_code
