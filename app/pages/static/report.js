// From the form to the body of POST /v1/signals: only what was filled in, under the contract's names.

import { filled } from "./added.js";
import { all, find } from "./elements.js";
import { daysLater, endOf, readDay, startOf, today } from "./dates.js";

export const value = (form, id) => find(`#${id}`, form).value.trim();
export const chosen = (form, name) => find(`[name="${name}"]:checked`, form)?.value ?? "";
export const ticked = (form, name) => chosen(form, name) === "yes";

/** Leaves out empty texts, empty lists and members that are not there. */
function tidy(members) {
  return Object.fromEntries(Object.entries(members).filter(([, member]) =>
    member !== undefined && member !== "" && !(Array.isArray(member) && member.length === 0)));
}

/** First and last day of question 4 as {first, last} (days or null), as chosen. */
export function period(form) {
  const when = chosen(form, "when");
  if (when === "today") return { first: today(), last: today() };
  if (when === "yesterday") return { first: daysLater(today(), -1), last: daysLater(today(), -1) };
  if (when !== "other") return { first: null, last: null };
  const first = readDay(value(form, "firstDay"));
  return { first, last: readDay(value(form, "lastDay")) };
}

function place(form) {
  const fields = ["houseNumber", "houseNumberAddition", "street", "city", "description", "municipalityCode"];
  const given = Object.fromEntries(fields.map((id) => [id, value(form, id)]));
  const postcode = value(form, "postcode").replace(/\s/g, "").toUpperCase();
  const location = tidy({ postcode, ...given });
  return Object.keys(location).length ? location : undefined;
}

function more(form) {
  const contacts = filled(form, "contact").map(({ values }) => values);
  const each = (name) => contacts.map((contact) => contact[name]).filter(Boolean);
  return {
    persons: filled(form, "person").map(({ values }) => tidy(values)),
    vehicles: filled(form, "vehicle").map(({ values }) => tidy({ ...values, country: values.country.toUpperCase() })),
    companies: filled(form, "company").map(({ values }) => tidy({ ...values, kvkNumber: values.kvkNumber.replace(/[\s.]/g, "") })),
    phoneNumbers: each("phone"),
    ibans: each("iban"),
    emails: each("email"),
  };
}

function reporter(form, session) {
  const confidentiality = chosen(form, "confidentiality");
  if (confidentiality === "anonymous") return { confidentiality };
  const phone = value(form, "phone");
  const who = tidy({ name: session.display ?? "", phone });
  return {
    confidentiality,
    reporter: Object.keys(who).length ? who : undefined,
    feedback: phone ? { wanted: true, via: "phone", contactAllowed: true } : undefined,
  };
}

/** The body as it goes over the line. Call only on a form without faults. */
export function report(form, session) {
  const { first, last } = period(form);
  const colleague = ticked(form, "concernsColleague");
  return tidy({
    text: value(form, "text"),
    urgency: chosen(form, "urgency"),
    location: place(form),
    observedFrom: first === null ? undefined : startOf(first),
    observedTo: last === null ? undefined : endOf(last),
    ongoing: ticked(form, "ongoing") || undefined,
    observation: chosen(form, "observation"),
    ...more(form),
    categoryHint: value(form, "categoryHint"),
    capacity: chosen(form, "capacity"),
    safety: all('[name="safety"]:checked', form).map((input) => input.value),
    concernsColleague: colleague || undefined,
    requestOtherCoordinator: colleague || undefined,
    ...reporter(form, session),
  });
}
