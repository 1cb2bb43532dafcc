// What a reporter sees of a report: where it stands, and the messages. The desk has one name here.

import { find, make } from "./elements.js";
import { shortMoment } from "./dates.js";

const HANDLING = "Wij zoeken uit of en hoe wij verdergaan. Daarover kunnen wij niet alles vertellen.";
const STEPS = [["Ontvangen", ""], ["Gelezen", ""], ["In behandeling", HANDLING], ["Afgesloten", ""]];
const CURRENT = { received: 0, in_progress: 2, question: 2, closed: 3 };

/** Fills the mailbox step; `shown` holds the ids that were on this screen before. */
export function fillMailbox(step, { reference, status, messages }, shown) {
  find("[data-reference]", step).textContent = reference;
  const current = CURRENT[status] ?? 0;
  find("[data-steps]", step).replaceChildren(...STEPS.map(([name, words], index) => {
    const item = make("li", {}, make("strong", {}, name));
    if (index < current) item.className = "done";
    if (index === current) {
      item.setAttribute("aria-current", "step");
      if (words) item.append(make("p", {}, words));
    }
    return item;
  }));
  const fresh = messages.filter((message) => isFresh(message, shown)).length;
  const badge = find("[data-badge]", step);
  badge.textContent = fresh ? `${fresh} nieuw` : "Wij hebben een vraag";
  badge.hidden = !fresh && status !== "question";
  find("[data-own-note]", step).hidden = !messages.some(own);
  find("[data-no-messages]", step).hidden = messages.length > 0;
  find("[data-messages]", step).replaceChildren(...messages.map((message) => item(message, isFresh(message, shown))));
}

const own = (message) => message.from === "reporter";
const isFresh = (message, shown) => !own(message) && !shown.has(message.id);

function item(message, isNew) {
  const mine = own(message);
  const head = make("p", { class: "meta" }, make("strong", {}, mine ? "U" : "Het meldpunt"), `, ${shortMoment(message.at)}`);
  if (isNew) head.append(" ", make("span", { class: "badge" }, "nieuw"));
  return make("li", { class: mine ? "message own" : "message" }, head,
    make("p", mine ? { class: "human", translate: "no" } : { class: "words" }, message.text));
}
