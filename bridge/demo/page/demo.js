// The demo's own strings: who visits, what is in the cart, which desk is in front. The chat and the consoles
// are the real ones; this page only presses what a customer or an agent could press.

const TENANT = "acme";
const DESKS = ["support", "sales"];
const RICH = 500; // euros above which the cart goes to sales

const SMALL = matchMedia("(max-height: 1050px)"); // where the list of examples would hide what they do
const STACKED = matchMedia("(max-width: 820px)");

const all = (selector) => [...document.querySelectorAll(selector)];
const one = (selector) => document.querySelector(selector);
const bridge = () => window.HandoffBridge ?? {};

let visitor = "";
let agent = "Ana";

// ---- the customer

async function become(who) {
  visitor = who;
  press("data-visitor", who);
  const answer = await fetch(`/demo/identity?who=${encodeURIComponent(who)}`).then((a) => a.json(), () => ({}));
  bridge().reset?.();
  bridge().setIdentity?.(answer.identity ?? null);
}

function fillCart(value) {
  const euros = Math.max(0, Math.min(1000, value));
  one("#cart").value = euros;
  one("#cart-value").textContent = `${euros} €`;
  one(".cart").classList.toggle("rich", euros > RICH);
  bridge().setCart?.(euros);
}

// An example begins a new chat, so that what was said before does not decide.
async function tryOut({ say, who = "", cart = "0" }) {
  if (who !== visitor) await become(who);
  else bridge().reset?.();
  fillCart(Number(cart));
  send(say);
  if (SMALL.matches) one("#tries").open = false;
  if (STACKED.matches) one(".customer").scrollIntoView();
}

function send(text) {
  if (bridge().send) return bridge().send(text);
  if (!typeIn(text)) tell(`Write this to the shop: “${text}”`);
}

// A chat that offers no `send`: the words are typed into its line, as a customer would.
function typeIn(text) {
  const root = one("#handoff-bridge")?.shadowRoot;
  const line = root?.querySelector("textarea");
  if (!line) return false;
  line.value = text;
  line.dispatchEvent(new Event("input", { bubbles: true }));
  line.form?.requestSubmit();
  return true;
}

// ---- the team

async function seat(name) {
  agent = name;
  press("data-agent", name);
  const signedIn = await Promise.all(DESKS.map((desk) => signIn(desk, name)));
  if (!signedIn.every(Boolean)) tell(`${name} could not be signed in. Sign in by hand.`);
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
  button.querySelector(".dot").hidden = event.data.waiting === 0;
  button.title = event.data.waiting ? `${event.data.waiting} waiting` : "Nobody is waiting";
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

onPress("[data-say]", tryOut);
onPress("[data-visitor]", ({ visitor: who }) => who !== visitor && become(who));
onPress("[data-add]", ({ add }) => fillCart(Number(one("#cart").value) + Number(add)));
onPress("[data-desk]", ({ desk }) => front(desk));
onPress("[data-agent]", ({ agent: name }) => name !== agent && seat(name));
onPress("#new-chat", () => bridge().reset?.());
one("#cart").addEventListener("input", (event) => fillCart(Number(event.target.value)));
addEventListener("message", count);

seat(agent);
