// The review: every answer as a row with a way back to its question.

import { filled, roleInWords } from "./added.js";
import { all, find, make } from "./elements.js";
import { dayWithYear } from "./dates.js";
import { chosen, period, ticked, value } from "./report.js";

const labelOf = (form, name) =>
  all(`[name="${name}"]:checked`, form).map((input) => {
    const words = input.nextElementSibling;
    return (find("strong", words) ?? words.firstChild).textContent.trim();
  }).join(", ");

const optionOf = (form, id) => find(`#${id}`, form).selectedOptions[0].textContent;

function placeInWords(form) {
  const line = (...ids) => ids.map((id) => value(form, id)).filter(Boolean).join(" ");
  return [line("street", "houseNumber", "houseNumberAddition"), line("postcode", "city"),
    `Gemeente: ${optionOf(form, "municipalityCode")}`, value(form, "description")].filter(Boolean).join("\n");
}

function daysInWords(form) {
  const { first, last } = period(form);
  const words = [];
  if (first !== null) words.push(last === null || last === first ? dayWithYear(first) : `${dayWithYear(first)} tot en met ${dayWithYear(last)}`);
  if (ticked(form, "ongoing")) words.push("Het gaat nog door, of het komt vaker voor");
  return words.join("\n");
}

function addedRows(form) {
  return ["person", "vehicle", "company", "contact"].flatMap((kind) =>
    filled(form, kind).map(({ legend, ids, values }) => {
      const words = Object.entries(values).map(([name, text]) => (name === "role" ? roleInWords(text) : text));
      return { label: legend, words: words.filter(Boolean).join("\n"), input: Object.values(ids)[0], human: true };
    }));
}

function rows(form) {
  const name = chosen(form, "confidentiality") === "anonymous" ? "" : value(form, "phone");
  return [
    { label: "Gevaar op dit moment", words: labelOf(form, "urgency"), input: "urgency-normal" },
    { label: "Wat u zag of hoorde", words: value(form, "text"), input: "text", human: true },
    { label: "Over uw eigen organisatie", words: ticked(form, "concernsColleague") ? "Ja" : "", input: "concernsColleague-yes" },
    { label: "Waar", words: placeInWords(form), input: "municipalityCode", human: true },
    { label: "Wanneer", words: daysInWords(form), input: "when-today" },
    { label: "Hoe u dit weet", words: labelOf(form, "observation"), input: "observation-own" },
    ...addedRows(form),
    { label: "Waar het op lijkt", words: optionOf(form, "categoryHint"), input: "categoryHint" },
    { label: "Uw rol", words: labelOf(form, "capacity"), input: "capacity-supervision" },
    { label: "Gevaar bij een bezoek", words: labelOf(form, "safety"), input: "safety-weapon" },
    { label: "Uw naam erbij", words: labelOf(form, "confidentiality"), input: "confidentiality-named" },
    { label: "Uw telefoonnummer", words: name, input: "phone" },
  ];
}

/** Fills the review from the form; `change(input id)` goes back to that field. */
export function fillReview(step, form, change) {
  const list = find("[data-rows]", step);
  list.replaceChildren();
  for (const { label, words, input, human } of rows(form).filter((row) => row.words)) {
    const button = make("button", { class: "link", type: "button" }, "Wijzig", make("span", { class: "visually-hidden" }, `: ${label}`));
    button.addEventListener("click", () => change(input));
    list.append(make("div", { class: "row" }, make("dt", {}, label),
      make("dd", human ? { class: "human", translate: "no" } : {}, words), make("dd", { class: "change" }, button)));
  }
  find("[data-review-danger]", step).hidden = chosen(form, "urgency") !== "immediate_danger";
  find("[data-review-colleague]", step).hidden = !ticked(form, "concernsColleague");
}
