// Who is signed in, as far as a page needs it. The session itself is a cookie no script can read.

import { ask } from "./http.js";
import { setClock } from "./dates.js";

const MAY_REPORT = ["employee", "coordinator", "deputy", "analyst", "officer"];
const RETURNS = ["/", "/inloggen", "/melden", "/opvolgen"];

/** The session, {signedIn: false} when there is none, or null when the desk cannot be reached. */
export async function currentSession() {
  const answer = await ask("GET", "/web/session");
  setClock(answer.headers.get("Date"));
  if (answer.status === 200) return answer.body;
  return answer.status === 401 ? { signedIn: false } : null;
}

/** One change under this session. */
export const change = (session, path, body = {}) =>
  ask("POST", path, { body, headers: { "X-Session-Token": session?.sessionToken ?? "" } });

/** Stay signed in; the answer's body is the session as it is then. */
export const stay = (session) => change(session, "/web/session-extensions");

export const mayReport = (session) => (session.roles ?? []).some((role) => MAY_REPORT.includes(role));

/** Whether somebody has no other role than that of an employee who reports. */
export const onlyReports = (session) => (session.roles ?? []).every((role) => role === "employee");

/** The same person at the same organisation: only then may a report go on under a new session. */
export const samePerson = (one, other) => one.person === other.person;

export const nameOf = (session) =>
  [session.display, session.organisationName].filter(Boolean).join(", ");

/** Ends the session, or all of this person's: {gone, address where she can sign out at the work account too}. */
export async function signOut(session, { everywhere = false } = {}) {
  const answer = await change(session, "/web/logouts", { everywhere });
  return { gone: [200, 204, 401].includes(answer.status), address: answer.body?.issuerSignOut ?? null };
}

/** The page of ours that the address names as the one to return to, or null. */
export function returnPath() {
  const wanted = new URLSearchParams(window.location.search).get("naar");
  return RETURNS.includes(wanted) ? wanted : null;
}

/**
 * Goes to the issuer to sign in, with `stepUp` once more and more strongly where this session began. Gives the
 * answer only where that failed.
 */
export async function signIn(session, { issuer, stepUp = false, returnTo } = {}) {
  const answer = await change(session, "/web/logins", { issuer, stepUp, returnTo: returnTo ?? undefined });
  if (answer.status !== 201) return answer;
  window.location.assign(answer.body.location);
  return null;
}
