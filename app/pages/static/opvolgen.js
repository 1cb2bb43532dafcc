// Following a report by its code. The code stays in this tab's memory: never in the address, the
// title, storage or a cookie, and no session goes along.

import { busy, find, make, showStep, tell } from "./elements.js";
import { now } from "./dates.js";
import { clearFaults, showFaults } from "./errors.js";
import { ask, unsure, wordsFor } from "./http.js";
import { emptyOnLeaving, leaveFor, warnWhile } from "./leave.js";
import { fillMailbox } from "./mailbox.js";
import { Delivery } from "./send.js";

const codeStep = find('[data-step="code"]');
const mailboxStep = find('[data-step="mailbox"]');
const codeField = find("#receiptCode");
const answerField = find("#answer");
const problem = find("[data-problem]", mailboxStep);
const status = find("[data-status]", mailboxStep);
const delivery = new Delivery();
const LONGEST = 5000; // characters in an answer
let code = "";
let shown = new Set(); // ids of the messages that were on this screen before
let mine = []; // own answers of this visit: the desk cannot open them again for a code
let working = false;

const plain = (text) => text.replace(/[\s\u2010-\u2015-]/g, "").toUpperCase();

const lookup = () => ask("POST", "/web/receipt-lookups", { body: { receiptCode: code }, receipt: true });

async function look(event) {
  event.preventDefault();
  if (working) return;
  code = plain(codeField.value);
  if (!code) {
    showFaults(codeStep, "Er ontbreekt nog iets", [{ input: "receiptCode", words: "Vul uw ontvangstcode in" }]);
    return;
  }
  const button = find("button[type=submit]", codeStep);
  working = true;
  busy(button, true);
  const answer = await lookup();
  working = false;
  busy(button, false);
  if (answer.status === 200) open(answer.body);
  else notFound(answer);
}

function notFound(answer) {
  if (answer.status === 404 || answer.status === 400) {
    showFaults(codeStep, "Wij vinden geen melding bij deze code",
      [{ input: "receiptCode", words: "Kijk of alle 20 tekens kloppen" }, { input: null, words: "Oude meldingen zijn gewist." }]);
  } else showFaults(codeStep, "Dit lukt nu niet", [{ input: null, words: wordsFor(answer) }]);
}

function open(body) {
  clearFaults(codeStep);
  codeField.value = "";
  mine = [];
  shown = new Set(body.messages.map((message) => message.id));
  fillMailbox(mailboxStep, body, shown);
  showStep("mailbox", { words: "Uw melding volgen" });
}

async function reply(event) {
  event.preventDefault();
  if (working) return;
  const text = answerField.value.trim();
  tell(problem);
  status.textContent = "";
  if (!text || [...text].length > LONGEST) {
    showFaults(mailboxStep, "Er ontbreekt nog iets", [{ input: "answer",
      words: text ? "Maak uw tekst korter: hoogstens 5.000 tekens" : "Vul uw antwoord in" }]);
    return;
  }
  clearFaults(mailboxStep);
  const button = find("button[type=submit]", mailboxStep);
  working = true;
  busy(button, true);
  answerField.readOnly = true;
  const attempt = () => delivery.once("/web/receipt-messages", { receiptCode: code, text }, { receipt: true });
  const nudge = {};
  const answer = await delivery.untilClear(attempt, { nudge,
    waiting: (seconds) => (seconds ? notSent(seconds, () => nudge.now()) : tell(problem)) });
  working = false;
  busy(button, false);
  answerField.readOnly = delivery.unsure;
  await settle(answer, text);
}

async function settle(answer, text) {
  if (answer.status === 201) {
    answerField.value = "";
    status.textContent = "Uw antwoord is verstuurd.";
    delivery.keyFor(null);
    mine.push({ id: answer.body.id, from: "reporter", text, at: now().toISOString() });
    await refresh();
  } else if (unsure(answer)) notSent(0, () => find("form", mailboxStep).requestSubmit());
  else tell(problem, make("p", {}, wordsFor(answer)));
}

/** The mailbox as it is now, with the own answers of this visit in their place. */
async function refresh() {
  const fresh = await lookup();
  if (fresh.status !== 200) return;
  const given = new Set(fresh.body.messages.map((message) => message.id));
  const messages = [...fresh.body.messages, ...mine.filter((message) => !given.has(message.id))];
  messages.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  fillMailbox(mailboxStep, { ...fresh.body, messages }, shown);
  shown = new Set(messages.map((message) => message.id));
}

function notSent(seconds, retry) {
  const button = make("button", { class: "button", type: "button" }, "Probeer opnieuw");
  button.addEventListener("click", retry);
  const later = seconds ? ` Wij proberen het over ${seconds} seconden zelf opnieuw.` : "";
  tell(problem, make("p", {}, make("strong", {}, "Nog niet verzonden."), ` Uw tekst staat er nog.${later}`),
    make("p", { class: "actions" }, button));
}

function empty() {
  code = "";
  mine = [];
  codeField.value = "";
  answerField.value = "";
  for (const part of ["[data-messages]", "[data-reference]", "[data-steps]"]) find(part).replaceChildren();
  status.textContent = "";
}

find("[data-lookup]").addEventListener("submit", look);
find("[data-answer]").addEventListener("submit", reply);
find("[data-withdraw]").addEventListener("click", () => {
  if (answerField.readOnly) return;
  answerField.value = "Ik wil mijn melding intrekken.";
  answerField.focus();
});
find("[data-done]").addEventListener("click", () => leaveFor("/", empty));
warnWhile(() => answerField.value.trim() !== "");
emptyOnLeaving(empty);
empty();
showStep("code", { focus: false });
