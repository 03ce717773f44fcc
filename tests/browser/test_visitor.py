"""Does the visitor notice what it is there to notice? Without these, no test of a page could fail for it."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.browser.visitor import Visitor, visitor


def test_a_script_that_the_policy_forbids_is_counted(browser: Browser, base: str) -> None:
    with visitor(browser, base) as found:
        found.page.goto("/")
        found.page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: '1'}))")
        found.page.wait_for_timeout(200)
        assert any("script-src" in complaint for complaint in found.complaints)
        found.complaints.clear()


def test_a_barrier_is_found(visit: Visitor) -> None:
    visit.page.goto("/")
    visit.page.evaluate("document.body.append(document.createElement('button'))")
    assert any("button-name" in barrier for barrier in visit.barriers())
