// Reads charts out, lights up a series, sorts and copies tables. The page says everything without it; it loads nothing.
"use strict";
(() => {
  const TONE = /\b(?:l-)?([so]\d)\b/;
  const MARKS = "rect, circle, line.mark";
  const tip = document.createElement("output");
  tip.className = "tip";
  tip.hidden = true;
  document.body.append(tip);

  const toneOf = (shape) => TONE.exec(shape.getAttribute("class") || "")?.[1];
  const said = (shape) => shape.querySelector("title")?.textContent || shape.dataset.said;

  function show(chart, shape) {
    tip.textContent = said(shape) || "";
    tip.hidden = !tip.textContent;
    const [box, tone] = [shape.getBoundingClientRect(), toneOf(shape)];
    tip.style.left = `${Math.max(4, Math.min(box.left + box.width / 2, innerWidth - tip.offsetWidth - 4))}px`;
    tip.style.top = `${box.top > 40 ? box.top - tip.offsetHeight - 6 : box.bottom + 6}px`;
    for (const other of chart.querySelectorAll("rect, circle, polyline")) {
      other.classList.toggle("faded", Boolean(tone) && toneOf(other) !== tone);
    }
    chart.querySelector(".at")?.classList.remove("at");
    shape.classList.add("at");
  }

  function hide(chart) {
    tip.hidden = true;
    for (const shape of chart.querySelectorAll(".faded, .at")) shape.classList.remove("faded", "at");
  }

  function readOut(chart) {
    for (const title of chart.querySelectorAll("title")) {  // the browser's own tooltip would cover ours
      title.parentNode.dataset.said = title.textContent;
      title.remove();
    }
    const marks = [...chart.querySelectorAll(MARKS)].filter(said);
    let at = -1;
    chart.addEventListener("pointerover", (event) => {
      if (event.target.matches(`${MARKS}, polyline`)) show(chart, event.target);
      else hide(chart);
    });
    chart.addEventListener("pointerleave", () => hide(chart));
    if (!marks.length) return;
    chart.tabIndex = 0;
    chart.addEventListener("blur", () => { at = -1; hide(chart); });
    chart.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") hide(chart);
      if (!step) return;
      event.preventDefault();
      at = (at + step + (at < 0 && step < 0 ? 1 : 0) + marks.length) % marks.length;
      show(chart, marks[at]);
    });
  }
  addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

  const exact = (cell) => cell.dataset.value ?? cell.textContent.trim();

  function order(one, other) {
    const [a, b] = [exact(one), exact(other)];
    const bothNumbers = a !== "" && b !== "" && !isNaN(a) && !isNaN(b);
    return bothNumbers ? a - b : a.localeCompare(b, "en", { numeric: true });
  }

  function sort(table, column, heading) {
    const down = heading.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...table.tBodies[0].rows];
    const sorted = rows.filter((row) => !row.classList.contains("total"));
    sorted.sort((one, other) => order(one.cells[column], other.cells[column]) * (down ? -1 : 1));
    // Totals stay where they are.
    table.tBodies[0].append(...rows.map((row) => (row.classList.contains("total") ? row : sorted.shift())));
  }

  function copy(table, button) {
    const text = [...table.rows].map((row) => [...row.cells].map(exact).join("\t")).join("\n");
    const done = () => { button.textContent = "Copied"; };
    navigator.clipboard?.writeText(text).then(done, () => { button.textContent = "The browser does not allow copying"; });
  }

  function sortable(table) {
    if (table.tBodies[0].rows.length < 2) return;
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      const button = document.createElement("button");
      button.append(...heading.childNodes);
      button.addEventListener("click", () => sort(table, column, heading));
      heading.append(button);
    });
    if (!navigator.clipboard) return;
    const button = document.createElement("button");
    button.className = "copy";
    button.textContent = "Copy table";
    button.addEventListener("click", () => copy(table, button));
    table.parentNode.after(button);
  }

  function enliven(part) {
    part.querySelectorAll(".chart").forEach(readOut);
    part.querySelectorAll("main table:not(form table)").forEach(sortable);  // the rows of a form have an order
  }

  // In the studio parts of a page are exchanged; htmx tells of each, of the whole page first.
  if (window.htmx) document.addEventListener("htmx:load", (event) => enliven(event.detail.elt));
  else enliven(document);
})();
