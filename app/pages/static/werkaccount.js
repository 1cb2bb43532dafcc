// Signing in with one's work account: off to the organisation's own login page, and back.

import { all, busy, find, make, showStep, tell } from "./elements.js";
import { wordsFor } from "./http.js";
import { emptyOnLeaving } from "./leave.js";
import { currentSession, returnPath, signIn } from "./session.js";
import { Welcome } from "./welcome.js";

const TOLD = {
  "afgebroken": "Het inloggen is afgebroken. Probeer het opnieuw.",
  "verlopen": "Het inloggen duurde te lang, of begon in een ander tabblad. Probeer het opnieuw.",
  "te-zwak": "Hiervoor is een extra stap nodig, zoals een code op uw telefoon. Die stap lukte niet. Vraag uw servicedesk om hulp.",
  "geen-toegang": "U hebt hier geen toegang. Vraag uw servicedesk om toegang.",
  "te-vaak": "Te veel pogingen. Probeer het over 15 minuten opnieuw.",
  "storing": "Inloggen lukt nu niet. Probeer het over een paar minuten opnieuw.",
};
const problem = find("[data-problem]");
const choices = find("[data-choices]");
const welcome = new Welcome(() => { choices.hidden = false; });
let working = false;

async function choose(button) {
  if (working) return;
  working = true;
  busy(button, true);
  tell(problem);
  const failed = await signIn(welcome.session, { issuer: button.dataset.issuer, returnTo: returnPath() });
  if (failed === null) return; // The browser is on its way.
  working = false;
  busy(button, false);
  tell(problem, make("p", {}, wordsFor(failed)));
}

/** What went wrong at the organisation, as the way back put it in the address; then it goes from there. */
function tellWhatHappened() {
  const word = window.location.hash.slice(1);
  if (!Object.hasOwn(TOLD, word)) return;
  history.replaceState(null, "", window.location.pathname + window.location.search);
  tell(problem, make("p", {}, TOLD[word]));
}

async function start() {
  const found = await currentSession();
  showStep("choose", { focus: false });
  choices.hidden = Boolean(found?.signedIn);
  if (found?.signedIn) welcome.show(found);
  tellWhatHappened();
}

for (const button of all("[data-issuer]")) button.addEventListener("click", () => choose(button));
emptyOnLeaving(() => {});
start();
