// The backend's endpoints, and what is shown when one of them fails.

export class Problem extends Error {}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Problem("No connection. Trying again may help.");
  }
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Problem(answer.error ?? "That did not work.");
  return answer;
}

const dialogPath = (dialogId) => `api/dialogs/${encodeURIComponent(dialogId)}`;
const query = (values) => new URLSearchParams(Object.entries(values).filter(([, value]) => value)).toString();

export const me = () => ask("api/me");
export const dialogs = (find, cursor, signal) => ask(`api/dialogs?${query({ find, cursor })}`, { signal });
export const history = (dialogId, cursor) => ask(`${dialogPath(dialogId)}/messages?${query({ cursor })}`);
export const since = (dialogId, after) => ask(`${dialogPath(dialogId)}/messages?${query({ after: String(after) })}`);
export const read = (dialogId) => ask(`${dialogPath(dialogId)}/read`, { method: "POST" });
export const send = (dialogId, text, key) =>
  ask(`${dialogPath(dialogId)}/messages`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ text, key }),
  });
