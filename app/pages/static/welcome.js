// The part of the login page that says who is signed in, and lets one sign out, here or everywhere.

import { find } from "./elements.js";
import { showPlaces } from "./places.js";
import { mayReport, nameOf, onlyReports, signOut } from "./session.js";
import { Watch } from "./stay.js";

const inside = find("[data-signed-in]");
const outside = find("[data-signed-out]");

/** `gone()` runs when the person signed out. */
export class Welcome {
  session = null;
  #watch = new Watch({ written: () => false, renewed: (found) => this.show(found) });

  constructor(gone) {
    const leave = async (everywhere) => {
      const { gone: over, address } = await signOut(this.session, { everywhere });
      if (!over) return;
      this.session = null;
      this.#watch.stop();
      inside.hidden = true;
      outside.hidden = false;
      find("[data-at-work]").hidden = address === null;
      if (address !== null) find("[data-at-work-link]").href = address;
      find("#uitgelogd").focus();
      gone();
    };
    find("[data-sign-out]").addEventListener("click", () => leave(false));
    find("[data-sign-out-everywhere]").addEventListener("click", () => leave(true));
  }

  show(found) {
    this.session = found;
    find("[data-signed-in-as]").textContent = nameOf(found);
    find("[data-workbench]").hidden = onlyReports(found);
    find("[data-may-report]").hidden = !mayReport(found);
    find("[data-sign-out-everywhere]").hidden = onlyReports(found);
    outside.hidden = true;
    inside.hidden = false;
    showPlaces(found);
    this.#watch.follow(found);
  }
}
