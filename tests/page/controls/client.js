// Tells the site what each control is given, in the order in which it happens. Looked at in passing (`?still`), it tells nothing.
const still = new URLSearchParams(location.search).has("still");
let before = Promise.resolve();

function tell(name, value) {
  if (still) return;
  const body = JSON.stringify({ name, value });
  before = before.then(() => fetch("/told", { method: "POST", body, keepalive: true })).catch(() => undefined);
}

async function valueOf(control) {
  if (control.type === "file") return Promise.all([...control.files].map(async (file) => ({ name: file.name, text: await file.text() })));
  if (control.type === "checkbox") return control.checked;
  if (control.multiple) return [...control.selectedOptions].map((option) => option.value);
  return control.value;
}

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, async ({ target }) => target.name && tell(target.name, await valueOf(target)));
}
document.addEventListener("paste", ({ target }) => tell(`${target.name} pasted`, true));
const on = (id, kind, act) => document.getElementById(id)?.addEventListener(kind, act);

// Dialogs, each answered before the script goes on.
on("alert", "click", () => tell("alert", (alert("The market opens at nine."), "closed")));
on("confirm", "click", () => tell("confirm", confirm("Close the stall for today?")));
on("prompt", "click", () => tell("prompt", prompt("What is the stall called?", "Stall 1")));

// Asked before the page is left, while there is something in it.
addEventListener("beforeunload", (event) => document.getElementById("note")?.value && event.preventDefault());

// A login in a window of its own.
on("pop-up", "click", () => window.open("/pop-up", "", "width=420,height=360"));
window.addEventListener("message", (event) => event.origin === location.origin && tell("pop-up", event.data));
on("pop-up-form", "submit", (event) => {
  event.preventDefault();
  window.opener.postMessage(`signed in: ${document.getElementById("pop-up-name").value}`, location.origin);
  window.close();
});

// Dragging, by the browser and by the page itself.
on("card", "dragstart", (event) => event.dataTransfer.setData("text/plain", "the card"));
on("tray", "dragover", (event) => event.preventDefault());
on("tray", "drop", (event) => {
  event.preventDefault();
  event.target.textContent = `Here is ${event.dataTransfer.getData("text/plain")}.`;
  tell("drop", event.dataTransfer.getData("text/plain"));
});
on("knob", "pointerdown", (event) => event.target.setPointerCapture(event.pointerId));
on("knob", "pointermove", (event) => {
  if (!event.target.hasPointerCapture(event.pointerId)) return;
  const track = event.target.parentElement.getBoundingClientRect();
  const to = Math.max(0, Math.min(track.width - 34, event.clientX - track.left - 17));
  event.target.style.left = `${to}px`;
  tell("knob", Math.round((to / (track.width - 34)) * 10) * 10);
});
on("copy-code", "click", () => navigator.clipboard.writeText("CODE-77-QX"));
document.addEventListener("selectionchange", () => tell("selected", String(getSelection()).includes("The quick brown fox")));

// Fingers.
let apart = 0;
let turns = 0;
const between = ([a, b]) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
on("pad", "touchstart", (event) => {
  tell("fingers", event.touches.length);
  if (event.touches.length === 2) apart = between(event.touches);
});
on("pad", "touchmove", (event) => {
  if (event.touches.length === 2) tell("pinch", between(event.touches) > apart * 1.5 ? "wider" : "as it was");
});
addEventListener("scroll", () => tell("scrolled", scrollY > 100), { passive: true });
addEventListener("resize", () => tell("turned", [++turns, innerWidth > innerHeight ? "landscape" : "portrait"][1]));

// What is stopped.
on("passkey", "click", async () => {
  const publicKey = { challenge: new Uint8Array(16), rpId: location.hostname, userVerification: "preferred" };
  await navigator.credentials.get({ publicKey }).catch((error) => tell("passkey", error.name));
  document.getElementById("other-way").hidden = false;
});
on("other-way", "click", () => tell("way", "password"));
on("where", "click", () =>
  navigator.geolocation.getCurrentPosition(
    () => tell("where", "known"),
    (error) => tell("where", error.code === error.PERMISSION_DENIED ? "denied" : "unknown"),
  ),
);

// The form by which somebody signs up.
on("sign-up", "submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const wrong = form.elements.password.value.length < 12;
  const error = document.getElementById("password-error");
  error.hidden = !wrong;
  form.elements.password.setAttribute("aria-invalid", String(wrong));
  if (wrong) return tell("refused", "password");
  tell("signed up", { email: form.elements.email.value, password: form.elements.password.value, plan: form.elements.plan.value, terms: form.elements.terms.checked });
  await before;
  await fetch("/enter", { method: "POST" });
  location.assign("/welcome");
});
if (document.body.dataset.me) {
  fetch("/me")
    .then((answer) => answer.json())
    .then(({ email }) => (document.getElementById("who").textContent = `Signed in as ${email}`));
}
