"""The report as one HTML page; `report.html` says what stands where."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader

from cds_service.commands.layout import counted
from cds_service.hooks.explanation import check_words

_SERIES: Final = (("shown", "#8fa3b5"), ("accepted", "#2f7d4f"), ("overridden", "#b4552d"))


def page(plain: dict[str, Any]) -> str:
    """The whole page. Args: what `Report.to_plain` gives."""
    place = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=place, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["in_words"] = check_words
    shown = [rule for rule in plain["rules"] if rule["shown"]]
    return environment.get_template("report.html").render(
        plain=plain,
        title=f"Cards shown, {plain['since'][:10]} to {plain['until'][:10]}",
        calls=counted(plain["calls"], "call"),
        shown=shown,
        series=_SERIES,
        most=max((rule[name] for rule in shown for name, _ in _SERIES), default=1),
    )
