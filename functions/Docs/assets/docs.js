// What the pages can do with scripts: search the guides, and copy a block of code. Without them all text is there.

const MOST = 12;
const AROUND = 70;

const box = document.querySelector(".search");
const [input, found] = [box.querySelector("input"), box.querySelector(".found")];
const [count, list] = [found.querySelector("p"), found.querySelector("ol")];
let sections;

/** The text of all guides, by sections; fetched when somebody begins to search. */
const load = () =>
  (sections ??= fetch(box.dataset.index).then((answer) => {
    if (!answer.ok) throw new Error(`The index of the search is not there: ${answer.status}`);
    return answer.json();
  }));

const words = (text) => text.toLowerCase().split(/\s+/).filter((word) => word.length > 0);

/** How well a section fits, by where each word stands in it; 0 where one of the words is nowhere. */
function worth({ title, heading, text }, wanted) {
  const places = [[heading, 8], [title, 5], [text, 1]].map(([place, points]) => [place.toLowerCase(), points]);
  let sum = 0;
  for (const word of wanted) {
    let points = 0;
    for (const [place, each] of places) {
      const at = place.indexOf(word);
      // The beginning of a word is worth more than its middle.
      if (at >= 0) points += at === 0 || /[^\p{L}\p{N}]/u.test(place[at - 1]) ? each * 2 : each;
    }
    if (points === 0) return 0;
    sum += points;
  }
  // The beginning of a guide is what it is about.
  return heading === "" ? sum + 1 : sum;
}

function search(all, wanted) {
  return all
    .map((section) => [worth(section, wanted), section])
    .filter(([points]) => points > 0)
    .sort(([one], [other]) => other - one)
    .slice(0, MOST)
    .map(([, section]) => section);
}

/** A text with the words marked. */
function marked(text, wanted) {
  const escaped = wanted.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return text.split(new RegExp(`(${escaped.join("|")})`, "gi")).map((part, number) => {
    if (number % 2 === 0) return part;
    const mark = document.createElement("mark");
    mark.textContent = part;
    return mark;
  });
}

/** What stands around the first of the words. */
function around(text, wanted) {
  const places = wanted.map((word) => text.toLowerCase().indexOf(word)).filter((at) => at >= 0);
  const begin = Math.max(0, Math.min(...places, text.length) - AROUND);
  const from = begin === 0 || places.length === 0 ? 0 : begin;
  const piece = text.slice(from, from + 2.5 * AROUND);
  return `${from > 0 ? "…" : ""}${piece}${from + piece.length < text.length ? "…" : ""}`;
}

function item(section, wanted) {
  const [entry, link, title, text] = ["li", "a", "strong", "span"].map((name) => document.createElement(name));
  link.href = section.address;
  title.append(...marked(section.heading ? `${section.title}: ${section.heading}` : section.title, wanted));
  text.append(...marked(around(section.text, wanted), wanted));
  link.append(title, text);
  entry.append(link);
  return entry;
}

async function show() {
  const wanted = words(input.value);
  if (wanted.length === 0) return hide();
  let all;
  try {
    all = await load();
  } catch {
    sections = undefined;
    found.hidden = false;
    count.textContent = "The search cannot be reached. Try again.";
    return list.replaceChildren();
  }
  // Meanwhile somebody has typed on: the later call shows what they want now.
  if (wanted.join(" ") !== words(input.value).join(" ")) return undefined;
  const results = search(all, wanted);
  list.replaceChildren(...results.map((section) => item(section, wanted)));
  found.hidden = false;
  count.textContent = results.length === 0 ? "Nothing found" : results.length === 1 ? "1 result" : `${results.length} results`;
  return undefined;
}

function hide() {
  found.hidden = true;
  count.textContent = "";
}

/** Moves through the results; above the first one is the input. */
function move(by) {
  const links = [...list.querySelectorAll("a")];
  const to = links.indexOf(document.activeElement) + by;
  (to < 0 ? input : links[Math.min(to, links.length - 1)])?.focus();
}

input.addEventListener("focus", () => {
  load().catch(() => (sections = undefined));
  if (found.hidden) show();
});
input.addEventListener("input", show);
box.addEventListener("keydown", async (event) => {
  if (event.key === "Escape") {
    hide();
    if (document.activeElement !== input) {
      input.focus();
      hide();
    }
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter" && document.activeElement === input) {
    event.preventDefault();
    await show();
    list.querySelector("a")?.click();
  }
});
box.addEventListener("focusout", ({ relatedTarget }) => {
  if (!box.contains(relatedTarget)) hide();
});
list.addEventListener("click", (event) => {
  // A section of this page is only scrolled to: the page stays as it is, and the results would lie over it.
  if (event.target.closest("a")) hide();
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    input.focus();
  }
});
box.hidden = false;

for (const pre of document.querySelectorAll(".content pre")) {
  const [block, button] = [document.createElement("div"), document.createElement("button")];
  block.className = "block";
  pre.replaceWith(block);
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(pre.textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Press Ctrl+C";
      getSelection().selectAllChildren(pre);
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  block.append(pre, button);
}
