// What the page around this one hears: on the partner's own origins, and no word on any other.
const { link, origins, protocol } = document.body.dataset;

export const framed = window.parent !== window;

// For each thing that happens its message, in the two languages that partners' pages speak. Either has no word for some of them.
const languages = {
  m2m: {
    ready: () => ({ type: "ready" }),
    step: (step) => ({ type: "step", step }),
    completed: (operationId) => ({ type: "completed", operationId }),
    cancelled: (operationId) => ({ type: "cancelled", operationId }),
    closed: (reason) => ({ type: "closed", reason }),
    exit: () => ({ type: "exit" }),
    height: (height) => ({ type: "height", height }),
  },
  // As Banxa's own component for hosted verification listens. Its "complete" says that the person has finished, not that they are verified.
  banxa: {
    loading: () => ({ type: "banxa:loading" }),
    ready: () => ({ type: "banxa:ready" }),
    closed: (code, message) => ({ type: "banxa:error", code, message }),
    ended: (outcome) => ({ type: "banxa:kyc-complete", status: "complete", outcome }),
  },
};

// Where the browser says who is around, a message goes there alone: one that does not fit is a complaint in the partner's console.
const around = window.location.ancestorOrigins?.[0];
const ears = origins.split(" ").filter((origin) => origin && (!around || origin === around));

/** Tells what has happened. */
export function tell(what, ...more) {
  const message = languages[protocol][what]?.(...more);
  if (!framed || !message) return;
  const whole = protocol === "m2m" ? { source: "m2m-widget", linkId: link, ...message } : message;
  for (const origin of ears) window.parent.postMessage(whole, origin);
}

/** Tells how high the page is, now and whenever that changes. */
export function tellHeight() {
  if (!framed) return;
  document.documentElement.classList.add("framed");
  let last = 0;
  new ResizeObserver(() => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    if (height !== last) tell("height", last = height);
  }).observe(document.body);
}
