// A session that nears its end: the page says so in time and lets one stay. What was written stays in any case.

import { busy, find, make } from "./elements.js";
import { wordsFor } from "./http.js";
import { currentSession, nameOf, samePerson, stay } from "./session.js";

const WARN = 120; // seconds before the end
const LOOK_EVERY = 4000; // milliseconds between looks whether the session, or the desk, is back

/**
 * `written()` says whether there is text to keep; `renewed(session)` takes a session that another tab began.
 * The bar does not take the focus: somebody may be writing.
 */
export class Watch {
  #bar = find("[data-stay]");
  #said = find("[data-stay-said]");
  #ways;
  #session = null;
  #timer = 0;
  #before = null;

  constructor(ways) {
    this.#ways = ways;
    this.#bar.addEventListener("focusin", ({ relatedTarget }) => {
      if (relatedTarget && !this.#bar.contains(relatedTarget)) this.#before = relatedTarget;
    });
    // A computer that slept wakes up late, and another tab may have gone on or signed out.
    window.addEventListener("focus", () => { if (this.#session) this.#look(); });
  }

  /** Watches this session from here on. */
  follow(session) {
    this.#session = session;
    this.#show();
    this.#lookIn(Math.max(session.endsInSeconds - WARN, 0) * 1000);
  }

  /** Nothing on this page needs a session any more. */
  stop() {
    this.#session = null;
    clearTimeout(this.#timer);
    this.#show();
  }

  #lookIn(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), milliseconds);
  }

  async #look() {
    clearTimeout(this.#timer);
    const watched = this.#session;
    const found = await currentSession();
    if (watched === null || this.#session !== watched) return;
    if (found === null) this.#lookIn(LOOK_EVERY);
    else if (!found.signedIn || !samePerson(found, watched)) this.#over(found);
    else if (found.sessionToken !== watched.sessionToken) {
      this.#ways.renewed(found);
      this.#say("U bent weer ingelogd.");
    } else if (found.endsInSeconds > WARN) this.follow(found);
    else this.#warn(found);
  }

  #warn(found) {
    const minutes = Math.max(1, Math.round(found.endsInSeconds / 60));
    const words = make("p", {}, make("strong", {}, `U wordt over ${minutes} ${minutes === 1 ? "minuut" : "minuten"} uitgelogd`));
    if (found.endsInSeconds >= found.latestInSeconds - 1) {
      this.#show(words, make("p", {}, `Langer dan 8 uur kan niet. ${this.#kept()}`, this.#link(), "."));
    } else {
      const button = make("button", { class: "button", type: "button" }, "Blijf ingelogd");
      button.addEventListener("click", () => this.#stay(button));
      this.#show(words, button);
    }
    this.#lookIn((found.endsInSeconds + 1) * 1000);
  }

  async #stay(button) {
    if (button.getAttribute("aria-busy")) return;
    busy(button, true);
    const answer = await stay(this.#session);
    busy(button, false);
    if (answer.status === 200) {
      const session = answer.body;
      this.#before?.focus();
      this.#ways.renewed(session);
      this.#say("U blijft ingelogd.");
    } else if (answer.status === 401) this.#look();
    else button.before(make("p", {}, wordsFor(answer)));
  }

  /** Signed out, or somebody else is signed in now: the page waits for the one who wrote here. */
  #over(found) {
    const name = found.signedIn ? nameOf(found) : "";
    const first = name ? `U bent nu ingelogd als ${name}. ` : "U bent uitgelogd. ";
    const words = `${first}${this.#kept()}`;
    if (find("p", this.#bar)?.dataset.words !== words) {
      const line = make("p", {}, words, this.#link(), name ? ` als ${nameOf(this.#session)}.` : ".");
      line.dataset.words = words;
      this.#show(line);
    }
    this.#lookIn(LOOK_EVERY);
  }

  #kept() {
    return this.#ways.written() ? "Uw tekst staat er nog. " : "";
  }

  #link() {
    return make("a", { href: "/inloggen", target: "_blank", rel: "noopener" }, "Log in een nieuw tabblad in");
  }

  #show(...children) {
    this.#said.textContent = "";
    this.#bar.replaceChildren(...children);
  }

  #say(words) {
    this.#said.textContent = words;
  }
}
