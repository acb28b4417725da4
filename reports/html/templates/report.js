"use strict";
(() => {
  const notice = document.getElementById("notice");

  // A page opened from a file, or in an old browser, may lack the clipboard API.
  const copyBySelection = (text) => {
    const area = document.createElement("textarea");
    area.value = text;
    area.readOnly = true;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    let done = false;
    try { done = document.execCommand("copy"); } catch { done = false; }
    area.remove();
    return done;
  };

  const copied = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return copyBySelection(text);
    }
  };

  const select = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  };

  const copyButton = (label, what, source) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", async () => {
      const text = source.textContent;
      const done = await copied(text);
      if (!done) {
        source.hidden = false;
        select(source);
      }
      button.focus();
      button.textContent = done ? "Copied" : "Selected";
      notice.textContent = done ? `The ${what} is copied.` : `The ${what} is selected; copy it with the keyboard.`;
      setTimeout(() => { button.textContent = label; notice.textContent = ""; }, 3000);
    });
    return button;
  };

  for (const box of document.querySelectorAll(".command")) {
    const code = box.querySelector("code");
    const button = copyButton("Copy", "command", code);
    button.setAttribute("aria-label", `Copy the command ${code.textContent.slice(0, 80)}`);
    box.append(button);
  }

  const markdown = document.getElementById("markdown");
  if (markdown) document.querySelector(".share").append(copyButton("Copy as Markdown", "report", markdown));

  // The table of a fleet: filtered by words and states, sorted by a column.
  const table = document.querySelector("table.members");
  if (table) {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const hidden = new Set();
    const search = document.createElement("input");
    search.type = "search";
    search.placeholder = "Filter";
    search.setAttribute("aria-label", "Filter the targets by words");
    const filter = () => {
      const words = search.value.toLowerCase().split(" ").filter(Boolean);
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = hidden.has(row.dataset.state) || !words.every((word) => text.includes(word));
      }
      notice.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} targets are shown.`;
    };
    search.addEventListener("input", filter);
    const tools = document.querySelector(".tools");
    tools.append(search);
    for (const state of new Set(rows.map((row) => row.dataset.state))) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `${state} ${rows.filter((row) => row.dataset.state === state).length}`;
      button.dataset.state = state;
      button.setAttribute("aria-pressed", "true");
      button.addEventListener("click", () => {
        if (!hidden.delete(state)) hidden.add(state);
        button.setAttribute("aria-pressed", String(!hidden.has(state)));
        filter();
      });
      tools.append(button);
    }
    const collator = new Intl.Collator("en", { numeric: true });
    const key = (row, at) => row.cells[at].dataset.order ?? row.cells[at].textContent.trim();
    [...table.tHead.rows[0].cells].forEach((head, at) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const keys = new Map(rows.map((row) => [row, key(row, at)]));
        const order = (a, b) => collator.compare(keys.get(a), keys.get(b));
        rows.sort((a, b) => (up ? order(a, b) : order(b, a)));
        body.append(...rows);
      });
      head.append(button);
    });
  }

  const reveal = () => {
    const found = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!found) return;
    const check = found.querySelector("details.check");
    if (check && found.matches("li")) check.open = true;
    const folded = found.querySelector(":scope > details:only-of-type");
    if (folded && found.matches("section.checks, section.pods, section.run")) folded.open = true;
    for (let node = found; node; node = node.parentElement) if (node.matches("details")) node.open = true;
    found.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  // The evidence is printed, whatever is folded on the screen.
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = [...document.querySelectorAll("details.evidence:not([open])")];
    for (const each of unfolded) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of unfolded) each.open = false;
    unfolded = [];
  });
})();
