// Sends a report from the review: through dropped connections and an ended session, once.

import { make, tell } from "./elements.js";
import { unsure, wordsFor } from "./http.js";
import { Delivery } from "./send.js";
import { currentSession, nameOf, samePerson } from "./session.js";

const LOOK_EVERY = 4000; // milliseconds between looks whether the session is back

/**
 * `note` is where the reporter is told; `session()` who sends; `renewed(session)` takes a new session;
 * `again()` sends once more, as the reporter's own press on the button would.
 */
export class Sender {
  #delivery = new Delivery();
  #nudge = {};
  #ways;
  #looking = null;

  constructor(ways) {
    this.#ways = ways;
    window.addEventListener("focus", () => this.#looking?.());
  }

  get unsure() {
    return this.#delivery.unsure;
  }

  /** The clear answer, or null when there is none yet and the reporter has been told. */
  async send(body) {
    tell(this.#ways.note);
    this.#looking = null;
    const attempt = () => this.#delivery.once("/web/signals", body,
      { headers: { "X-Session-Token": this.#ways.session().sessionToken ?? "" } });
    const answer = await this.#delivery.untilClear(attempt, { waiting: (s) => this.#waiting(s), nudge: this.#nudge });
    if (answer.status === 201 || answer.status === 400) return answer;
    if (answer.status === 401 || answer.status === 403) await this.#askWhoIsThere(answer);
    else if (unsure(answer)) this.#notSent(() => this.#ways.again());
    else tell(this.#ways.note, make("p", {}, wordsFor(answer)));
    return null;
  }

  /** Says why the report cannot be changed while nobody knows whether the desk has it. */
  explainLock() {
    this.#notSent(() => (this.#nudge.now ?? this.#ways.again)(),
      "Wijzigen kan pas als duidelijk is of uw melding is aangekomen.");
  }

  #waiting(seconds) {
    if (seconds === 0) tell(this.#ways.note);
    else this.#notSent(() => this.#nudge.now(), `Wij proberen het over ${seconds} seconden zelf opnieuw.`);
  }

  #notSent(retry, extra = "") {
    const button = make("button", { class: "button", type: "button" }, "Probeer opnieuw");
    button.addEventListener("click", retry);
    const words = make("p", {}, make("strong", {}, "Nog niet verzonden."),
      " Uw tekst staat er nog. Probeer het opnieuw: u krijgt nooit twee meldingen.");
    tell(this.#ways.note, words, ...(extra ? [make("p", {}, extra)] : []), make("p", { class: "actions" }, button));
  }

  async #askWhoIsThere(answer) {
    const before = this.#ways.session();
    const found = await currentSession();
    const same = found?.signedIn && samePerson(found, before);
    if (same && found.sessionToken !== before.sessionToken) this.#goOn(found);
    else if (answer.status === 403 && same) tell(this.#ways.note, make("p", {}, wordsFor(answer)));
    else this.#waitForSession(before, found);
  }

  #goOn(found) {
    this.#looking = null;
    this.#ways.renewed(found);
    setTimeout(this.#ways.again);
  }

  /** A report goes on under the name of the one who wrote it, never of somebody who came after. */
  #waitForSession(before, found) {
    const other = found?.signedIn ? nameOf(found) : "";
    const first = other ? `U bent nu ingelogd als ${other}.` : "U bent uitgelogd.";
    const link = make("a", { href: "/inloggen", target: "_blank", rel: "noopener" }, "Log in een nieuw tabblad in");
    tell(this.#ways.note,
      make("p", {}, `${first} Uw tekst staat er nog. `, link, other ? ` als ${nameOf(before)}.` : "."),
      make("p", {}, "Daarna versturen wij uw melding vanzelf."));
    this.#look(before, other);
  }

  #look(before, other) {
    let timer = 0;
    const look = async () => {
      clearTimeout(timer);
      const found = await currentSession();
      if (this.#looking !== look) return;
      const name = found?.signedIn ? nameOf(found) : "";
      if (name && samePerson(found, before)) this.#goOn(found);
      else if (name && name !== other) this.#waitForSession(before, found);
      else timer = setTimeout(look, LOOK_EVERY);
    };
    this.#looking = look;
    timer = setTimeout(look, LOOK_EVERY);
  }
}
