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

  for (const box of document.querySelectorAll(".command")) {
    const code = box.querySelector("code");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy the command ${code.textContent.slice(0, 80)}`);
    button.addEventListener("click", async () => {
      const done = await copied(code.textContent);
      if (!done) select(code);
      button.focus();
      button.textContent = done ? "Copied" : "Selected";
      notice.textContent = done ? "The command is copied." : "The command is selected; copy it with the keyboard.";
      setTimeout(() => { button.textContent = "Copy"; notice.textContent = ""; }, 3000);
    });
    box.append(button);
  }

  const reveal = () => {
    const found = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!found) return;
    const check = found.querySelector("details.check");
    if (check && found.matches("li")) check.open = true;
    for (let node = found; node; node = node.parentElement) if (node.matches("details")) node.open = true;
    found.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  // Folded parts are unfolded for printing.
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = [...document.querySelectorAll("details:not([open])")];
    for (const each of unfolded) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of unfolded) each.open = false;
    unfolded = [];
  });
})();
