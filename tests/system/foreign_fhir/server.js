// Medplum's FHIR router over its in-memory repository, on loopback: one repository below /<case> for each fixture case.
//
//     node server.js FIXTURES PAGE
//
// FIXTURES is the folder of the cases, PAGE the most resources that one page of a search holds. Prints its port as the
// first line. Medplum's memory repository gives the total of a search and no links, and compares references letter by
// letter: the `next` links and `Patient/` before a bare id are added here, as its full server adds them. GET /seen
// answers and forgets the requests so far.
"use strict";

const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const { FhirRouter, MemoryRepository } = require("@medplum/fhir-router");
const { getStatus } = require("@medplum/core");
const { loadDefinitions } = require("./definitions.js");

const [folder, pageText] = process.argv.slice(2);
const page = Number(pageText);
const router = new FhirRouter();
const repositories = new Map();
let seen = [];

function resourcesOf(value) {
  if (value === null || typeof value !== "object") {
    return [];
  }
  if (value.resourceType === "Bundle") {
    return (value.entry ?? []).flatMap((entry) => resourcesOf(entry.resource));
  }
  return value.resourceType ? [value] : [];
}

async function repositoryOf(name) {
  if (!repositories.has(name)) {
    const request = JSON.parse(fs.readFileSync(path.join(folder, name, "request.json"), "utf8"));
    const repository = new MemoryRepository();
    const known = new Set();
    for (const resource of Object.values(request.prefetch ?? {}).flatMap(resourcesOf)) {
      const key = `${resource.resourceType}/${resource.id}`;
      if (!known.has(key)) {
        known.add(key);
        await repository.createResource(resource);
      }
    }
    repositories.set(name, repository);
  }
  return repositories.get(name);
}

function bodyOf(request) {
  return new Promise((resolve) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => resolve(Buffer.concat(parts).toString("utf8")));
  });
}

function isSearch(kind, rest) {
  return rest.length === 0 || (rest.length === 1 && rest[0] === "_search") ? Boolean(kind) : false;
}

function addNextLink(bundle, base, kind, parameters, offset) {
  const end = offset + (bundle.entry ?? []).length;
  if (end < bundle.total) {
    const next = new URLSearchParams(parameters);
    next.set("_offset", String(end));
    bundle.link = [{ relation: "next", url: `${base}/${kind}?${next}` }];
  }
}

async function answer(request, response) {
  const address = new URL(request.url, `http://${request.headers.host}`);
  if (address.pathname === "/seen") {
    const told = seen;
    seen = [];
    return send(response, 200, told);
  }
  const [name, kind, ...rest] = address.pathname.split("/").filter(Boolean);
  const body = await bodyOf(request);
  seen.push(`${request.method} ${address.pathname}`);
  const parameters = new URLSearchParams([...address.searchParams, ...(request.method === "POST" ? new URLSearchParams(body) : [])]);
  const offset = Number(parameters.get("_offset") ?? 0);
  const search = isSearch(kind, rest);
  if (search) {
    const patient = parameters.get("patient");
    if (patient !== null && !patient.includes("/")) {
      parameters.set("patient", `Patient/${patient}`);
    }
    parameters.set("_count", String(Math.min(page, Number(parameters.get("_count") ?? page))));
  }
  const url = search ? `/${kind}?${parameters}` : `/${[kind, ...rest].join("/")}`;
  const [outcome, resource] = await router.handleRequest(
    { method: "GET", url, pathname: "", body: undefined, params: {}, query: query(parameters), headers: {} },
    await repositoryOf(decodeURIComponent(name)),
  );
  if (search && resource?.resourceType === "Bundle") {
    addNextLink(resource, `${address.origin}/${name}`, kind, parameters, offset);
  }
  return send(response, getStatus(outcome), resource ?? outcome);
}

function query(parameters) {
  const found = {};
  for (const key of new Set(parameters.keys())) {
    const values = parameters.getAll(key);
    found[key] = values.length === 1 ? values[0] : values;
  }
  return found;
}

function send(response, status, value) {
  response.writeHead(status, { "Content-Type": "application/fhir+json" });
  response.end(JSON.stringify(value));
}

loadDefinitions({ withSearch: true });
const server = http.createServer((request, response) => {
  answer(request, response).catch((error) => send(response, 500, { resourceType: "OperationOutcome", issue: [{ severity: "error", code: "exception", diagnostics: String(error) }] }));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
