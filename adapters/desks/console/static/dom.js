// The page's only ways to make and fill elements. Text is always text: nothing here parses markup.

export const byId = (id) => document.getElementById(id);

export function make(tag, { cls = "", text = null, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (cls) element.className = cls;
  if (text !== null) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter(Boolean));
  return element;
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function show(element, visible) {
  element.hidden = !visible;
}

// Lets a text area grow with what is in it, up to the height that its style sheet allows.
export function fit(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}

// What may stand as a link, as the browser reads it; empty for anything else.
export function webAddress(text) {
  try {
    const address = new URL(text, location.origin);
    return text && ["http:", "https:"].includes(address.protocol) ? address.href : "";
  } catch {
    return "";
  }
}

// Settings of this browser. Without storage (private windows) they last as long as the tab.
const memory = new Map();

export function remembered(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return memory.get(name) ?? null;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    memory.set(name, value);
  }
}
