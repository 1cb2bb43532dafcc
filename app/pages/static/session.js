// Who is signed in, as far as a page needs it. The session itself is a cookie no script can read.

import { ask } from "./http.js";
import { setClock } from "./dates.js";

const MAY_REPORT = ["employee", "coordinator", "deputy", "analyst", "officer"];

/** The session, {signedIn: false} when there is none, or null when the desk cannot be reached. */
export async function currentSession() {
  const answer = await ask("GET", "/web/session");
  setClock(answer.headers.get("Date"));
  if (answer.status === 200) return answer.body;
  return answer.status === 401 ? { signedIn: false } : null;
}

export const mayReport = (session) => (session.roles ?? []).some((role) => MAY_REPORT.includes(role));

/** Whether somebody has no other role than that of an employee who reports. */
export const onlyReports = (session) => (session.roles ?? []).every((role) => role === "employee");

/** The same person at the same organisation: only then may a report go on under a new session. */
export const samePerson = (one, other) =>
  one.display === other.display && one.organisationId === other.organisationId;

export const nameOf = (session) =>
  [session.display, session.organisationName].filter(Boolean).join(", ");

/** Ends the session; a true answer means that it is gone. */
export async function signOut(session) {
  const answer = await ask("POST", "/web/logouts", {
    body: {},
    headers: { "X-Session-Token": session.sessionToken ?? "" },
  });
  return answer.status === 204 || answer.status === 401;
}
