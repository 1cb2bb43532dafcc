// The demonstration's login: choose somebody of the cast.

import { all, busy, find, make, showStep, tell } from "./elements.js";
import { ask, wordsFor } from "./http.js";
import { emptyOnLeaving } from "./leave.js";
import { currentSession, onlyReports, returnPath } from "./session.js";
import { Welcome } from "./welcome.js";

const problem = find("[data-problem]");
const welcome = new Welcome(() => {});
let working = false;

async function choose(button) {
  if (working) return;
  working = true;
  busy(button, true);
  tell(problem);
  const answer = await ask("POST", "/web/demo-logins", { body: { name: button.dataset.name } });
  working = false;
  busy(button, false);
  const onward = returnPath() ?? (answer.status === 201 && onlyReports(answer.body) ? "/melden" : "/inloggen");
  if (answer.status !== 201) tell(problem, make("p", {}, wordsFor(answer)));
  else if (onward !== "/inloggen") window.location.assign(onward);
  else {
    welcome.show(answer.body);
    find("#ingelogd").focus();
  }
}

async function start() {
  const found = await currentSession();
  find("[data-cast]").hidden = false;
  showStep("choose", { focus: false });
  if (found?.signedIn) welcome.show(found);
}

for (const button of all("[data-name]")) button.addEventListener("click", () => choose(button));
emptyOnLeaving(() => {});
start();
