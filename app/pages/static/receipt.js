// The receipt: the code is on the screen once, in no storage, no address and no title.

import { all, find, make } from "./elements.js";
import { dayInWords, momentInWords, today, workingDaysLater } from "./dates.js";
import { warnWhile } from "./leave.js";

const READ_WITHIN = 2; // working days
const FIRST_ANSWER_WITHIN = 10; // working days

/** Fills the receipt step from the answer of the desk. `owner` is who reads the report first. */
export function fillReceipt(step, answer, owner) {
  const groups = answer.receiptCode.replace(/[^0-9A-Z]/gi, "").match(/.{1,4}/g);
  find("[data-code]", step).replaceChildren(...groups.flatMap((group) => [make("span", {}, group), " "]));
  find("[data-received]", step).textContent =
    `Melding ${answer.reference}. Ontvangen op ${momentInWords(answer.receivedAt)}.`;
  find("[data-masked]", step).hidden = !answer.notices?.includes("bsn_masked");
  const day = today(new Date(answer.receivedAt));
  find("[data-what-next]", step).replaceChildren(
    event("Vandaag", `Uw melding ligt klaar voor ${owner}.`, true),
    event(`Uiterlijk ${dayInWords(workingDaysLater(day, READ_WITHIN))}`, "Een medewerker leest uw melding."),
    event(`Uiterlijk ${dayInWords(workingDaysLater(day, FIRST_ANSWER_WITHIN))}`,
      "Bij uw code staat een bericht over uw melding."),
  );
  makeWork(step, groups.join("-"));
  history.replaceState({ shown: true }, "");
}

function event(when, what, done = false) {
  return make("li", done ? { class: "done" } : {}, make("strong", {}, when), make("p", {}, what));
}

function makeWork(step, code) {
  const kept = find("#kept", step);
  const status = find("[data-copied]", step);
  find("[data-copy]", step).addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code);
      status.textContent = "De code is gekopieerd. Plak hem op een plek waar alleen u bij kunt.";
    } catch {
      status.textContent = "Kopiëren lukt niet. Schrijf de code over.";
    }
  });
  find("[data-print]", step).addEventListener("click", () => window.print());
  kept.addEventListener("change", () => {
    find("[data-onward]", step).hidden = !kept.checked;
    find("[data-keep-first]", step).hidden = kept.checked;
  });
  warnWhile(() => !kept.checked);
}

/** Takes the code off the screen. */
export function emptyReceipt() {
  for (const words of all("[data-code], [data-received]")) words.replaceChildren();
}
