// JSON to /web. A dropped connection and a service that is away are told apart from a refusal:
// after the first two nobody knows whether the desk kept it, so the same key must be used again.

export const PATIENCE = 20_000; // milliseconds before we call an answer lost

/**
 * One request. Gives {status, body, headers}; status 0 when no answer came.
 * `receipt` requests carry no cookie: whoever follows a report is nobody to us.
 */
export async function ask(method, path, { body, headers = {}, receipt = false } = {}) {
  const options = {
    method,
    headers: { Accept: "application/json, application/problem+json", ...headers },
    credentials: receipt ? "omit" : "same-origin",
    cache: "no-store",
    redirect: "error",
    referrerPolicy: "no-referrer",
    signal: AbortSignal.timeout(PATIENCE),
  };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  try {
    const response = await fetch(path, options);
    const text = await response.text();
    return { status: response.status, body: read(text), headers: response.headers };
  } catch {
    return { status: 0, body: null, headers: new Headers() };
  }
}

function read(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

/** Whether the desk may or may not have kept what was sent. */
export const unsure = (answer) => answer.status === 0 || answer.status >= 500;

/** Seconds the desk asks us to wait, or 0. */
export function retryAfter(answer) {
  const seconds = Number(answer.headers.get("Retry-After"));
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
}

/** The Dutch words for an answer that is not the one hoped for. */
export function wordsFor(answer) {
  if (answer.status === 429) {
    const minutes = Math.ceil(retryAfter(answer) / 60) || 15;
    return `Te veel pogingen. Probeer het over ${minutes} ${minutes === 1 ? "minuut" : "minuten"} opnieuw.`;
  }
  if (answer.status === 403) return `Dit mag u niet: ${answer.body?.detail ?? "uw rol geeft hier geen recht op."}`;
  if (unsure(answer)) return "Het meldpunt is nu niet bereikbaar. Probeer het over een minuut opnieuw.";
  return answer.body?.detail ?? "Er ging iets mis. Probeer het over een minuut opnieuw.";
}
