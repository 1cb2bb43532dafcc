// Question 6: persons, vehicles, companies and numbers, each a fieldset that can be added and removed.

import { all, find, make } from "./elements.js";

const ROLES = [["other", "Anders, of weet ik niet"], ["suspect", "Doet misschien iets strafbaars"],
  ["victim", "Slachtoffer"], ["witness", "Getuige"], ["owner", "Eigenaar"], ["tenant", "Huurder"]];

const KINDS = {
  person: { legend: "Persoon", fields: [
    { name: "name", label: "Naam" },
    { name: "role", label: "Wat is deze persoon?", options: ROLES },
    { name: "description", label: "Beschrijving", hint: "Bijvoorbeeld: lengte, kleding of werk." }] },
  vehicle: { legend: "Voertuig", fields: [
    { name: "plate", label: "Kenteken", width: "date" },
    { name: "country", label: "Land", hint: "Twee letters, bijvoorbeeld NL.", value: "NL", width: "short" },
    { name: "description", label: "Merk, kleur of opschrift" }] },
  company: { legend: "Bedrijf", fields: [
    { name: "name", label: "Naam van het bedrijf" },
    { name: "kvkNumber", label: "KvK-nummer", hint: "8 cijfers", width: "date" }] },
  contact: { legend: "Contactgegeven", fields: [
    { name: "phone", label: "Telefoonnummer", width: "date" },
    { name: "iban", label: "Rekeningnummer (IBAN)" },
    { name: "email", label: "E-mailadres" }] },
};

let made = 0;

/** Makes the buttons of question 6 work inside `form`. */
export function startAdding(form) {
  for (const button of all("[data-add]", form)) {
    button.addEventListener("click", () => add(form, button));
  }
}

function add(form, button) {
  const kind = button.dataset.add;
  const box = make("fieldset", { class: "added", "data-kind": kind }, make("legend", {}, ""));
  made += 1;
  for (const field of KINDS[kind].fields) box.append(build(field, `${kind}-${made}-${field.name}`));
  const remove = make("button", { class: "link", type: "button" }, "");
  remove.addEventListener("click", () => {
    const gone = find("legend", box).textContent;
    box.remove();
    number(form, kind);
    say(form, `${gone} is verwijderd.`);
    button.focus();
  });
  box.append(remove);
  find("[data-added]", form).append(box);
  number(form, kind);
  say(form, `${find("legend", box).textContent} is toegevoegd.`);
  find("input, select", box).focus();
}

function build({ name, label, hint, value = "", options, width = "" }, id) {
  const input = options
    ? make("select", { id, autocomplete: "off" }, ...options.map(([code, words]) => make("option", { value: code }, words)))
    : make("input", { id, type: "text", value, autocomplete: "off", spellcheck: "false", autocapitalize: "off" });
  input.dataset.field = name;
  const field = make("div", { class: `field ${width}` }, make("label", { for: id }, label));
  if (hint) {
    field.append(make("p", { class: "hint", id: `${id}-hint` }, hint));
    input.setAttribute("aria-describedby", `${id}-hint`);
  }
  field.append(input);
  return field;
}

function number(form, kind) {
  all(`[data-kind="${kind}"]`, form).forEach((box, index) => {
    const words = `${KINDS[kind].legend} ${index + 1}`;
    find("legend", box).textContent = words;
    find("button", box).textContent = `${words} verwijderen`;
  });
}

function say(form, words) {
  find("[data-added-status]", form).textContent = words;
}

/** What was added of one kind: [{box, legend, ids: {field: id}, values: {field: text}}], in order. */
export function added(form, kind) {
  return all(`[data-kind="${kind}"]`, form).map((box) => {
    const inputs = all("[data-field]", box);
    return {
      legend: find("legend", box).textContent,
      ids: Object.fromEntries(inputs.map((input) => [input.dataset.field, input.id])),
      values: Object.fromEntries(inputs.map((input) => [input.dataset.field, input.value.trim()])),
    };
  });
}

/** The parts of a kind in which something was written; a land or a role alone is nothing. */
export const filled = (form, kind) =>
  added(form, kind).filter(({ values }) =>
    Object.entries(values).some(([name, value]) => value && name !== "role" && name !== "country"));

export const roleInWords = (code) => ROLES.find(([value]) => value === code)?.[1] ?? "";
