import type { WordKey } from "staylogged-connect";
import { WORDS } from "@/login/words";

export const en: Record<WordKey, string> = {
  title: WORDS.title("{name}"),
  "title.any": "Connect an account",
  "state.looking": "One moment...",
  "state.choose": "Choose what to connect.",
  "state.asking": "One question first.",
  "state.launching": WORDS.launching,
  "state.awaiting": WORDS.awaiting,
  "state.detected": WORDS.detected,
  "state.verifying": WORDS.verifying,
  "state.otherAccount": "Another account is logged in.",
  "state.saved": WORDS.saved,
  "state.failed": WORDS.failed,
  "state.cancelled": WORDS.cancelled,
  "state.expired": WORDS.expired,
  "state.refused": "This cannot be opened.",

  "choose.connected": WORDS.connected,
  "choose.needsReconnect": WORDS.needsReconnect,
  "choose.none": "There is nothing here that could be connected.",

  "params.optional": "may be left out",
  "params.example": "For example: {example}",
  "params.missing": "Please fill this in.",
  "params.invalid": "This will not do. It should look like this: {example}",
  "params.other": "With this {name} cannot be opened.",
  "params.elsewhere":
    "This leads to another place than before. When it is saved, what was fetched from the one before is deleted.",
  "prime.login.title": "You log in yourself",
  "prime.login.text":
    "A private browser opens {name} for you. Your password and codes go to {name} alone: they are never stored here.",
  "prime.kept.title": "Only the session is kept",
  "prime.kept.text": "What makes {name} remember you is tried out once more on its own, then sealed and kept.",
  "prime.kept.for": "It is used to fetch: {what}.",
  "prime.long.title": "For how long",
  "prime.long.until": "Until {name} ends it, or you do.",
  "prime.long.most": "Until {name} ends it or you do; for {time} at most.",
  "prime.end.title": "You can end it at any time",
  "prime.end.text": "Disconnect, and the session is deleted. Logging out of all devices at {name} ends it too.",
  "prime.again": "This was connected as {account}. Please log in with that account again.",
  "prime.agree": "By continuing you agree to this. Nothing is kept before you say that you are done.",
  "prime.continue": WORDS.resume,
  "prime.summary": "What is kept, and how to end it",

  "work.launching": "The browser starts on the server. That takes a few seconds.",
  "work.account": "Log in as {account}.",
  "work.hint.awaiting": "Log in to {name} above, as you always do. Your password goes to {name} only.",
  "work.notice.challenge": "{name} asks for a code or another proof that it is you. Give it above: it goes to {name} only.",
  "work.notice.refused": "{name} did not accept that. Look at what it says above, and try again.",
  "work.hint.leave": "Esc twice leaves the view.",
  "work.hint.detected": "Press “{finish}” to have it verified and saved.",
  "work.hint.detectedAuto": "It goes on by itself.",
  "work.hint.verifying": "The login is tried once more, on its own, before it is kept.",

  "window.title": "The browser window is open on this computer",
  "window.text": "Log in to {name} in that window. Then come back here.",
  "window.show": "Show it here too",
  "window.hide": "Do not show it here",

  "time.left": "{time} left",
  "time.more": "More time",
  "time.extended": "You have more time: until {time}.",

  "idle.title": "Are you still there?",
  "idle.text": "Nothing has happened for a while. The browser closes in {time}.",
  "idle.stay": "I'm still here",

  "notDetected.title": WORDS.notDetected,
  "notDetected.text": "Make sure that you are fully logged in to {name}, then try again. The browser stays open.",
  "notDetected.looked": "What was looked for",
  "notDetected.seen": "Seen: {what}",
  "notDetected.true": "holds",
  "notDetected.false": "does not hold",
  "notDetected.unknown": "could not be looked at",

  "reason.gone": "The site no longer looks logged in.",
  "reason.notElsewhere":
    "The login did not work when it was tried once more, on its own. Please log in again, and press the button when you are done.",
  "reason.otherAccount": "The other account was not saved. Log in as {expected}.",
  "reason.other": "Please log in once more.",

  "other.title": "This is a different account",
  "other.text": "So far it was {expected}. Now {found} is logged in.",
  "other.question": "Keep this one instead? The session of {expected} is then deleted.",
  "other.records": "What was read as {expected} is deleted.",
  "other.replace": "Keep {found}",
  "other.back": "Log in as {expected}",

  "verify.seen": "Login seen",
  "verify.tried": "Tried once more, on its own",
  "verify.sealed": "Sealed and saved",

  "saved.text": "The session is kept, sealed.",
  "saved.account": "Connected as {account}.",
  "saved.closes": "This window closes by itself.",
  "saved.page": "You can close this page. It goes on where you began.",

  "cancelled.text": "The browser was closed and nothing was saved.",
  "expired.deadline":
    "Nobody finished the login in time, so the browser was closed. Nothing was saved. You can begin again at once.",
  "expired.idle":
    "Nothing happened for a while, so the browser was closed. Nothing was saved. You can begin again at once.",

  "failure.browser_unavailable":
    "The browser on the server could not be started. Please try again; if it happens again, tell those who run this service.",
  "failure.browser_lost":
    "The browser on the server ended unexpectedly. Nothing that was saved before is lost. Please try again.",
  "failure.interrupted":
    "The service stopped in the middle of this login. Nothing that was saved before is lost. Please try again.",
  "failure.site_unreachable": "{name} could not be opened. It may be down for the moment. Please try again.",
  "failure.verification_failed":
    "It could not be told for sure whether you are logged in: {name} may be slow, or refuse us for the moment. Please try again.",
  "failure.session_too_large":
    "{name} keeps more in the browser than can be saved here. Trying again will not help: please tell those who run this service.",
  "failure.internal": "Something went wrong on our side. Please try again.",
  "failure.id": "Id of this login, to quote when you ask for help",

  "problem.unreachable": "The service does not answer. Are you online? It may also be restarting: try again in a moment.",
  "problem.token": "This link or window is no longer valid. Please go back to where you came from and open it anew.",
  "problem.notForThis": "This link does not allow that. Please go back to where you came from.",
  "problem.key": "The service asks for an access key. Enter it on the integrations page first.",
  "problem.notFound": "This login is not there any more. Please begin anew.",
  "problem.provider": "This site is not known here.",
  "problem.full": "Too many people are logging in just now. Please try again in a minute.",
  "problem.over": "This login is over already.",
  "problem.extended": "The time was extended already; that is possible once.",
  "problem.other": "That did not work. Please try again in a moment.",

  "leave.title": "Stop connecting?",
  "leave.text": "The browser is closed, and nothing is saved.",
  "leave.stay": "Keep going",
  "leave.go": "Stop",

  "phone.open": "Continue on your phone",
  "phone.text": "Point your phone's camera at this code. The same browser appears there, as you left it.",
  "phone.until": "Until {time}, whoever has this link can take part in this login. Give it to nobody else.",
  "phone.local": "This page is at {host}. Only this computer can reach it, so a phone cannot.",
  "phone.code": "QR code with the link for your phone",
  "watch.open": "Share a view-only link",
  "watch.text": "Whoever opens it sees this browser and cannot click or type, until the login is over or you end the link.",
  "watch.careful": "They see what you see: cover codes and personal data, or share later.",
  "link.label": "Link",
  "link.copy": "Copy link",
  "link.end": "End this link",
  "link.ended": "The link has been ended.",
  "link.making": "Making a link…",

  finish: WORDS.finish,
  again: "Try again",
  cancel: "Cancel",
  close: "Close",
  "close.cancel": "Close and cancel the login",
  dismiss: "Dismiss",
  done: "Done",
  copy: "Copy",
  copied: "Copied",
  "copy.failed": "Select it and copy it by hand.",
  lost: WORDS.lost,
};
