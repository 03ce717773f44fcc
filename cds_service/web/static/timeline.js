// The timeline says what the mouse, the finger or the keys are at. Without scripts each shape has its words as a title, and the
// table has them all.
"use strict";

const drawing = document.querySelector("svg.timeline");
const readout = document.querySelector("[data-readout]");
const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

if (drawing && readout) {
  // Listeners stand on the frame: a shape that listens for the focus would become a stop of the Tab key.
  const frame = drawing.parentElement;
  const say = (shape) => {
    for (const other of drawing.querySelectorAll(".said")) other.classList.remove("said");
    shape.classList.add("said");
    readout.textContent = shape.getAttribute("aria-label");
  };
  const within = (group) => [...(group?.querySelectorAll("[data-words]") ?? [])];

  const distance = (point, event) => {
    const box = point.getBoundingClientRect();
    return Math.hypot(box.x + box.width / 2 - event.clientX, (box.y + box.height / 2 - event.clientY) / 4);
  };
  const pointed = (event) => {
    const points = within(event.target.closest(".panel")?.querySelector(".points"));
    if (event.target.hasAttribute("data-words")) say(event.target);
    else if (points.length) say(points.reduce((a, b) => (distance(b, event) < distance(a, event) ? b : a)));
  };
  frame.addEventListener("pointermove", pointed);
  frame.addEventListener("pointerdown", pointed);
  frame.addEventListener("focusin", (event) => {
    if (event.target.hasAttribute("data-words")) say(event.target);
  });
  frame.addEventListener("keydown", (event) => {
    const stops = within(event.target.closest("[data-stops]"));
    const at = stops.indexOf(event.target);
    if (at < 0 || !(event.key in steps)) return;
    event.preventDefault();
    const next = stops[Math.min(Math.max(at + steps[event.key], 0), stops.length - 1)];
    for (const each of stops) each.setAttribute("tabindex", each === next ? "0" : "-1");
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  // Where the drawing is wider than the window, the latest days are what is asked for; the names of the lines stay in sight.
  const names = drawing.querySelectorAll(".name");
  const keepNames = () => {
    const left = (frame.scrollLeft * drawing.viewBox.baseVal.width) / drawing.clientWidth;
    for (const name of names) name.setAttribute("x", left);
  };
  frame.addEventListener("scroll", keepNames);
  // Called at once, and again when the phone is turned.
  new ResizeObserver(() => {
    frame.scrollLeft = frame.scrollWidth;
    keepNames();
  }).observe(frame);
}

for (const button of document.querySelectorAll("button.print")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
