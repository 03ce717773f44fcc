// Validates resources with Medplum: one JSON resource per line on stdin, one line of faults (a JSON list) each on stdout.
"use strict";

const fs = require("node:fs");
const { OperationOutcomeError, validateResource } = require("@medplum/core");
const { loadDefinitions } = require("./definitions.js");

function faults(resource) {
  try {
    const warnings = validateResource(resource) ?? [];
    return warnings.filter((issue) => issue.severity === "error").map(words);
  } catch (error) {
    if (error instanceof OperationOutcomeError) {
      return error.outcome.issue.map(words);
    }
    throw error;
  }
}

function words(issue) {
  return `${(issue.expression ?? []).join(", ")}: ${issue.details?.text ?? issue.diagnostics ?? issue.code}`;
}

loadDefinitions({ withSearch: false });
for (const line of fs.readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  console.log(JSON.stringify(faults(JSON.parse(line))));
}
