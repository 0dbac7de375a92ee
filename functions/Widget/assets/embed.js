/**
 * Shows a link within a page of the partner's, as high as it is, and hands on what happens.
 *
 *   import { mount } from "https://api.example.com/widget/assets/embed.js";
 *   const widget = mount(document.getElementById("transfer"), url, { title: "Send money", onEvent: (event) => console.log(event.type) });
 *   widget.remove();
 *
 * "exit" (the person goes back to the partner) takes it away, unless onEvent returns false.
 */
export function mount(place, url, { title = "", onEvent = () => {} } = {}) {
  const { origin } = new URL(url);
  const frame = document.createElement("iframe");
  frame.title = title || "Transfer";
  frame.referrerPolicy = "no-referrer";
  // Until the page has said how high it is.
  frame.height = 640;
  frame.style.cssText = "display: block; width: 100%; border: 0";

  const hear = ({ source, origin: from, data }) => {
    if (source !== frame.contentWindow || from !== origin || data?.source !== "m2m-widget") return;
    if (data.type === "height") frame.height = data.height;
    // What is new begins at its top.
    if (data.type === "step" && frame.getBoundingClientRect().top < 0) frame.scrollIntoView();
    if (onEvent(data) !== false && data.type === "exit") remove();
  };
  const remove = () => {
    removeEventListener("message", hear);
    frame.remove();
  };
  addEventListener("message", hear);
  frame.src = url;
  place.append(frame);
  return { frame, remove };
}
