// The demonstration's login: choose somebody of the cast.

import { all, busy, find, make, showStep, tell } from "./elements.js";
import { ask, wordsFor } from "./http.js";
import { emptyOnLeaving } from "./leave.js";
import { currentSession, mayReport, nameOf, onlyReports, signOut } from "./session.js";

const problem = find("[data-problem]");
let session = null;
let working = false;

function welcome(found) {
  session = found;
  find("[data-signed-in-as]").textContent = nameOf(session);
  find("[data-workbench]").hidden = onlyReports(session);
  find("[data-may-report]").hidden = !mayReport(session);
  find("[data-signed-in]").hidden = false;
}

async function choose(button) {
  if (working) return;
  working = true;
  busy(button, true);
  tell(problem);
  const answer = await ask("POST", "/web/demo-logins", { body: { name: button.dataset.name } });
  working = false;
  busy(button, false);
  if (answer.status !== 201) tell(problem, make("p", {}, wordsFor(answer)));
  else if (onlyReports(answer.body)) window.location.assign("/melden");
  else {
    welcome(answer.body);
    find("#ingelogd").focus();
  }
}

async function start() {
  const found = await currentSession();
  find("[data-cast]").hidden = false;
  showStep("choose", { focus: false });
  if (found?.signedIn) welcome(found);
}

for (const button of all("[data-name]")) button.addEventListener("click", () => choose(button));
find("[data-sign-out]").addEventListener("click", async () => {
  if (!await signOut(session)) return;
  find("[data-signed-in]").hidden = true;
  find("#wie").focus();
});
emptyOnLeaving(() => {});
start();
