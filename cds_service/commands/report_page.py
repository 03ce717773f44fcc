"""The report as one HTML page: no script, nothing loaded from elsewhere, charts as inline SVG."""

from __future__ import annotations

from html import escape
from typing import Any, Final

from cds_service.commands.layout import counted
from cds_service.hooks.explanation import check_words

_STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1c2733}"
    "table{border-collapse:collapse;width:100%}th,td{padding:.3rem .6rem;border-bottom:1px solid #d5dde5;text-align:left}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}small{color:#5a6875}svg text{font-size:12px}"
)
_SERIES: Final = (("shown", "#8fa3b5"), ("accepted", "#2f7d4f"), ("overridden", "#b4552d"))
_HEADS: Final = {"fired": "decided", "shadowed": "decided, not shown (shadow)"}
_ROW: Final = 54
_LEFT: Final = 300
_WIDTH: Final = 900


def page(plain: dict[str, Any]) -> str:
    """The whole page.

    Args:
        plain: What `Report.to_plain` gives.
    """
    title = f"Cards shown, {plain['since'][:10]} to {plain['until'][:10]}"
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>",
        f"<p>{counted(plain['calls'], 'call')} <small>({plain['callsChange']:+d} against the period before)</small>; ",
        f"{plain['recordsLost']} records could not be stored; ",
        f"feedback on unknown cards: {plain['feedbackOnUnknownCards']}.</p>",
        _chart(plain["rules"]),
        _rules(plain["rules"]),
        _counts("What was not checked", "fact, prefetch key or rule", plain["missing"]),
        _counts("Codes without a meaning here", "code", plain["unmappedCodes"]),
        _counts("Units not known", "fact and unit", plain["unknownUnits"]),
        "</body></html>\n",
    ]
    return "".join(parts)


def _chart(rules: list[dict[str, Any]]) -> str:
    shown = [rule for rule in rules if rule["shown"]]
    if not shown:
        return "<p>No card was shown.</p>"
    most = max(rule[name] for rule in shown for name, _ in _SERIES)
    height = _ROW * len(shown) + 24
    parts = [f"<svg role='img' aria-label='Cards by rule' viewBox='0 0 {_WIDTH} {height}' width='100%'>"]
    for number, (name, colour) in enumerate(_SERIES):
        parts.append(f"<rect x='{_LEFT + number * 110}' y='2' width='12' height='12' fill='{colour}'/>")
        parts.append(f"<text x='{_LEFT + number * 110 + 18}' y='13'>{name}</text>")
    for row, rule in enumerate(shown):
        top = 24 + row * _ROW
        parts.append(f"<text x='0' y='{top + 18}'>{escape(rule['rule'])}</text>")
        parts.append(f"<text x='0' y='{top + 34}' fill='#5a6875'>{escape(rule['contentVersion'])}</text>")
        for bar, (name, colour) in enumerate(_SERIES):
            width = (_WIDTH - _LEFT - 60) * rule[name] // most
            line = top + bar * 14
            parts.append(f"<rect x='{_LEFT}' y='{line + 4}' width='{width}' height='11' fill='{colour}'/>")
            parts.append(f"<text x='{_LEFT + width + 6}' y='{line + 14}'>{rule[name]}</text>")
    return "".join([*parts, "</svg>"])


def _rules(rules: list[dict[str, Any]]) -> str:
    names = ("fired", "shadowed", "shown", "accepted", "overridden")
    heads = "".join(f"<th class='n'>{_HEADS.get(name, name)}</th>" for name in names)
    lines = []
    for rule in rules:
        numbers = "".join(
            f"<td class='n'>{rule[name]} <small>({rule['change'][name]:+d})</small></td>" for name in names
        )
        reasons = "<br>".join(f"{escape(reason)}: {count}" for reason, count in rule["reasons"].items())
        identity = f"<td>{escape(rule['rule'])}</td><td>{escape(rule['contentVersion'])}</td>"
        lines.append(f"<tr>{identity}{numbers}<td>{reasons}</td></tr>")
    head = f"<tr><th>rule</th><th>content version</th>{heads}<th>reasons for overriding</th></tr>"
    return f"<h2>Rules</h2><table>{head}{''.join(lines)}</table>"


def _counts(title: str, what: str, rows: list[dict[str, Any]]) -> str:
    lines = (
        f"<tr><td>{escape(check_words(row['name']))}</td><td class='n'>{row['count']} <small>({row['change']:+d})</small></td></tr>"
        for row in rows
    )
    return f"<h2>{title}</h2><table><tr><th>{what}</th><th class='n'>calls</th></tr>{''.join(lines)}</table>"
