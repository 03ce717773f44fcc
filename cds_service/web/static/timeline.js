// The timeline says what the mouse, the finger or the keys are at. Without scripts each shape has its words as a title, and the
// table has them all.
"use strict";

const drawing = document.querySelector("svg.timeline");
const readout = document.querySelector("[data-readout]");

if (drawing && readout) {
  const say = (shape) => {
    for (const other of drawing.querySelectorAll(".said")) other.classList.remove("said");
    shape.classList.add("said");
    readout.textContent = shape.getAttribute("aria-label");
  };

  for (const panel of drawing.querySelectorAll(".panel")) {
    const points = [...panel.querySelectorAll(".point")];
    const move = (point) => {
      for (const other of points) other.tabIndex = other === point ? 0 : -1;
      point.focus({ preventScroll: true });
      point.scrollIntoView({ block: "nearest", inline: "nearest" });
    };
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    panel.addEventListener("keydown", (event) => {
      const at = points.indexOf(event.target);
      if (at < 0 || !(event.key in steps)) return;
      event.preventDefault();
      move(points[Math.min(Math.max(at + steps[event.key], 0), points.length - 1)]);
    });
    panel.addEventListener("focusin", (event) => {
      if (points.includes(event.target)) say(event.target);
    });
    const nearest = (event) => {
      if (event.target.hasAttribute("data-words") || !points.length) return;
      const distance = (point) => {
        const box = point.getBoundingClientRect();
        return Math.hypot(box.x + box.width / 2 - event.clientX, (box.y + box.height / 2 - event.clientY) / 4);
      };
      say(points.reduce((best, point) => (distance(point) < distance(best) ? point : best)));
    };
    panel.addEventListener("pointermove", nearest);
    panel.addEventListener("pointerdown", nearest);
  }

  for (const shape of drawing.querySelectorAll("[data-words]")) {
    shape.addEventListener("pointerenter", () => say(shape));
    shape.addEventListener("pointerdown", () => say(shape));
  }
}

for (const button of document.querySelectorAll("button.print")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
