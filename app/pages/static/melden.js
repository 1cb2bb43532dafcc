// The report page: sign in, form, review, receipt. All of it lives in this page's memory only.

import { startAdding } from "./added.js";
import { faultsFrom, faultsOf } from "./check.js";
import { all, busy, find, showStep } from "./elements.js";
import { clearFaults, showFaults } from "./errors.js";
import { emptyOnLeaving, leaveFor, warnWhile } from "./leave.js";
import { emptyReceipt, fillReceipt } from "./receipt.js";
import { report } from "./report.js";
import { fillReview } from "./review.js";
import { Sender } from "./sender.js";
import { currentSession, mayReport, nameOf, signOut } from "./session.js";
import { Watch } from "./stay.js";

const form = find("[data-form]");
const formStep = find('[data-step="form"]');
const reviewStep = find('[data-step="review"]');
const receiptStep = find('[data-step="receipt"]');
const problem = find("[data-problem]", reviewStep);
const sendButton = find("[data-send]", reviewStep);
let session = null;
let sending = false;
let body = null; // what the review shows, as it will go over the line: fixed, so that its key is too

/** Who reads first: the reporter's own organisation, or the municipality of the place for RIEC and RUDD. */
function owner() {
  const id = session.organisationId ?? "";
  if (/^(riec|rudd)/.test(id)) return "de gemeente waar het speelt";
  return session.organisationName || "uw organisatie";
}

function takeSession(found) {
  session = found;
  find("[data-who]").hidden = false;
  find("[data-who-name]").textContent = nameOf(session);
  find("[data-owner]").textContent = owner();
  const select = find("#municipalityCode");
  const own = find(`option[data-organisation="${CSS.escape(session.organisationId ?? "")}"]`, select);
  if (own && !select.dataset.touched) own.selected = true;
  watch.follow(session);
}

function empty() {
  body = null;
  form.reset();
  find("[data-added]").replaceChildren();
  find("[data-rows]").replaceChildren();
  emptyReceipt();
}

const written = () => find("#text").value.trim() !== "" || find("[data-added]").hasChildNodes();

function check(event) {
  event.preventDefault();
  const faults = faultsOf(form);
  if (faults.length) {
    showFaults(formStep, "Er ontbreekt nog iets", faults);
    return;
  }
  clearFaults(formStep);
  problem.replaceChildren();
  body = report(form, session);
  fillReview(reviewStep, form, change);
  showStep("review", { words: "Controleer uw melding" });
}

/** Back to the form, unless the desk may have the report already: then changing it would make two. */
function change(input) {
  if (sending || sender.unsure) {
    sender.explainLock();
    return;
  }
  showStep("form", { focus: false });
  const field = find(`#${CSS.escape(input)}`);
  const choice = field.name && field.type === "radio" ? find(`[name="${field.name}"]:checked`) : null;
  (choice ?? field).focus();
}

async function send() {
  if (sending) return;
  sending = true;
  busy(sendButton, true);
  const answer = await sender.send(body);
  sending = false;
  busy(sendButton, false);
  if (answer?.status === 201) received(answer.body);
  else if (answer?.status === 400) refused(answer.body);
}

function received(answer) {
  const reader = find("#concernsColleague-yes").checked ? "een coördinator" : `de coördinator van ${owner()}`;
  watch.stop();
  empty();
  fillReceipt(receiptStep, answer, reader);
  showStep("receipt", { words: "Uw melding is ontvangen" });
}

function refused(answer) {
  const faults = faultsFrom(answer, form);
  showStep("form", { focus: false });
  showFaults(formStep, "Er klopt nog iets niet",
    faults.length ? faults : [{ input: null, words: answer?.detail ?? "Dit klopt niet" }]);
}

const watch = new Watch({ written, renewed: takeSession });
const sender = new Sender({
  note: problem,
  session: () => session,
  renewed: takeSession,
  again: send,
});

async function start() {
  if (history.state?.shown) {
    showStep("shown-before", { focus: false });
    return;
  }
  const found = await currentSession();
  if (found === null) showStep("unreachable", { focus: false });
  else if (!found.signedIn) showStep("sign-in", { focus: false });
  else if (!mayReport(found)) showStep("no-right", { focus: false });
  else {
    form.reset();
    takeSession(found);
    showStep("form", { focus: false });
  }
}

startAdding(form);
form.addEventListener("submit", check);
find("#municipalityCode").addEventListener("change", (event) => { event.target.dataset.touched = "yes"; });
sendButton.addEventListener("click", send);
find("[data-back]").addEventListener("click", () => change("text"));
find("[data-who] [data-sign-out]").addEventListener("click", async () => {
  const { gone, address } = await signOut(session);
  if (!gone) return;
  if (address === null) leaveFor("/", empty);
  else {
    watch.stop();
    empty();
    find("[data-who]").hidden = true;
    find("[data-at-work-link]").href = address;
    showStep("signed-out", { words: "Uitgelogd" });
  }
});
// A new report in the same tab: the mark that a code was shown here goes first.
for (const link of all('main a[href="/melden"]')) link.addEventListener("click", () => history.replaceState(null, ""));
warnWhile(written);
emptyOnLeaving(empty);
start();
