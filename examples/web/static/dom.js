// Elements are made of text nodes, never of markup: what people write stays text.

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const fullDate = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

export const time = (text) => (text ? clock.format(new Date(text)) : "");
export const day = (text) => (text ? fullDate.format(new Date(text)) : "");

export function shortTime(text) {
  if (!text) return "";
  const moment = new Date(text);
  return moment.toDateString() === new Date().toDateString() ? clock.format(moment) : date.format(moment);
}
