// Sending one thing once. The key stays the same for as long as the content does, so a second try
// after a lost answer can never make a second report.

import { ask, retryAfter, unsure } from "./http.js";

const WAITS = [2, 5, 15]; // seconds before each automatic new try

/** Holds the key of what is being sent, and whether the desk may already have it. */
export class Delivery {
  #content = null;
  #key = null;
  unsure = false;

  keyFor(content) {
    if (content !== this.#content) {
      this.#content = content;
      this.#key = crypto.randomUUID();
      this.unsure = false;
    }
    return this.#key;
  }

  /** One POST under the key of this content. Gives the answer of `ask`. */
  async once(path, body, { headers = {}, receipt = false } = {}) {
    const key = this.keyFor(JSON.stringify(body));
    const answer = await ask("POST", path, { body, receipt, headers: { ...headers, "Idempotency-Key": key } });
    if (unsure(answer)) this.unsure = true;
    else if (answer.status !== 401 && answer.status !== 429) this.unsure = false;
    return answer;
  }

  /**
   * Tries, and tries again with growing waits while no clear answer comes. `waiting(seconds)` is told
   * of each wait; `nudge` holds a function `now` that ends the wait at once.
   */
  async untilClear(attempt, { waiting, nudge }) {
    let answer = await attempt();
    for (const seconds of WAITS) {
      if (!unsure(answer)) return answer;
      const pause = Math.max(seconds, Math.min(retryAfter(answer), 60));
      waiting(pause);
      await wait(pause, nudge);
      waiting(0);
      answer = await attempt();
    }
    return answer;
  }
}

function wait(seconds, nudge) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    nudge.now = () => {
      clearTimeout(timer);
      resolve();
    };
    window.addEventListener("online", nudge.now, { once: true });
  });
}
