"""`cds-service explain REQUEST.json`: why a call is answered as it is."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections import Counter
from collections.abc import Mapping
from typing import TextIO

import msgspec

from cds_service.cdshooks.card import Card
from cds_service.cdshooks.request import parse_request
from cds_service.clinical.recommendation import RuleOutcome
from cds_service.commands.calls import CallFault, form_notes, read_call, service_for, told
from cds_service.commands.layout import heading, item, paragraph
from cds_service.errors import CdsError, SettingsError
from cds_service.fhir.ledger import NOT_RELEVANT, SET_ASIDE, USED
from cds_service.hooks.explanation import ORDER_OF_OUTCOMES, Explanation, FactRead, FactRefused, explain
from cds_service.settings import environment

_TITLES = {"fired": "FIRED", "unknown": "UNKNOWN", "not met": "NOT MET", "not applicable": "NOT APPLICABLE"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, the date, the service, the form."""
    parser.add_argument("request", metavar="REQUEST.json", help="a CDS Hooks request; - reads standard input")
    parser.add_argument("--today", metavar="DATE", help="play the call on this day (YYYY-MM-DD)")
    parser.add_argument("--service", metavar="ID", help="the service; found by the request's hook when left out")
    parser.add_argument("--json", action="store_true", help="for machines")


def run(arguments: argparse.Namespace, environ: Mapping[str, str] | None = None) -> int:
    """Explain; 0 when the call could be answered, 1 when it could not be."""
    from cds_service.hooks.pipeline import Pipeline

    try:
        call = read_call(arguments.request, arguments.today, environment() if environ is None else environ)
        pipeline = Pipeline(call.settings)
        service = service_for(pipeline.services(), call.body, arguments.service)
        outcome = pipeline.run(service.id, parse_request(call.body, service, pipeline.services()), today=call.today)
    except CallFault as fault:
        sys.stderr.write(f"cds-service explain: {fault}\n")
        return 1
    except SettingsError:
        raise
    except CdsError as error:
        forms = "".join(f"{note}\n" for note in form_notes(call.body))
        sys.stderr.write(f"{forms}cds-service explain: {told(error)}\n")
        return 1
    found = explain(outcome, call.settings.jurisdiction)
    notes = (*form_notes(call.body), *call.notes)
    if arguments.json:
        sys.stdout.write(as_json(found, notes).decode() + "\n")
    else:
        write(found, notes, sys.stdout)
    return 0


def as_json(found: Explanation, notes: tuple[str, ...]) -> bytes:
    """The explanation for machines; cards as the wire has them."""
    members = {f.name: getattr(found, f.name) for f in dataclasses.fields(found)}
    members["rules"] = [rule._asdict() for rule in found.rules]
    members["entries"] = [entry._asdict() for entry in found.entries]
    text = msgspec.json.Encoder(decimal_format="number").encode({**members, "notes": notes})
    return msgspec.json.format(text, indent=2)


def write(found: Explanation, notes: tuple[str, ...], out: TextIO) -> None:
    """The explanation for people, at most 100 columns wide."""
    jurisdiction = found.jurisdiction or "no jurisdiction"
    out.write(f"{found.service} on {found.today}, {jurisdiction}, content {found.content_version}\n")
    for note in notes:
        out.write(paragraph(note, "  "))
    if found.ended:
        _documents(found, out)
        out.write("\n" + paragraph(found.ended, ""))
        return
    _cards(found.cards, out)
    for decision in found.shadowed:
        out.write(paragraph(f"Decided and not shown (shadow): {decision}", "  "))
    for decision in found.left:
        out.write(paragraph(f"Left to {decision}", "  "))
    out.write(heading("Why"))
    for line in found.head:
        out.write(item(f"{line.label:<16}", line.words))
    _documents(found, out)
    _facts(found, out)
    out.write(heading(f"The course as it was read ({len(found.course)})"))
    for line in found.course:
        out.write(item(f"{line.label:<21}", line.words))
    out.write(heading(f"Counts that decide today ({len(found.limits)})"))
    for line in found.limits:
        out.write(item(f"{line.label:<21}", line.words))
    _rules(found.rules, out)


def _documents(found: Explanation, out: TextIO) -> None:
    out.write(heading(f"Documents in force ({len(found.documents)})"))
    for document in found.documents:
        out.write(paragraph(document, "  "))


def _facts(found: Explanation, out: TextIO) -> None:
    out.write(heading(f"Facts read ({len(found.read)})"))
    for fact in found.read:
        out.write(item(f"{_when(fact)} {fact.fact:<18}", _value(fact), fact.reference))
    out.write(heading(f"Refused ({len(found.refused)})"))
    for each in found.refused:
        out.write(item(f"{_when(each)} {each.fact:<18}", refused_words(each), each.reference))
    lacking = len(found.not_obtained) + len(found.not_on_file) + len(found.remarks)
    out.write(heading(f"Not obtained, not known ({lacking})"))
    for missing in found.not_obtained:
        out.write(item(f"{missing.fact:<21}", missing.reason + (f" [{missing.rule}]" if missing.rule else "")))
    if found.not_on_file:
        out.write(item(f"{'none on file':<21}", ", ".join(found.not_on_file)))
    for remark in found.remarks:
        out.write(item(f"{'remark':<21}", remark))
    counted = Counter(entry.outcome for entry in found.entries)
    words = ", ".join(f"{counted[outcome]} {outcome}" for outcome in (USED, SET_ASIDE, NOT_RELEVANT))
    out.write(heading(f"Entries ({len(found.entries)}: {words})"))
    for entry in found.entries:
        if entry.outcome == NOT_RELEVANT:
            out.write(item(f"{entry.outcome:<13}", f"{entry.reference}: {entry.reason}"))


def refused_words(refused: FactRefused) -> str:
    """Why something is not used, after the value of a result and before its rule."""
    value = f"{refused.value} {refused.unit}".strip() or ("no value" if refused.rule else "")
    return "".join((f"{value}: " if value else "", refused.reason, f" [{refused.rule}]" if refused.rule else ""))


def _when(fact: FactRead | FactRefused) -> str:
    return str(fact.on) if fact.on else "no date   "


def _value(fact: FactRead) -> str:
    value = f"{fact.value} {fact.unit}".strip()
    return value + (f" = {fact.converted}" if fact.converted else "") + (f" ({fact.remark})" if fact.remark else "")


def _rules(rules: tuple[RuleOutcome, ...], out: TextIO) -> None:
    """Each rule with its reason and citation; rules that share a reason stand together below it."""
    width = max((len(rule.rule) for rule in rules), default=0)
    out.write(heading(f"Rules ({len(rules)})"))
    for name in ORDER_OF_OUTCOMES:
        group = [rule for rule in rules if rule.outcome == name]
        out.write(f"  {_TITLES[name]} ({len(group)})\n")
        for why in dict.fromkeys(rule.why for rule in group):
            alike = [rule for rule in group if rule.why == why]
            if len(alike) == 1:
                out.write(item(f"  {alike[0].rule:<{width}}", why))
                out.write(item("  " + " " * width, alike[0].citation))
                continue
            out.write(paragraph(f"{why}:", "    "))
            for rule in alike:
                out.write(item(f"    {rule.rule:<{width}}", rule.citation))


def _cards(cards: tuple[Card, ...], out: TextIO) -> None:
    out.write(heading(f"Cards ({len(cards)})"))
    if not cards:
        out.write("  none: nothing to say\n")
    for card in cards:
        out.write(paragraph(f"{card.indicator.upper()}: {card.summary}", "  "))
        for line in card.detail.splitlines():
            out.write(paragraph(line.replace("**", ""), "    ") if line.strip() else "")
        for suggestion in card.suggestions:
            mark = " (recommended)" if suggestion.isRecommended else ""
            actions = "; ".join(f"{a.type}: {a.description}" for a in suggestion.actions)
            out.write(paragraph(f"[{suggestion.label}]{mark} {actions}", "    "))
        source = f"Source: {card.source.label}" + (f" {card.source.url}" if card.source.url else "")
        out.write(paragraph(source, "    ") + "\n")
