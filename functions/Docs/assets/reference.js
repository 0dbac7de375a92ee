// Hands an API's document to Redoc, which draws it. Light or dark is the device's choice, as on the other pages.

const place = document.getElementById("reference");
const { init } = await import(place.dataset.script);

// Its menu does not say that it is one; it is made anew when the window becomes narrow or wide.
new MutationObserver(() => {
  const menu = place.querySelector(".menu-content:not([role])");
  menu?.setAttribute("role", "navigation");
  menu?.setAttribute("aria-label", "Routes");
}).observe(place, { childList: true, subtree: true });

init(place.dataset.document, { disableTelemetry: true }, place);
