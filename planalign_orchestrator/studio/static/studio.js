// What pages gain from a script: marks of a chart that the keyboard reaches, and a run's progress as it comes.
"use strict";

function chart(svg) {
  const marks = [...svg.querySelectorAll("rect, circle, line")].filter((mark) => mark.querySelector("title"));
  const said = svg.closest("figure") && svg.closest("figure").querySelector(".said");
  marks.forEach((mark, i) => {
    mark.setAttribute("tabindex", i ? -1 : 0);
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", mark.querySelector("title").textContent);
    mark.addEventListener("focus", () => { if (said) said.textContent = mark.getAttribute("aria-label"); });
    mark.addEventListener("pointerenter", () => { if (said) said.textContent = mark.getAttribute("aria-label"); });
  });
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const to = step && marks[marks.indexOf(document.activeElement) + step];
    if (!to) return;
    event.preventDefault();
    document.activeElement.setAttribute("tabindex", -1);
    to.setAttribute("tabindex", 0);
    to.focus();
  });
}

function live(section) {
  const address = section.dataset.live;
  let heard = Date.now();
  const show = (line) => {
    heard = Date.now();
    if (!line) return;
    section.querySelector("progress").max = line.of || 1;
    section.querySelector("progress").value = line.done;
    const what = [line.year, line.stage, line.text].filter(Boolean).join(" ");
    section.querySelector(".steps").textContent = `${line.done} of ${line.of}: ${what}`;
  };
  const source = new EventSource(`${address}/stream`);
  source.onmessage = (event) => show(JSON.parse(event.data));
  source.addEventListener("ended", () => { source.close(); setTimeout(() => location.reload(), 500); });
  // Some virus scanners hold such a stream back until it ends: after silence the page asks by itself.
  setInterval(async () => {
    if (Date.now() - heard < 3000) return;
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    const [run] = answer.ok ? await answer.json() : [];
    if (run && run.state === "running") show(run.progress); else location.reload();
  }, 1000);
}

function enliven(root) {
  root.querySelectorAll("svg.chart").forEach(chart);
  root.querySelectorAll("[data-live]").forEach(live);
}

document.addEventListener("DOMContentLoaded", () => enliven(document));
document.addEventListener("htmx:afterSwap", (event) => enliven(event.detail.elt));
