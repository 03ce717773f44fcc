"""`/rules`: every rule in force, searchable, with its place in its document, its state, and a case that shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from flask import Blueprint, Response, request

from cds_service.dosing.rulebook import Rule, numbers_in_words
from cds_service.web.case import Case
from cds_service.web.page import nearness, page
from cds_service.web.search import has_words

PATH = "/rules"


def blueprint(rules: Callable[[], Sequence[Rule]], cases: Sequence[Case], jurisdiction: str) -> Blueprint:
    """The rule book.

    Args: what gives the rules in force today, document by document; the cases that show them; the jurisdiction of the service,
    whose documents stand first.
    """
    routes = Blueprint("rules", __name__)

    @cache
    def examples() -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for case in cases:
            for rule_id in dict.fromkeys(case.shown_rules):
                found.setdefault(rule_id, []).append(case.name)
        return found

    def book() -> Response:
        query = request.args.get("q", "")
        every = rules()
        texts = {rule.id: _searched(rule) for rule in every}
        found = {rule.id for rule in every if has_words(texts[rule.id], query)}
        documents = {rule.document.id: rule.document for rule in every}
        ordered = sorted(documents.values(), key=lambda each: nearness(each.jurisdiction, jurisdiction))
        # What is not found stands there hidden, so that the list narrows and widens again as one types.
        return page(
            "rules.html",
            q=query,
            nowhere=[] if found else [w for w in query.split() if not any(has_words(t, w) for t in texts.values())],
            documents=[(document, [r for r in every if r.document.id == document.id]) for document in ordered],
            found=found,
            texts=texts,
            count=len(found),
            total=len(every),
            examples=examples(),
            numbers=numbers_in_words,
        )

    routes.add_url_rule(PATH, "book", book, methods=["GET"])
    return routes


def _searched(rule: Rule) -> str:
    document = rule.document
    return f"{rule.id} {rule.section} {rule.text} {document.title} {document.jurisdiction} {rule.review}"
