// Leaving a page: nothing stays behind on the screen, in the form or behind the Back button.

import { find } from "./elements.js";

let unsent = () => false;

/** The browser asks before it throws away what `test` says is not yet sent or kept. */
export function warnWhile(test) {
  unsent = test;
}

window.addEventListener("beforeunload", (event) => {
  if (unsent()) event.preventDefault();
});

/** `empty` runs whenever the page goes; a page that comes back from the browser's memory starts afresh. */
export function emptyOnLeaving(empty) {
  window.addEventListener("pagehide", empty);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
  find("[data-leave]")?.addEventListener("click", (event) => {
    event.preventDefault();
    leaveFor(event.currentTarget.href, empty);
  });
}

/** Empties the page and goes, without a question and without a place to go Back to. */
export function leaveFor(address, empty) {
  unsent = () => false;
  empty();
  window.location.replace(address);
}
