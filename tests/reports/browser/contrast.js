// Every text that can be seen: its colour against what is behind it, as WCAG 2.2 computes it; gives those below 4.5.
(() => {
  const parts = (text) => {
    const found = text.match(/[\d.]+/g).map(Number);
    return { rgb: found.slice(0, 3), alpha: found.length > 3 ? found[3] : 1 };
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((each) => each / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let node = element; node; node = node.parentElement) {
      if (node instanceof SVGAElement) {
        const fill = parts(getComputedStyle(node.querySelector("rect")).fill);
        if (fill.alpha === 1) return fill.rgb;
      }
      const own = parts(getComputedStyle(node).backgroundColor);
      if (own.alpha === 1) return own.rgb;
      if (own.alpha > 0) throw new Error(`a see-through background at ${node.outerHTML.slice(0, 80)}`);
    }
    throw new Error("no background");
  };
  for (const each of document.querySelectorAll("details")) each.open = true;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const told = { texts: 0, poor: [] };
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility() || element.closest("script, style, .unseen")) continue;
    told.texts += 1;
    const style = getComputedStyle(element);
    const front = parts(element instanceof SVGElement ? style.fill : style.color);
    const [a, b] = [light(front.rgb), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5 || front.alpha < 1) told.poor.push(`${ratio.toFixed(2)} ${element.tagName} ${element.className} ${walker.currentNode.textContent.trim().slice(0, 40)}`);
  }
  return told;
})();
