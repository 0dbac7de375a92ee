// Pictures of numbers: bars whose lengths repeat what their words say, and the same numbers as a table below.
import { h, svg, newId } from "./dom.js";
import { t, number } from "./words.js";

const width = 640;

/** The numbers of a picture, for whoever wants them so. */
const asTable = (caption, titles, rows) => h("details", { class: "numbers" }, h("summary", {}, t("console.table")),
  h("div", { class: "scroll" }, h("table", {}, h("caption", { class: "unseen" }, caption), h("thead", {}, h("tr", {}, titles.map((title, place) => h("th", { scope: "col", class: place > 0 && "number" }, title)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell, place) => (place === 0 ? h("th", { scope: "row" }, cell) : h("td", { class: "number" }, cell)))))))));

function figure(title, note, picture, numbers) {
  const label = newId("figure");
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-labelledby", label);
  return h("figure", {}, h("figcaption", { id: label }, title), note && h("p", { class: "hint" }, note), picture, numbers);
}

/** Bars beside each other, from the same line. rows: [{ label, value, text, tone }]; titles: of the table's columns. */
export function bars(title, rows, { note, titles }) {
  const most = Math.max(1, ...rows.map((row) => row.value));
  const height = 44;
  const picture = svg("svg", { viewBox: `0 0 ${width} ${rows.length * height}`, class: "bars" }, rows.map((row, place) => {
    const y = place * height;
    const length = row.value === 0 ? 2 : Math.max(4, Math.round((row.value / most) * width));
    return [
      svg("text", { x: 0, y: y + 15, class: "bar-label" }, row.label),
      svg("text", { x: width, y: y + 15, class: "bar-value", "text-anchor": "end" }, row.text ?? number(row.value)),
      svg("rect", { x: 0, y: y + 22, width, height: 10, rx: 5, class: "bar-room" }),
      svg("rect", { x: 0, y: y + 22, width: length, height: 10, rx: Math.min(5, length / 2), class: `bar ${row.tone ?? ""}` }),
    ];
  }));
  return figure(title, note, picture, asTable(title, titles, rows.map((row) => [row.label, row.text ?? number(row.value)])));
}

/** A column a day. days: [{ label, value }]. */
export function columns(title, days, { note, titles }) {
  const most = Math.max(1, ...days.map((one) => one.value));
  const height = 150;
  const room = width / Math.max(1, days.length);
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height + 24}`, class: "columns-chart" },
    svg("line", { x1: 0, x2: width, y1: height, y2: height, class: "axis" }),
    svg("line", { x1: 0, x2: width, y1: 12, y2: 12, class: "axis faint" }),
    svg("text", { x: 0, y: 9, class: "tick" }, number(most)),
    days.map((one, place) => {
      const size = Math.round((one.value / most) * (height - 12));
      return svg("rect", { x: place * room + room * 0.15, y: height - size, width: room * 0.7, height: size, rx: Math.min(3, room * 0.2), class: "bar" }, svg("title", {}, `${one.label}: ${number(one.value)}`));
    }),
    svg("text", { x: 0, y: height + 18, class: "tick" }, days[0]?.label ?? ""),
    svg("text", { x: width, y: height + 18, class: "tick", "text-anchor": "end" }, days.at(-1)?.label ?? ""));
  return figure(title, note, picture, asTable(title, titles, days.map((one) => [one.label, number(one.value)])));
}
