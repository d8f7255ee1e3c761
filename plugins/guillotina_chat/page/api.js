// Requests to the server. What goes wrong becomes a `Failure` with a sentence for people.

const PATIENCE = 15_000; // milliseconds until an answer is given up, unless the caller says otherwise

/** The server's root, which may be below a prefix of a proxy. */
export const ROOT = new URL("../", document.baseURI);

export class Failure extends Error {
  /** `status` is 0 when there was no answer; `again` tells whether the same request may succeed later. */
  constructor(message, status, body = {}) {
    super(message);
    this.status = status;
    this.body = body;
    this.again = [0, 429, 502, 503, 504].includes(status) || (status === 409 && body.reason !== "conflictId");
  }
}

/** One request. `path` is relative to the server's root; `signal` gives it up. */
export async function request(method, path, options) {
  return (await exchange(method, path, options)).json;
}

/** The same with what leads to the next page of a list: a query, or nothing. */
async function exchange(method, path, { token, body, patience = PATIENCE, signal } = {}) {
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const end = AbortSignal.timeout(patience);
  let answer;
  let text;
  try {
    answer = await fetch(new URL(path, ROOT), {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
      signal: signal ? AbortSignal.any([end, signal]) : end,
    });
    text = await answer.text();
  } catch {
    throw new Failure("The server cannot be reached.", 0);
  }
  const json = parsed(text);
  if (answer.ok) return { json, next: nextPage(answer.headers.get("Link") ?? "") };
  throw new Failure(sentence(answer.status, json), answer.status, json);
}

/** `<?before=…>; rel="next"` */
function nextPage(link) {
  return link.match(/<[^>]*(\?[^>]*)>;\s*rel="next"/)?.[1];
}

function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

function sentence(status, body) {
  switch (status) {
    case 401: return "You may not do that here.";
    case 404: return "This is not there any more.";
    case 409: return "Somebody else was faster.";
    case 413: return "This is too long.";
    case 429:
    case 503: return "The server is busy.";
    default: {
      const wrong = Array.isArray(body.deserialization_errors) ? body.deserialization_errors : [];
      if (wrong.some(isTooLong)) return "This is too long: a message has at most 10,000 characters.";
      const said = wrong[0]?.message ?? body.message ?? body.reason ?? body.error?.message;
      return `The server refused (${status})${typeof said === "string" ? `: ${said}` : "."}`;
    }
  }
}

function isTooLong({ field, message }) {
  return field === "text" && message === "Value is too long";
}

/** A user who has signed in to a container. The token is renewed half-way to its end. */
export class Session {
  #renewal;

  constructor({ place, user, token, expires }) {
    Object.assign(this, { place, user, token, expires });
    /** Called when the server knows the token no more. */
    this.ended = () => {};
    /** Called when there is a new token. */
    this.renewed = () => {};
  }

  static async signIn(place, username, password) {
    const { token } = await request("POST", `${place}/@login`, { body: { username, password } });
    const { id, exp } = claims(token);
    return new Session({ place, user: id ?? username, token, expires: (exp ?? 0) * 1000 });
  }

  /** Begins to renew the token. */
  start() {
    const half = Math.max((this.expires - Date.now()) / 2, 5_000);
    this.#renewal = setTimeout(() => this.#renew(), Math.min(half, 2 ** 31 - 1));
  }

  stop() {
    clearTimeout(this.#renewal);
    this.#renewal = undefined;
    this.ended = () => {};
  }

  async #renew() {
    try {
      const { token } = await this.call("POST", "@login-renew");
      this.token = token;
      this.expires = (claims(token).exp ?? 0) * 1000;
      this.renewed();
    } catch {
      // The next request that needs the token tells whether it still counts.
    }
    if (this.#renewal) this.start();
  }

  /** A request to the container, relative to it; `options` are those of `request`. */
  async call(method, path, body, options) {
    return (await this.#exchange(method, path, { body, ...options })).json;
  }

  /** A page of a list: `items`, and as `next` the query of the page after it, if there is one. */
  async page(path) {
    const { json, next } = await this.#exchange("GET", path, {});
    return { items: json, next };
  }

  async #exchange(method, path, options) {
    try {
      return await exchange(method, path ? `${this.place}/${path}` : this.place, { token: this.token, ...options });
    } catch (failure) {
      if (failure.status === 401 && !(await this.#counts())) this.ended();
      throw failure;
    }
  }

  /** 401 is also the answer to what one may not do; this is allowed to everybody who is signed in. */
  async #counts() {
    try {
      await request("GET", `${this.place}/@wstoken`, { token: this.token });
      return true;
    } catch (failure) {
      return failure.status !== 401;
    }
  }

  toJSON() {
    return { place: this.place, user: this.user, token: this.token, expires: this.expires };
  }
}

/** What a token says: the user's id, which may differ from what was typed, and its end in seconds. */
function claims(token) {
  try {
    const part = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(part), (c) => c.codePointAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return {};
  }
}
