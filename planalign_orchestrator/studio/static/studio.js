// A run's progress as it comes, and where a page that was being worked out was to be read.
"use strict";

function live(section) {
  const address = section.dataset.live;
  let heard = Date.now();
  const show = (line) => {
    heard = Date.now();
    if (!line) return;
    const bar = section.querySelector("progress");
    if (!bar) return location.reload();  // it waited, and has begun
    bar.max = line.of || 1;
    bar.value = line.done;
    const what = [line.year, (line.stage || "").toLowerCase().replaceAll("_", " "), line.text].filter(Boolean).join(" ");
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

// htmx tells of the whole page first, and then of each part that is exchanged.
document.addEventListener("htmx:load", (event) => {
  event.detail.elt.querySelectorAll("[data-live]").forEach(live);
  if (event.detail.elt.id === "content" && location.hash) location.replace(location.hash);
});
