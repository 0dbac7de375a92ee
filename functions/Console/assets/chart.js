// Pictures of numbers: bars whose lengths repeat what their words say, and the same numbers as a table below. Lengths
// are parts of the width and heights go with the text, so that a picture can be read wherever it stands.
import { h, svg, newId } from "./dom.js";
import { t, number } from "./words.js";

const rem = (value) => `${value}rem`;

/** The numbers of a picture, for whoever wants them so. */
const asTable = (caption, titles, rows) => h("details", { class: "numbers" }, h("summary", {}, t("console.table")),
  h("div", { class: "scroll" }, h("table", {}, h("caption", { class: "unseen" }, caption), h("thead", {}, h("tr", {}, titles.map((title, place) => h("th", { scope: "col", class: place > 0 && "number" }, title)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell, place) => (place === 0 ? h("th", { scope: "row" }, cell) : h("td", { class: "number" }, cell)))))))));

const figure = (title, note, label, picture, numbers) => h("figure", {}, h("figcaption", { id: label }, title), note && h("p", { class: "hint" }, note), picture, numbers);

/** Bars below each other, from the same line. rows: [{ label, value, text, tone }]; titles: of the table's columns. */
export function bars(title, rows, { note, titles }) {
  const most = Math.max(1, ...rows.map((row) => row.value));
  const bar = (row) => svg("svg", { width: "100%", height: rem(0.625), "aria-hidden": "true" },
    svg("rect", { width: "100%", height: "100%", rx: rem(0.3125), class: "bar-room" }),
    row.value > 0 && svg("rect", { width: `${Math.max(0.8, (row.value / most) * 100).toFixed(2)}%`, height: "100%", rx: rem(0.3125), class: `bar ${row.tone ?? ""}` }));
  // The words stand beside the picture, not in it: so they wrap where there is little room.
  const picture = h("ul", { class: "bars" }, rows.map((row) => h("li", {}, h("p", {}, h("span", {}, row.label), h("strong", {}, row.text ?? number(row.value))), bar(row))));
  return figure(title, note, newId("figure"), picture, asTable(title, titles, rows.map((row) => [row.label, row.text ?? number(row.value)])));
}

/** A column a day. days: [{ label, value }]. */
export function columns(title, days, { note, titles }) {
  const most = Math.max(1, ...days.map((one) => one.value));
  const [top, room] = [1.25, 8];
  const bottom = top + room;
  const width = 100 / Math.max(1, days.length);
  const shapes = [
    svg("line", { x1: 0, x2: "100%", y1: rem(top), y2: rem(top), class: "axis faint" }),
    svg("line", { x1: 0, x2: "100%", y1: rem(bottom), y2: rem(bottom), class: "axis" }),
    svg("text", { x: 0, y: rem(top - 0.375), class: "tick" }, number(most)),
    days.map((one, place) => {
      const size = (one.value / most) * room;
      return svg("rect", { x: `${(place + 0.15) * width}%`, y: rem(bottom - size), width: `${width * 0.7}%`, height: rem(size), rx: 2, class: "bar" }, svg("title", {}, `${one.label}: ${number(one.value)}`));
    }),
    svg("text", { x: 0, y: rem(bottom + 1.125), class: "tick" }, days[0]?.label ?? ""),
    svg("text", { x: "100%", y: rem(bottom + 1.125), class: "tick", "text-anchor": "end" }, days.at(-1)?.label ?? ""),
  ];
  const label = newId("figure");
  const picture = svg("svg", { width: "100%", height: rem(bottom + 1.375), role: "img", "aria-labelledby": label }, shapes);
  return figure(title, note, label, picture, asTable(title, titles, days.map((one) => [one.label, number(one.value)])));
}
