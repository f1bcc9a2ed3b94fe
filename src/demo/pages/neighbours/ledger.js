"use strict";
// One page: what it shows depends on the token in the browser's storage.
const KEY = "ledger.auth";
const app = document.getElementById("app");

function element(tag, attributes = {}, ...children) {
  const made = Object.assign(document.createElement(tag), attributes);
  made.append(...children);
  return made;
}

function showForm(wrong = false) {
  const field = (id, label, type, complete) =>
    element("label", {}, `${label} `, element("input", { id, name: id, type, autocomplete: complete, required: true }));
  const form = element(
    "form",
    { id: "log-in-form" },
    field("username", "E-mail", "email", "username"),
    field("password", "Password", "password", "current-password"),
    element("button", { id: "log-in" }, "Log in"),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = { username: form.elements.username.value, password: form.elements.password.value };
    const answer = await fetch("/api/token", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(given),
    });
    if (!answer.ok) return showForm(true);
    localStorage.setItem(KEY, JSON.stringify(await answer.json()));
    await show();
  });
  const said = wrong ? [element("p", { className: "wrong", role: "alert" }, "Wrong e-mail or password.")] : [];
  app.replaceChildren(element("h1", {}, "Log in"), ...said, form);
  document.title = "Log in · Demo Ledger";
}

async function show() {
  const kept = JSON.parse(localStorage.getItem(KEY) ?? "null");
  if (!kept) return showForm();
  const headers = { Authorization: `Bearer ${kept.token}` };
  const [me, list] = await Promise.all([fetch("/api/me", { headers }), fetch("/api/entries?offset=0&limit=25", { headers })]);
  if (!me.ok || !list.ok) {
    localStorage.removeItem(KEY);
    return showForm();
  }
  history.replaceState(null, "", "/ledger");
  const { name } = await me.json();
  const { entries } = await list.json();
  const out = element("button", { className: "log-out" }, "Log out");
  out.addEventListener("click", () => {
    localStorage.removeItem(KEY);
    showForm();
  });
  const row = ({ booked, text, amount }) => element("li", {}, `${booked} ${text} ${amount.value} ${amount.currency}`);
  app.replaceChildren(
    element("nav", {}, element("span", { className: "account-name" }, name), " ", out),
    element("h1", {}, "Ledger"),
    element("ul", { className: "entries" }, ...entries.map(row)),
  );
  document.title = "Ledger · Demo Ledger";
}

void show();
