// Small helps; every page works without them.
"use strict";

for (const box of document.querySelectorAll(".copyable")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy ${box.dataset.copy}`);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(box.querySelector("pre").textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select and copy by hand";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  box.append(button);
}

// What narrows as one types: <input data-filter="#list > li">; the items carry their words, tidied by web/search.py. A part with
// data-group is hidden while it holds none of them, and what data-empty names is shown while there is none at all.
const tidied = (text) => text.normalize("NFKC").toLowerCase().replace(/μ/g, "u").replace(/×/g, "x").replace(/°/g, "")
  .replace(/(\d)[,'](?=\d{3}(?!\d))/g, "$1").replace(/(\d)\.(?=000(?!\d| ?(?:x|10|k\/|g)))/g, "$1").replace(/tumour/g, "tumor").replace(/ ?\/ ?/g, "/").replace(/\/mcl/g, "/ul")
  .replace(/(\d) (?=\/ul|mg\b)/g, "$1").replace(/ae(?=m|st)|oe(?=d|s)/g, "e")
  .replace(/(\d+(?:\.\d+)?) ?(?:(?:x ?)?10[*^]?9\/l|k\/ul|g(?:iga|pt)?\/l)/g, (_, number) => `${+(number * 1000).toFixed(3)}/ul`);
const isIn = (text, word) => {
  if (/^\d/.test(word)) return text.split(word).slice(0, -1).some((before) => !/[\d.]$/.test(before));
  return text.includes(/^\p{L}+$/u.test(word) ? word.slice(0, Math.max(4, word.length - 3)) : word);
};
for (const input of document.querySelectorAll("input[data-filter]")) {
  const items = [...document.querySelectorAll(input.dataset.filter)];
  const told = document.querySelector(input.dataset.told);
  const empty = input.dataset.empty && document.querySelector(input.dataset.empty);
  const narrow = () => {
    const words = tidied(input.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of items) {
      item.hidden = !words.every((word) => isIn(item.dataset.words ?? tidied(item.textContent), word));
      shown += item.hidden ? 0 : 1;
    }
    for (const group of document.querySelectorAll("[data-group]")) {
      group.hidden = ![...group.querySelectorAll(input.dataset.filter)].some((item) => !item.hidden);
    }
    if (empty) empty.hidden = shown > 0;
    const what = told?.dataset.what ? ` ${told.dataset.what}` : "";
    if (told) told.textContent = shown || !told.dataset.none ? `${shown} of ${items.length}${what}` : told.dataset.none;
  };
  input.addEventListener("input", narrow);
  if (input.value) narrow();
}

// The review desk: what is decided and not yet signed outlives a closed window, on this browser and for this person alone;
// a row that reads otherwise by then (its digest) is not decided any more.
for (const form of document.querySelectorAll("form[data-draft]")) {
  const key = `draft:${form.dataset.draft}`;
  const told = document.querySelector(form.dataset.told);
  const decided = () => form.querySelectorAll("input[type=radio]:checked:not([value=''])");
  const rule = (field) => field.name.slice(field.name.indexOf(":") + 1);
  const digest = (id) => form.elements[`digest:${id}`].value;
  const tell = () => {
    // The server refuses an objection that does not say why; here the browser asks for it, at its row.
    for (const objection of form.querySelectorAll("input[type=radio][value=object]")) {
      form.elements[`note:${rule(objection)}`].required = objection.checked;
    }
    if (told) told.textContent = `${decided().length} of ${form.querySelectorAll("fieldset").length} rows decided`;
  };
  const kept = JSON.parse(localStorage.getItem(key) ?? "{}");
  for (const [id, row] of Object.entries(kept)) {
    if (form.elements[`digest:${id}`]?.value !== row.digest) continue;
    form.elements[`verdict:${id}`].value = row.verdict;
    form.elements[`note:${id}`].value = row.note;
  }
  form.addEventListener("input", () => {
    const rows = [...decided()].map((field) => {
      const id = rule(field);
      return [id, { digest: digest(id), verdict: field.value, note: form.elements[`note:${id}`].value }];
    });
    localStorage.setItem(key, JSON.stringify(Object.fromEntries(rows)));
    tell();
  });
  form.addEventListener("submit", () => {
    const signed = form.querySelector("#signed");
    if (!signed) return;
    signed.querySelector("span").textContent = `${decided().length} of ${form.querySelectorAll("fieldset").length} rows`;
    signed.hidden = false;
  });
  tell();
}
