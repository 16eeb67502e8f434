// The console begins here: is this browser seated at the desk that the address names? If not, it asks.

import { Api } from "./api.js";
import { Desk } from "./desk.js";
import { byId, setText, show } from "./dom.js";

const asked = new URLSearchParams(location.search);
const form = byId("signin-form");
let desk = null;

function askToSignIn() {
  desk?.live.stop();
  show(byId("desk"), false);
  show(byId("signin"), true);
  document.title = "Sign in";
  const first = ["tenant", "desk", "name"].find((name) => !form.elements[name].value) ?? "key";
  form.elements[first].focus();
}

function open(api, tenant, name, session) {
  show(byId("signin"), false);
  show(byId("desk"), true);
  const place = `${session.company} · ${name}`;
  setText(byId("desk-name"), place);
  setText(byId("me"), session.agent);
  document.title = place;
  const address = new URLSearchParams({ tenant, desk: name });
  history.replaceState(null, "", `?${address}`);
  // A new sign-in is a new page: nothing of the last agent stays on it.
  if (desk) return location.reload();
  desk = new Desk(api, place, askToSignIn);
  byId("signout").addEventListener("click", () => api.signOut().finally(() => location.reload()));
  desk.start();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const given = Object.fromEntries(new FormData(form));
  const [tenant, name] = [given.tenant.trim(), given.desk.trim()];
  const api = new Api(tenant, name);
  setText(byId("signin-error"), "");
  try {
    await api.signIn(given.name, given.key);
    form.elements.key.value = "";
    open(api, tenant, name, await api.session());
  } catch (error) {
    const wrong = error.status === 401 ? "That is not right. Check desk, name and key." : error.message;
    setText(byId("signin-error"), wrong);
  }
});

async function begin() {
  const [tenant, name] = [asked.get("tenant") ?? "", asked.get("desk") ?? ""];
  form.elements.tenant.value = tenant;
  form.elements.desk.value = name;
  if (!tenant || !name) return askToSignIn();
  const api = new Api(tenant, name);
  try {
    open(api, tenant, name, await api.session());
  } catch {
    askToSignIn();
  }
}

begin();
