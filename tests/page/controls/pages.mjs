// The pages of the site of controls. Each fits into a small view, so that nothing has to be looked for.

const LINKS = { pickers: "Pickers", text: "Text", asking: "Asking", moving: "Moving", frames: "Frames", stops: "Stops", fingers: "Fingers", "sign-up": "Sign up" };

export const titleOf = (name) => `${LINKS[name]} · Controls`;

function html(title, body, { links = true, attributes = "" } = {}) {
  const nav = links ? `<nav>${Object.entries(LINKS).map(([name, text]) => `<a id="to-${name}" href="/${name}">${text}</a>`).join("")}</nav>` : "";
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><link rel="stylesheet" href="/style.css"><link rel="icon" href="data:,"></head>
<body ${attributes}>${nav}${body}<script src="/client.js"></script></body></html>`;
}

const field = (label, type, name, more = "") => `<label>${label}<input id="${name}" name="${name}" type="${type}" ${more}></label>`;
const options = (pairs) => pairs.map(([value, text]) => `<option value="${value}">${text}</option>`).join("");

const COUNTRY = `<label>Country<select id="country" name="country"><option value="">Choose one</option>
<optgroup label="America">${options([["br", "Brazil"], ["uy", "Uruguay"]])}</optgroup>
<optgroup label="Europe">${options([["pt", "Portugal"], ["es", "Spain"]])}<option value="at" disabled>Atlantis (closed)</option></optgroup></select></label>`;

const inFrame = (which) =>
  html(`In the frame (${which})`, `<main class="wide"><label>Colour of the door<select id="door" name="${which} door">
    ${options([["", "Choose one"], ["red", "Red"], ["green", "Green"]])}</select></label>${`<label>Sign<input id="sign" name="${which} sign" type="text"></label>`}</main>`, {
    links: false,
  });

export const PAGES = {
  pickers: () =>
    html(
      titleOf("pickers"),
      `<h1>Pickers</h1><main>${COUNTRY}
      <label>Plan<select id="plan" name="plan">${options([["monthly", "Monthly"], ["quarterly", "Quarterly"], ["yearly", "Yearly"]])}</select></label>
      ${field("Birthday", "date", "date", 'min="1920-01-01" max="2026-12-31"')}${field("Opening time", "time", "time")}
      ${field("Delivery", "datetime-local", "moment")}${field("Month", "month", "month")}${field("Week", "week", "week")}
      ${field("Colour", "color", "colour", 'value="#336699"')}
      <label>Languages<select id="languages" name="languages" multiple size="4">${options([["en", "English"], ["pt", "Portuguese"], ["es", "Spanish"], ["fr", "French"]])}</select></label></main>`,
    ),
  text: () =>
    html(
      titleOf("text"),
      `<h1>Text</h1><main>${field("E-mail", "email", "email", 'autocomplete="username"')}${field("Password", "password", "password", 'autocomplete="current-password"')}
      ${field("Nickname", "text", "nickname")}${field("Shalom", "text", "shalom", 'dir="auto"')}
      ${field("Reference", "text", "reference", 'value="REF-2026-4711" readonly')}
      ${field("Code", "text", "code", 'inputmode="numeric" autocomplete="one-time-code"')}
      <div><button id="copy-code" type="button">Copy the code</button></div></main>`,
    ),
  asking: () =>
    html(
      titleOf("asking"),
      `<h1>Asking</h1><main><button id="alert">Alert</button><button id="confirm">Confirm</button><button id="prompt">Prompt</button>
      ${field("Invoice", "file", "invoice", 'accept=".txt,text/plain"')}<a id="to-private" href="/private">Inner rooms</a>
      ${field("Note", "text", "note")}
      <button id="pop-up">Sign in in a window</button></main>`,
    ),
  moving: () =>
    html(
      titleOf("moving"),
      `<h1>Moving</h1><main class="wide"><div id="card" draggable="true">A card</div><div id="tray">Put it here</div>
      <div id="track"><div id="knob"></div></div><p id="fox">The quick brown fox jumps over the lazy dog.</p></main>`,
    ),
  frames: ({ port }) =>
    html(
      titleOf("frames"),
      `<h1>Frames</h1><main><iframe id="same" src="/same-frame" title="Of this site"></iframe>
      <iframe id="other" src="http://other.test-site.localhost:${port}/other-frame" title="Of another site"></iframe></main>`,
    ),
  "same-frame": () => inFrame("same"),
  "other-frame": () => inFrame("other"),
  stops: ({ dead, port, unproven }) =>
    html(
      titleOf("stops"),
      `<h1>Stops</h1><main><div><button id="passkey">Use a passkey</button><button id="other-way" hidden>Try another way</button></div>
      <a id="report" href="/report.pdf">The report</a><button id="where">Where am I?</button>
      <a id="outside" href="http://elsewhere.localhost:${port}/pickers">Elsewhere</a><a id="dead" href="${dead}/stops">A dead site</a>
      <a id="unproven" href="${unproven}/stops">A site that cannot prove itself</a></main>`,
    ),
  "sign-up": () =>
    html(
      titleOf("sign-up"),
      `<h1>Open a stall</h1><form id="sign-up" novalidate><main>${field("E-mail", "email", "email", 'autocomplete="email" required')}
      <label>Password<input id="password" name="password" type="password" autocomplete="new-password" aria-describedby="password-error" required></label>
      <label>Plan<select id="plan" name="plan">${options([["free", "Free"], ["paid", "Paid"]])}</select></label>
      <div><label for="terms"><input id="terms" name="terms" type="checkbox">I accept the rules of the market</label></div>
      <p id="password-error" class="error" hidden>Use twelve characters or more.</p><button id="create" type="submit">Create the account</button></main></form>`,
    ),
  fingers: () =>
    html(
      titleOf("fingers"),
      `<h1>Fingers</h1><main class="wide"><div id="pad">Two fingers here</div><p id="below">Below there is more.</p>
      <div style="height:1800px"></div><p>The end.</p></main>`,
    ),
};

export const popUp = () =>
  html(
    "Sign in · Window",
    `<h1>Sign in</h1><form id="pop-up-form"><main class="wide">${field("Name", "text", "pop-up-name")}<button id="pop-up-go" type="submit">Sign in</button></main></form>`,
    { links: false },
  );

export const privatePage = () => html("Inner rooms · Controls", `<h1>Inner rooms</h1><p>You are in.</p>`);

export const welcome = () =>
  html("Welcome · Controls", `<h1>Welcome</h1><p id="who">…</p><ul><li class="room">The hall</li><li class="room">The yard</li></ul>`, {
    attributes: 'data-me="yes"',
  });
