// Elements. Text is always text: nothing that anybody typed or sent becomes markup.

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat(9).filter((child) => child != null && child !== false));
  return element;
}

export const h = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);

export const svg = (tag, attributes = {}, ...children) => fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

let last = 0;

/** An id that no other element of the page has. */
export const newId = (what) => `${what}-${++last}`;

/** What is no text of ours, but a name, a number or a term: a browser that translates the page leaves it as it is. */
export const exact = (...children) => h("span", { translate: "no" }, children);

/** An address that somebody else has chosen, to be opened only where it is one of the web: a script in it does nothing. */
export const safeUrl = (address) => (/^https?:\/\//i.test(address ?? "") ? address : null);
