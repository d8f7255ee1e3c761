// What the page knows: conversations, their messages, what is on its way, what was read.

const STEP = 50; // messages that are shown at once, and more of them each time one scrolls up

/** Messages in the order in which all see them. The name decides between two of the same microsecond. */
const rank = (message) => `${message.creation_date} ${message["@name"]}`;

export class Conversation {
  #messages = new Map(); // by name, so that a message that comes twice is there once
  #sorted;

  constructor(summary) {
    this.id = summary["@name"];
    this.last = null;
    this.shown = STEP;
    this.loaded = false;
    /** The query of the messages before those that are here; nothing when there are none. */
    this.older = undefined;
    /** Own messages that the server may not have yet, by name. */
    this.outbox = new Map();
    /** What is written and not sent. */
    this.draft = "";
    this.update(summary);
  }

  /** Own messages that the server has not acknowledged. */
  get unsent() {
    return [...this.outbox.values()].filter((outgoing) => outgoing.state !== "sent");
  }

  update(summary) {
    this.title = summary.title ?? "";
    this.users = summary.users ?? [];
    this.created = summary.creation_date;
    if (summary.last_message) this.#latest(summary.last_message);
  }

  /** Adds messages; tells which were new. */
  add(messages) {
    const fresh = messages.filter((message) => !this.#messages.has(message["@name"]));
    for (const message of fresh) {
      this.#messages.set(message["@name"], message);
      this.outbox.delete(message["@name"]);
      this.#latest(message);
    }
    if (fresh.length) this.#sorted = undefined;
    return fresh;
  }

  /** Takes the last messages that the server has now for all there is, but for those before them. */
  replace(messages, older, asked) {
    const kept = [...this.#messages.values()].filter((message) => message.seen > asked);
    this.#messages.clear();
    this.#sorted = undefined;
    this.last = null;
    this.add([...messages, ...kept]);
    this.older = older;
    this.loaded = true;
  }

  #latest(message) {
    if (!this.last || rank(message) > rank(this.last)) this.last = message;
  }

  get messages() {
    this.#sorted ??= [...this.#messages.values()].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
    return this.#sorted;
  }

  get visible() {
    return this.messages.slice(-this.shown);
  }

  get more() {
    return this.messages.length > this.shown || this.older !== undefined;
  }

  /** Shows more of them; tells whether they have to be read first. */
  showMore() {
    this.shown = Math.min(this.shown, this.messages.length) + STEP;
    return this.messages.length < this.shown && this.older !== undefined;
  }

  showFewer() {
    this.shown = STEP;
  }

  get newest() {
    return this.last ? rank(this.last) : "";
  }

  /** By what the list is sorted. */
  get activity() {
    return this.last?.creation_date ?? this.created ?? "";
  }
}

export class Store {
  #marks;
  #key;
  #left; // what was left unsent when the page was closed or the session ended, by conversation

  constructor(session) {
    this.me = session.user;
    this.conversations = new Map();
    this.#key = `guillotina_chat ${session.place} ${session.user}`;
    this.#marks = stored(localStorage, this.#key);
    this.#left = new Map(Object.entries(stored(sessionStorage, this.#key)));
    this.forget();
  }

  /** How many own messages the server has not acknowledged. */
  get unsent() {
    const here = [...this.conversations.values()].map((conversation) => conversation.unsent.length);
    const elsewhere = [...this.#left.values()].map(({ unsent }) => unsent.length);
    return [...here, ...elsewhere].reduce((sum, count) => sum + count, 0);
  }

  /** Keeps in the tab what is not sent, for the same user in the same container. */
  keep() {
    const left = new Map(this.#left);
    for (const { id, draft, unsent } of this.conversations.values()) if (draft || unsent.length) left.set(id, { draft, unsent });
    if (!left.size) return this.forget();
    try {
      sessionStorage.setItem(this.#key, JSON.stringify(Object.fromEntries(left)));
    } catch {
      // Without storage it lasts as long as the page.
    }
  }

  /** Keeps nothing. */
  forget() {
    sessionStorage.removeItem(this.#key);
  }

  #made(summary) {
    const conversation = new Conversation(summary);
    const left = this.#left.get(conversation.id);
    this.#left.delete(conversation.id);
    if (!left) return conversation;
    conversation.draft = left.draft;
    // Sent again with the same id, it is stored once.
    for (const outgoing of left.unsent) {
      conversation.outbox.set(outgoing.id, { ...outgoing, state: outgoing.state === "failed" ? "failed" : "waiting" });
    }
    return conversation;
  }

  /** Takes the server's list for all there is. */
  replace(summaries) {
    const known = this.conversations;
    this.conversations = new Map();
    for (const summary of summaries) {
      const conversation = known.get(summary["@name"]) ?? this.#made(summary);
      conversation.update(summary);
      this.conversations.set(conversation.id, conversation);
    }
  }

  /** Takes a further page of the server's list. */
  append(summaries) {
    for (const summary of summaries) {
      const known = this.conversations.get(summary["@name"]);
      if (known) known.update(summary);
      else this.conversations.set(summary["@name"], this.#made(summary));
    }
  }

  get list() {
    return [...this.conversations.values()].sort((a, b) => (a.activity < b.activity ? 1 : -1));
  }

  name(conversation) {
    const others = conversation.users.filter((user) => user !== this.me);
    return conversation.title || others.join(", ") || this.me;
  }

  isUnread(conversation) {
    const { last } = conversation;
    return Boolean(last) && last.author !== this.me && conversation.newest > (this.#marks[conversation.id] ?? "");
  }

  read(conversation) {
    if (conversation.newest <= (this.#marks[conversation.id] ?? "")) return;
    this.#marks[conversation.id] = conversation.newest;
    try {
      localStorage.setItem(this.#key, JSON.stringify(this.#marks));
    } catch {
      // Without storage the marks last as long as the page.
    }
  }
}

function stored(storage, key) {
  try {
    return JSON.parse(storage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}

/** An id that is the message's from the start, so that sending it twice stores it once. */
export function freshId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
