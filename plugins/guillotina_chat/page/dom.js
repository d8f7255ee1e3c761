// Elements. Text goes in as text nodes only; nothing here parses HTML.

export const $ = (id) => document.getElementById(id);

/** An element with these properties (`class`, `aria-…` and `data-…` are attributes) and children. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element && name !== "list") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Shows a message in an element made for it, or hides it. If that takes the focus away, `next` gets it. */
export function tell(element, text, next) {
  const focused = element.contains(document.activeElement);
  (element.querySelector("span") ?? element).textContent = text ?? "";
  element.hidden = !text;
  if (focused && !text) next?.focus();
}

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });
const SHORT_DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "short" });

export const dayOf = (message) => DAY.format(new Date(message.creation_date));

export function timeOf(message) {
  return el("time", { dateTime: message.creation_date }, TIME.format(new Date(message.creation_date)));
}

/** The time today, the day otherwise. */
export function whenOf(message) {
  const at = new Date(message.creation_date);
  const today = at.toDateString() === new Date().toDateString();
  return el("time", { dateTime: message.creation_date }, (today ? TIME : SHORT_DAY).format(at));
}
