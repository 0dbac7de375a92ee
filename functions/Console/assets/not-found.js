// An address at which there is no page: says so, and leads to the page whose address this one begins with.
import { h } from "./dom.js";
import { t, say } from "./words.js";
import { link } from "./ui.js";
import { showAlone } from "./shell.js";

say({
  "notFound.text": ["Perhaps the address was cut off, or the page has moved.", "Quizá la dirección está incompleta o la página cambió de lugar."],
  "notFound.back": ["Go to {name}", "Ir a {name}"],
});

const { name } = document.body.dataset;
showAlone(h("div", { class: "card" }, h("div", { class: "stack" },
  h("div", {}, h("h1", {}, t("console.notFound")), h("p", { class: "lead" }, t("notFound.text"))),
  h("div", { class: "actions" }, link(t("notFound.back", { name }), `/${location.pathname.split("/")[1]}`, "button primary")))));
