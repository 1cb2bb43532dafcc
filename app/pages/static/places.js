// Where somebody is signed in besides this browser, and signing out there.

import { clock, now } from "./dates.js";
import { find, make } from "./elements.js";
import { ask } from "./http.js";
import { change, onlyReports } from "./session.js";

const box = find("[data-places]");
const said = find("[data-places-said]");
let shown = null; // the session whose places these are

/** Shows the other places of this session's person; of who only reports there is nothing to show. */
export async function showPlaces(session) {
  shown = session;
  said.textContent = "";
  box.hidden = true;
  if (onlyReports(session)) return;
  const answer = await ask("GET", "/web/sessions");
  if (answer.status === 200 && shown === session) show(session, answer.body.items);
}

function show(session, items) {
  const others = items.filter((place) => !place.here);
  box.hidden = others.length === 0;
  find("[data-places-list]").replaceChildren(...others.map((place) => line(session, place)));
}

function line(session, place) {
  const until = clock(new Date(now().getTime() + place.endsInSeconds * 1000));
  const button = make("button", { class: "link", type: "button", "aria-label": `Daar uitloggen, op de plek tot ${until}` }, "Daar uitloggen");
  button.addEventListener("click", () => leave(session, place));
  return make("li", {}, `Een andere browser, tot ${until} als daar niets gebeurt. `, button);
}

async function leave(session, place) {
  const answer = await change(session, "/web/session-endings", { id: place.id });
  if (answer.status !== 200) {
    said.textContent = "Dat is niet gelukt. Probeer het nog eens, of kies Overal uitloggen.";
    return;
  }
  show(session, answer.body.items);
  said.textContent = "U bent daar uitgelogd.";
  find(box.hidden ? "#ingelogd" : "#plekken").focus();
}
