"""Somebody who looks at the pages in Chromium, and notes what a page must never do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page

SCREENSHOTS = Path(__file__).parent / "screenshots"
AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = {"wide": 1280, "narrow": 390}
# What is left of a window of 1280 pixels at a magnification of 4 (WCAG 1.4.10).
NARROWEST = 320
SCHEMES = ("light", "dark")
GRAVE = ("serious", "critical")
LISTEN = """addEventListener('securitypolicyviolation', e =>
    cspViolation(`${e.violatedDirective}: ${e.blockedURI} ${e.sourceFile ?? ''}:${e.lineNumber}`))"""


@dataclass
class Visitor:
    """One page of a browser session of its own: no cookie of another visitor is there.

    `complaints`: violations of the content security policy, errors of scripts, and errors on the console, except those with
    the words that are `expected`, such as "403" for an answer that the browser writes there.
    """

    page: Page
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def look(self, name: str) -> None:
        """A picture of the page as it stands, wide and narrow, light and dark; each is also held to accessibility.

        Raises: AssertionError where axe-core finds a serious violation, or the page scrolls sideways.
        """
        SCREENSHOTS.mkdir(exist_ok=True)
        found: list[str] = []
        for width, pixels in WIDTHS.items():
            self.page.set_viewport_size({"width": pixels, "height": 900})
            for scheme in SCHEMES:
                self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                self.page.screenshot(path=SCREENSHOTS / f"{name}-{width}-{scheme}.png", full_page=True)
                found += [f"{width}, {scheme}: {barrier}" for barrier in self.barriers()]
        for pixels in (*WIDTHS.values(), NARROWEST):
            self.page.set_viewport_size({"width": pixels, "height": 900})
            found += [f"{beyond} pixels wider than the window of {pixels}"] if (beyond := self.beyond()) > 0 else []
        self.page.set_viewport_size({"width": WIDTHS["wide"], "height": 900})
        self.page.emulate_media(color_scheme="light")
        assert not found, "\n".join([name, *found])

    def beyond(self) -> int:
        """How many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def barriers(self) -> list[str]:
        """What axe-core finds serious or worse on the page as it stands: the rule and the first places."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[dict[str, Any]] = self.page.evaluate("axe.run().then(result => result.violations)")
        grave = [violation for violation in found if violation["impact"] in GRAVE]
        return [f"{v['id']}: {'; '.join(n['html'][:120] for n in v['nodes'][:4])}" for v in grave]


@contextmanager
def visitor(browser: Browser, base: str, **options: Any) -> Iterator[Visitor]:
    """A visitor of the service at a base URL, so that pages are opened by their paths.

    Args: further options of the browser's context, such as `java_script_enabled`.

    Raises: AssertionError at the end where a page complained.
    """
    with browser.new_context(base_url=base, bypass_csp=False, **options) as context:
        found = Visitor(context.new_page())
        context.expose_function("cspViolation", lambda words: found.complaints.append(words))
        context.add_init_script(LISTEN)
        found.page.on("pageerror", lambda error: found.complaints.append(f"error of a script: {error}"))
        found.page.on("console", lambda message: _note(message, found))
        yield found
        assert [] == found.complaints


def _note(message: ConsoleMessage, found: Visitor) -> None:
    if message.type == "error" and not any(words in message.text for words in found.expected):
        found.complaints.append(f"console: {message.text} ({message.location.get('url', '')})")
