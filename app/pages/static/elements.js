// Building and finding parts of a page. Text from people only ever becomes a text node.

export const find = (selector, root = document) => root.querySelector(selector);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/** A new element; `attributes` set as attributes, `children` appended as nodes or as text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const title = document.title;
const site = "Meldpunt Ondermijning";

/** The title says which step this is; never a code, a reference or a name. */
export function retitle(words) {
  document.title = words ? `${words} - ${site}` : title;
}

/** Shows one step of a page and hides the others; the focus goes to its h1. */
export function showStep(name, { focus = true, words = "" } = {}) {
  for (const gone of all("[data-fallback]")) gone.remove();
  for (const step of all("[data-step]")) step.hidden = step.dataset.step !== name;
  retitle(words);
  const step = find(`[data-step="${name}"]`);
  if (focus) {
    window.scrollTo(0, 0);
    find("h1", step).focus();
  }
  return step;
}

/** A button that is working says so and keeps the focus; a second press is ignored by its owner. */
export function busy(button, on) {
  const label = find("[data-label]", button) ?? button;
  if (on) {
    label.dataset.words ??= label.textContent;
    label.textContent = "Bezig…";
    button.setAttribute("aria-busy", "true");
  } else if (label.dataset.words) {
    label.textContent = label.dataset.words;
    button.removeAttribute("aria-busy");
  }
}

/**
 * Puts a message in a note with role=alert and moves the focus there. Without children the note is
 * emptied; a focus that was in it goes to the step's main button.
 */
export function tell(note, ...children) {
  const held = note.contains(document.activeElement);
  note.replaceChildren(...children);
  if (children.length) note.focus();
  else if (held) find("[data-send], [type=submit]", note.closest("[data-step]"))?.focus();
}
