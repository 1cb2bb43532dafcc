// What must be right before a report is shown for review; the same words as the summary of faults.

import { added } from "./added.js";
import { find } from "./elements.js";
import { readDay, today } from "./dates.js";
import { chosen, ticked, value } from "./report.js";

const LONGEST = 20_000;
const DAY_WORDS = "De eerste dag moet vandaag of eerder zijn, bijvoorbeeld 14-11-2026";
const LAST_WORDS = "De laatste dag moet vandaag of eerder zijn, bijvoorbeeld 14-11-2026";

/** All faults at once, in the order of the questions: [{input, words}]. */
export function faultsOf(form) {
  const faults = [];
  const fault = (wrong, input, words) => wrong && faults.push({ input, words });
  const urgency = chosen(form, "urgency");
  fault(!urgency, "urgency-normal", "Kies of iemand nu gevaar loopt");
  fault(urgency === "immediate_danger" && !ticked(form, "safeToReport"), "safeToReport-yes",
    "Bel eerst 112, of zorg dat het veilig is. Zet daarna een vinkje");
  const length = [...value(form, "text")].length;
  fault(length === 0, "text", "Vul in wat u hebt gezien of gehoord");
  fault(length > LONGEST, "text", "Maak uw tekst korter: hoogstens 20.000 tekens");
  fault(ticked(form, "concernsColleague") && !ticked(form, "goOnHere"), "goOnHere-yes",
    "Gebruik de klokkenluidersregeling, of zet een vinkje dat u toch hier meldt");
  const postcode = value(form, "postcode");
  fault(postcode && !/^[1-9][0-9]{3}\s*[a-z]{2}$/i.test(postcode), "postcode", "Een postcode heeft 4 cijfers en 2 letters");
  const house = value(form, "houseNumber");
  fault(house && !/^[1-9][0-9]{0,4}$/.test(house), "houseNumber", "Een huisnummer heeft alleen cijfers. Zet letters bij de toevoeging");
  faults.push(...faultsOfDays(form), ...faultsOfAdded(form));
  fault(!chosen(form, "confidentiality"), "confidentiality-named", "Kies of uw naam erbij mag");
  return faults;
}

function faultsOfDays(form) {
  if (chosen(form, "when") !== "other") return [];
  const [from, to] = [value(form, "firstDay"), value(form, "lastDay")];
  if (!from && !to) return [];
  const [first, last] = [readDay(from), readDay(to)];
  const faults = [];
  if (first === null || first > today()) faults.push({ input: "firstDay", words: DAY_WORDS });
  if (to && (last === null || last > today())) faults.push({ input: "lastDay", words: LAST_WORDS });
  else if (last !== null && first !== null && last < first) {
    faults.push({ input: "lastDay", words: "De laatste dag ligt vóór de eerste dag" });
  }
  return faults;
}

function faultsOfAdded(form) {
  const faults = [];
  for (const { legend, ids, values } of added(form, "vehicle")) {
    if (values.country && !/^[a-z]{2}$/i.test(values.country)) {
      faults.push({ input: ids.country, words: `${legend}: een land heeft 2 letters, bijvoorbeeld NL` });
    }
  }
  for (const { legend, ids, values } of added(form, "company")) {
    if (values.kvkNumber && !/^[0-9]{8}$/.test(values.kvkNumber.replace(/[\s.]/g, ""))) {
      faults.push({ input: ids.kvkNumber, words: `${legend}: een KvK-nummer heeft 8 cijfers` });
    }
  }
  return faults;
}

const KIND_OF = { persons: "person", vehicles: "vehicle", companies: "company", phoneNumbers: "contact", ibans: "contact", emails: "contact" };
const FIELD_OF = { phoneNumbers: "phone", ibans: "iban", emails: "email" };
const INPUT_OF = {
  observedFrom: "firstDay", observedTo: "lastDay", urgency: "urgency-normal", confidentiality: "confidentiality-named",
  reporter: "phone", observation: "observation-own", capacity: "capacity-other", safety: "safety-weapon", requestOtherCoordinator: "goOnHere",
};

/** Faults the desk itself found (problem+json `errors`), tied to the field their pointer names. */
export function faultsFrom(problem, form) {
  return (problem?.errors ?? []).map(({ pointer = "", detail }) => {
    const [top, second, third] = pointer.replace(/^#?\//, "").split("/");
    return { input: inputFor(form, top, second, third), words: detail ?? "Dit klopt niet" };
  });
}

function inputFor(form, top, second, third) {
  if (KIND_OF[top]) {
    const name = third ?? FIELD_OF[top];
    const holding = added(form, KIND_OF[top]).filter(({ values }) =>
      FIELD_OF[top] ? values[name] : Object.values(values).some(Boolean));
    return holding[Number(second)]?.ids[name] ?? null;
  }
  const id = top === "location" ? second : INPUT_OF[top] ?? top;
  return id && find(`#${CSS.escape(id)}`, form) ? id : null;
}
