"""One replay from an export to its results: by an engine, into tables, numbers and the page."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from cds_service.population.export import ExportFault, Source, sources
from cds_service.population.local import Local, Progress
from cds_service.population.replayer import Plan
from cds_service.population.report_page import page
from cds_service.population.resources import Relevance
from cds_service.population.results import PatientResult
from cds_service.population.scan import BROKEN, CUT_OFF, NOBODYS, TOO_LONG, UNSOUGHT
from cds_service.population.summary import Summary
from cds_service.population.tables import Tables, require_parquet
from cds_service.population.work import REPORT, SET_ASIDE, SUMMARY, Work, write_whole
from cds_service.store.chain import hash_patient
from cds_service.version import VERSION


@dataclass(frozen=True, slots=True)
class Replay:
    """What is replayed, and where the results go. `keep_ids`: patients stand under their ids instead of a keyed hash."""

    export: Path
    out: Path
    plan: Plan
    keep_ids: bool = False

    def here(self, workers: int, progress: Progress) -> Mapping[str, Any]:
        """Replays on this machine. Returns: `lines` for the terminal, and `plain`, the numbers as they were written.

        Raises: ExportFault, RulebookError; OSError where the disk is full.
        """
        require_parquet()
        self.plan.pipelines()
        found = sources(self.export)
        work, is_resumed = Work.begun(self.out, self._manifest(found))
        begun, cpu = time.monotonic(), _cpu()
        run = Local(work, found, self.plan.without_secrets(), workers)
        results, counts = run.run(progress)
        broken = work.set_aside(run.pieces, self.out / SET_ASIDE)
        said = self._write(found, results, counts)
        lines = said["lines"]
        if is_resumed:
            lines.insert(0, "Went on with what an interrupted run had finished.")
        if broken:
            lines.append(f"{broken} lines could not be read: {self.out / SET_ASIDE} holds them. It is patients' data.")
        spent, decisions = _cpu() - cpu, said["decisions"]
        if decisions and not is_resumed:
            lines.append(
                f"{decisions / (time.monotonic() - begun):.0f} decisions a second; {decisions / spent:.0f} a second of one core, "
                "reading included."
            )
        work.remove()
        return said

    def on_spark(self, master: str, progress: Progress) -> Mapping[str, Any]:
        """Replays on a Spark cluster. Returns and raises as `here`."""
        from cds_service.population.spark import Cluster

        require_parquet()
        self.plan.pipelines()
        found = sources(self.export)
        work, _ = Work.begun(self.out, {**self._manifest(found), "engine": "spark"})
        with Cluster(master, found, work, self.plan.without_secrets()) as cluster:
            results, counts = cluster.run(progress)
            broken = cluster.set_aside(self.out / SET_ASIDE)
            said = self._write(found, results, counts)
        if broken:
            said["lines"].append(
                f"{broken} lines could not be read: {self.out / SET_ASIDE} holds them. It is patients' data."
            )
        work.remove()
        return said

    def _manifest(self, found: tuple[Source, ...]) -> dict[str, object]:
        """What makes a run the same run: its inputs as they are, its settings, the rules and this program."""
        settings = self.plan.settings
        return {
            "version": VERSION,
            "content": [pipeline.content_version for pipeline in self.plan.pipelines()],
            "inputs": [[str(s.path.resolve()), s.size, s.path.stat().st_mtime_ns] for s in found],
            "plan": [str(self.plan.as_of), *self.plan.compare],
            "settings": [
                settings.jurisdiction,
                settings.site_map.read_text(encoding="utf-8") if settings.site_map else "",
                settings.menopause_age,
                sorted(settings.shadow),
            ],
        }

    def _write(
        self, found: tuple[Source, ...], results: Iterable[PatientResult], counts: Counter[str]
    ) -> dict[str, Any]:
        summary = Summary()
        with Tables(self.out, self._shown_as(), self.plan.compare) as tables:
            for result in results:
                summary.add(result)
                tables.add(result)
        if not summary.patients:
            # Numbers of nobody would look like a service that has nothing to say.
            apart = [f"{count} set aside ({why})" for why, count in summary.set_aside.items()]
            apart += [f"{counts[BROKEN]} lines that could not be read"] if counts[BROKEN] else []
            raise ExportFault(
                str(self.export),
                f"No patient who is on the drug and has a Patient resource was found in {self.export}"
                f"{': ' if apart else ''}{', '.join(apart)}.",
                "Export the Patients with their medication; a local code of the drug belongs in CDS_SITE_MAP.",
            )
        relevance = Relevance.by(self.plan.settings)
        unread = sorted({s.kind for s in found if s.kind and s.kind not in relevance.types})
        about = {
            "rules": self._rules(summary.last),
            "jurisdiction": self.plan.settings.jurisdiction,
            "asOf": str(self.plan.as_of) if self.plan.as_of else "",
            "compare": list(self.plan.compare),
            "filesNotRead": unread,
            "absentTypes": sorted(_needed(relevance) - {s.kind for s in found}) if all(s.kind for s in found) else [],
        }
        plain = summary.to_plain(counts, about)
        write_whole(self.out / SUMMARY, msgspec.json.format(msgspec.json.encode(plain), indent=2))
        write_whole(self.out / REPORT, page(plain, self._words(summary.last)).encode())
        for name in (SUMMARY, REPORT):
            (self.out / name).chmod(0o600)
        lines = [
            f"{summary.patients} patients on the drug, {summary.decisions} calls decided, {summary.cards} cards; "
            f"{summary.silent} calls had nothing to say."
        ]
        lines += [f"{count} patients were set aside: {why}." for why, count in summary.set_aside.items()]
        lines += [
            f"{count.times} calls had no answer: {code}." for (code,), count in sorted(summary.failures.by.items())
        ]
        lines += [f"{count} {what}." for what, count in counts.items() if count and what in _TOLD]
        if self.plan.compare:
            lines.append(f"The advice changes at {summary.changed_patients} patients.")
        return {"lines": lines, "plain": plain, "decisions": summary.decisions}

    def _shown_as(self) -> Callable[[str], str]:
        if self.keep_ids:
            return lambda key: key.removeprefix("/")
        key_of_hash = self.plan.settings.hash_key

        def hashed(key: str) -> str:
            system, _, identifier = key.rpartition("/")
            return hash_patient(key_of_hash, system, identifier) or ""

        return hashed

    def _rules(self, last: str) -> str:
        """By which documents was decided, in one line."""
        pipeline = self.plan.pipelines()[0]
        day = date.fromisoformat(last) if last else date.max
        by = " and ".join(self.plan.compare) or self.plan.settings.jurisdiction
        laws = {"", *self.plan.compare, self.plan.settings.jurisdiction}
        standing = [d for drug in pipeline.drugs for d in drug.rulebook.on(day).documents if d.jurisdiction in laws]
        return f"Decided by {by}; on the last day stand {', '.join(f'{d.name}/{d.revision}' for d in standing)}"

    def _words(self, last: str) -> dict[str, str]:
        """What each rule says and where, as on the last day."""
        day = date.fromisoformat(last) if last else date.max
        return {
            rule.id: f"{rule.text} ({rule.document.title} rev. {rule.document.revision}, section {rule.section})"
            for pipeline in reversed(self.plan.pipelines())
            for drug in pipeline.drugs
            for rule in drug.rulebook.on(day).by_id.values()
        }


_TOLD = frozenset({TOO_LONG, CUT_OFF, NOBODYS, UNSOUGHT})


def _needed(relevance: Relevance) -> set[str]:
    return {need.resource for drug in relevance.drugs for need in drug.needs}


def _cpu() -> float:
    """Seconds of processor time of this process and of those that it started and that ended."""
    own = os.times()
    return own.user + own.system + own.children_user + own.children_system
