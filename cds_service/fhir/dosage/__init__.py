"""Dosage instructions: from words and structure to a dose; `fhir.dosage_write` is the reverse.

`words/*.toml` hold what prescribers write, a file for each language; `vocabulary` finds their words in a text, `other_drugs`
sets aside what is said of other drugs and `clauses` what is not about the dose, `grammar` reads the rest into `pieces`
(`cycles`: those of days on and off), `text` makes a schedule of them, `timing` reads the structured schedule, and
`instruction` brings words and structure together.
"""
