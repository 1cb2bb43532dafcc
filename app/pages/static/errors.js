// Faults in a form: a summary on top that takes the focus, and "Fout: ..." beside each field.

import { all, find, make } from "./elements.js";

const lower = (words) => words[0].toLowerCase() + words.slice(1);

/** Takes away what an earlier check said. */
export function clearFaults(step) {
  find("[data-summary]", step).replaceChildren();
  for (const words of all(".error-text", step)) words.remove();
  for (const place of all(".wrong", step)) place.classList.remove("wrong");
  for (const input of all("[aria-invalid]", step)) {
    input.removeAttribute("aria-invalid");
    const left = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && !id.endsWith("-error"));
    if (left.length) input.setAttribute("aria-describedby", left.join(" "));
    else input.removeAttribute("aria-describedby");
  }
}

/**
 * Shows faults [{input: id of a field or null, words}]. The title starts with "Fout", the focus goes
 * to the summary, its links go to the fields.
 */
export function showFaults(step, heading, faults) {
  clearFaults(step);
  const list = make("ul", { class: "plain" });
  for (const fault of faults) list.append(make("li", {}, mark(step, fault)));
  const summary = make("div", { class: "summary", role: "alert", tabindex: "-1" },
    make("h2", {}, heading), list);
  find("[data-summary]", step).append(summary);
  document.title = `Fout: ${lower(heading)} - Meldpunt Ondermijning`;
  window.scrollTo(0, 0);
  summary.focus();
}

function mark(step, { input, words }) {
  const field = input && step.querySelector(`#${CSS.escape(input)}`);
  if (!field) return words;
  const place = field.closest(".red, .more-colleague, .field, .question") ?? field.parentElement;
  const error = make("span", { class: "error-text", id: `${input}-error` }, `Fout: ${lower(words)}`);
  const choices = field.type === "radio" ? all(`[name="${field.name}"]`, step) : [field];
  for (const choice of choices) {
    choice.setAttribute("aria-invalid", "true");
    choice.setAttribute("aria-describedby", [choice.getAttribute("aria-describedby"), error.id].filter(Boolean).join(" "));
  }
  const before = field.closest(".tiles") ?? field.closest(".tile") ?? field;
  before.before(error);
  place.classList.add("wrong");
  const link = make("a", { href: `#${input}` }, words);
  link.addEventListener("click", (event) => {
    event.preventDefault();
    field.focus();
    place.scrollIntoView({ block: "nearest" });
  });
  return link;
}
