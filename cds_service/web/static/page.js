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

// A list that narrows as one types: <input data-filter="#list">; the list's children carry their words.
for (const input of document.querySelectorAll("input[data-filter]")) {
  const items = [...document.querySelector(input.dataset.filter).children];
  const told = document.querySelector(input.dataset.told);
  const narrow = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of items) {
      const text = item.textContent.toLowerCase();
      item.hidden = !words.every((word) => text.includes(word));
      shown += item.hidden ? 0 : 1;
    }
    if (told) told.textContent = `${shown} of ${items.length}`;
  };
  input.addEventListener("input", narrow);
  narrow();
}
