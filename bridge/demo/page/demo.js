// The demo's own strings: who visits, what is in the cart, which desk is in front. The chat and the consoles
// are the real ones; this page only presses what a customer or an agent could press.

const TENANT = "acme";
const DESKS = ["support", "sales"];
const RICH = 500; // euros above which the cart goes to sales

const STACKED = matchMedia("(max-width: 820px)");

const all = (selector) => [...document.querySelectorAll(selector)];
const one = (selector) => document.querySelector(selector);
const bridge = () => window.HandoffBridge ?? {};

let visitor = "regular";
let agent = "Ana";

// ---- the customer

async function become(who) {
  visitor = who;
  const answer = await fetch(`/demo/identity?who=${encodeURIComponent(who)}`).then((a) => a.json(), () => ({}));
  await beginAnew();
  bridge().setIdentity?.(answer.identity ?? null);
  press("data-visitor", who);
}

// The old conversation ends, so that nobody at the desk waits for a customer who went away.
async function beginAnew() {
  await bridge().end?.();
  bridge().reset?.();
}

function fillCart(value) {
  const euros = Math.max(0, Math.min(1000, value));
  one("#cart").value = euros;
  one("#cart-value").textContent = `${euros} €`;
  one(".cart").classList.toggle("rich", euros > RICH);
  bridge().setCart?.(euros);
}

// An example begins a new chat, so that what was said before does not decide. One at a time.
async function tryOut({ example, say, who = "regular", cart = "0" }) {
  explain(example);
  await arrived;
  if (who !== visitor) await become(who);
  await beginAnew();
  fillCart(Number(cart));
  bridge().send?.(say);
  if (STACKED.matches) one(".lesson").scrollIntoView();
}

function explain(example) {
  for (const lesson of all("[data-lesson]")) lesson.hidden = lesson.dataset.lesson !== example;
  for (const button of all(".tries-row [data-example]")) {
    button.setAttribute("aria-current", String(button.dataset.example === example));
  }
}

// ---- the team

async function seat(name) {
  agent = name;
  press("data-agent", name);
  const seated = await Promise.all(DESKS.map((desk) => signIn(desk, name)));
  if (!seated.every(Boolean)) tell(`${name} could not be signed in. Sign in by hand.`);
  for (const frame of all("[data-frame]")) {
    frame.src = `/console?tenant=${TENANT}&desk=${frame.dataset.frame}&as=${encodeURIComponent(name)}`;
  }
}

function signIn(desk, name) {
  const body = JSON.stringify({ name });
  const headers = { "Content-Type": "application/json" };
  return fetch(`/console/${TENANT}/${desk}/session`, { method: "POST", headers, body }).then((a) => a.ok, () => false);
}

function front(desk) {
  press("data-desk", desk);
  for (const frame of all("[data-frame]")) {
    frame.classList.toggle("behind", frame.dataset.frame !== desk);
  }
}

// Each console says how many wait at its desk.
function count(event) {
  if (event.origin !== location.origin || event.data?.from !== "console") return;
  const frame = all("[data-frame]").find((one) => one.contentWindow === event.source);
  if (!frame) return;
  frame.dataset.waiting = event.data.waiting;
  const button = one(`[data-desk="${frame.dataset.frame}"]`);
  button.querySelector(".count").hidden = event.data.waiting === 0;
  button.querySelector("b").textContent = event.data.waiting;
  const waiting = all("[data-frame]").reduce((sum, each) => sum + Number(each.dataset.waiting ?? 0), 0);
  document.title = waiting ? `(${waiting}) Handoff Bridge demo` : "Handoff Bridge demo";
}

// ---- the page

function press(attribute, value) {
  for (const button of all(`[${attribute}]`)) {
    button.setAttribute("aria-pressed", String(button.getAttribute(attribute) === value));
  }
}

function tell(words) {
  const said = one("#said");
  said.textContent = words;
  said.hidden = false;
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => { said.hidden = true; }, 6000);
}

const onPress = (selector, act) =>
  all(selector).forEach((button) => button.addEventListener("click", () => act(button.dataset, button)));

let trying = Promise.resolve();
onPress("[data-say]", (example) => (trying = trying.then(() => tryOut(example))));
onPress("[data-visitor]", ({ visitor: who }) => who !== visitor && become(who));
onPress("[data-add]", ({ add }) => fillCart(Number(one("#cart").value) + Number(add)));
onPress("[data-desk]", ({ desk }) => front(desk));
onPress("[data-agent]", ({ agent: name }) => name !== agent && seat(name));
onPress("#new-chat", beginAnew);
one("#cart").addEventListener("input", (event) => fillCart(Number(event.target.value)));
addEventListener("message", count);

const arrived = become(visitor);
seat(agent);
