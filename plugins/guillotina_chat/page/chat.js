// The page's beginning: signing in and out, and what holds the parts together.

import { Session, request } from "./api.js";
import { $, tell } from "./dom.js";
import { showList } from "./list.js";
import { Room } from "./room.js";
import { Starting } from "./starting.js";
import { Store } from "./store.js";
import { Stream } from "./stream.js";

const PAGE = 100; // conversations that are read at once
const FARTHEST = 1_000; // so many are read to find the one that the address names
const KEPT = "guillotina_chat session"; // in the tab: a reload stays signed in, another tab does not

/** What one signed-in user sees, from signing in to signing out. */
class Chat {
  #session;
  #store;
  #room;
  #stream;
  #starting;
  #next; // the query of the page of conversations after those that are listed
  #synchronising; // the synchronisation that runs
  #again = false; // it was asked for meanwhile, and runs once more
  #missed = false; // messages may have been missed since the last one that succeeded
  #controls = new AbortController();

  constructor(session) {
    this.#session = session;
    this.#store = new Store(session);
    this.#room = new Room(session, this.#store, { changed: () => this.#list(), doubted: () => this.#stream.hurry() });
    this.#starting = new Starting(session, (id) => this.#started(id));
    this.#stream = new Stream(session, {
      frame: (message) => this.#frame(message),
      open: (resumed) => this.#synchronise(!resumed),
      reset: () => this.#synchronise(true),
      state: (name, details) => showState(name, details),
    });
  }

  start() {
    const { signal } = this.#controls;
    $("who").textContent = this.#session.user;
    addEventListener("hashchange", () => this.#navigate(true), { signal });
    $("back").addEventListener("click", () => this.#back(), { signal });
    $("more").addEventListener("click", () => this.#readMore(), { signal });
    $("list-error").querySelector("button").addEventListener("click", () => this.#synchronise(false), { signal });
    this.#session.start();
    this.#stream.start();
    addEventListener("pagehide", () => this.#keep(), { signal });
  }

  /** How many messages would be lost with the page. */
  get unsent() {
    return this.#store.unsent;
  }

  /** `kept` tells whether what is not sent waits in the tab for the user's return. */
  stop(kept) {
    if (kept) this.#keep();
    else this.#store.forget();
    this.#controls.abort();
    this.#stream.stop();
    this.#session.stop();
    this.#room.close();
    this.#starting.close();
    history.replaceState(null, "", location.pathname);
    $("conversations").replaceChildren();
  }

  #keep() {
    this.#room.keepDraft();
    this.#store.keep();
  }

  /** Reads what may have been missed: one at a time, and once more if it was asked for meanwhile. */
  #synchronise(missed) {
    this.#missed ||= missed;
    this.#again = true;
    this.#synchronising ??= this.#readAll();
    return this.#synchronising;
  }

  async #readAll() {
    while (this.#again && !this.#controls.signal.aborted) {
      this.#again = false;
      const missed = this.#missed;
      this.#missed = false;
      // What was missed is still missed when nothing could be read.
      if (!(await this.#readOnce(missed))) this.#missed ||= missed;
    }
    this.#synchronising = undefined;
  }

  /** Reads the conversations, and the messages of the open one; whether the conversations came. */
  async #readOnce(missed) {
    if (!(await this.#readInbox())) return false;
    if (missed) for (const conversation of this.#store.conversations.values()) conversation.loaded = false;
    const before = this.#room.openId;
    this.#navigate(false);
    if (missed && before && before === this.#room.openId) await this.#room.load();
    this.#list();
    this.#room.resend();
    return true;
  }

  /** Reads as many pages as there were, and on to the conversation that the address names; whether they came. */
  async #readInbox() {
    const wanted = Math.max(this.#store.conversations.size, 1);
    const open = named(location.hash);
    const inbox = new Map();
    let next = `?page_size=${PAGE}`;
    try {
      do {
        const page = await this.#session.page(`@inbox${next}`);
        for (const summary of page.items) inbox.set(summary["@name"], summary);
        next = page.next;
      } while (next && (inbox.size < wanted || (open && !inbox.has(open) && inbox.size < FARTHEST)));
    } catch (failure) {
      tell($("list-error"), `The conversations could not be read. ${failure.message}`);
      return false;
    }
    if (this.#controls.signal.aborted) return false;
    tell($("list-error"), "", $("start"));
    this.#store.replace([...inbox.values()]);
    this.#more(next);
    return true;
  }

  /** Reads the next page of the list. */
  async #readMore() {
    const more = $("more");
    more.disabled = true;
    try {
      const page = await this.#session.page(`@inbox${this.#next}`);
      tell($("list-error"), "", $("start"));
      this.#store.append(page.items);
      this.#more(page.next);
      this.#list();
    } catch (failure) {
      tell($("list-error"), `The conversations could not be read. ${failure.message}`);
    } finally {
      more.disabled = false;
    }
  }

  #more(next) {
    this.#next = next;
    const focused = document.activeElement === $("more");
    $("more").hidden = !next;
    if (focused && !next) $("conversations").lastElementChild?.firstElementChild.focus();
  }

  async #frame(message) {
    const known = this.#store.conversations.get(message.conversation_id);
    // The first message of a conversation that somebody else has started.
    if (!known) return this.#synchronise(false);
    message.seen = performance.now();
    if (known.add([message]).length) this.#room.arrived(known, message);
    this.#list();
  }

  #list() {
    showList(this.#store, this.#room.openId);
  }

  async #started(id) {
    await this.#synchronise(false);
    location.hash = `#/${encodeURIComponent(id)}`;
  }

  /** Opens what the address names. */
  #navigate(byUser) {
    const id = named(location.hash);
    const before = this.#room.openId;
    const conversation = this.#store.conversations.get(id);
    this.#room.show(conversation);
    this.#list();
    if (!byUser || before === conversation?.id) return;
    const left = $("conversations").querySelector(`[data-id="${CSS.escape(before ?? "")}"] a`);
    (conversation ? $("text") : (left ?? $("start"))).focus();
  }

  #back() {
    history.replaceState(null, "", "#/");
    this.#navigate(true);
  }
}

/** The conversation that an address names. */
function named(hash) {
  try {
    return decodeURIComponent(hash.slice(2));
  } catch {
    return "";
  }
}

const STATES = {
  connecting: ({ again }) => (again ? "No connection. Trying again" : "Connecting…"),
  open: ({ away }) => (away ? `Connected again, after ${away} s` : "Connected"),
  waiting: () => "No connection. Trying again",
  offline: () => "No network. Waiting for it",
};

let countdown;

/** The words are announced; the seconds that count down are only seen. */
function showState(name, details) {
  clearInterval(countdown);
  $("state").dataset.state = name;
  const words = STATES[name](details);
  if ($("state-text").textContent !== words) $("state-text").textContent = words;
  let { seconds = 0 } = details;
  const now = details.again ? "now" : "";
  const show = () => ($("state-countdown").textContent = seconds > 0 ? `in ${seconds} s` : now);
  show();
  if (seconds > 0) countdown = setInterval(() => ((seconds -= 1), show()), 1000);
}

let chat;

function enter(session) {
  const keep = () => sessionStorage.setItem(KEPT, JSON.stringify(session));
  session.renewed = keep;
  session.ended = () => leave("Your session has ended. Sign in again: what was not sent is kept.", true);
  keep();
  $("sign-in").hidden = true;
  $("chat").hidden = false;
  chat = new Chat(session);
  chat.start();
}

/** Asks before messages are lost. */
function signOut() {
  const count = chat.unsent;
  const what = count === 1 ? "One message was not sent and will be lost." : `${count} messages were not sent and will be lost.`;
  if (!count || confirm(`${what} Sign out?`)) leave("");
}

/** `kept` tells whether what is not sent waits for the user's return. */
function leave(why, kept = false) {
  sessionStorage.removeItem(KEPT);
  chat?.stop(kept);
  chat = undefined;
  $("chat").hidden = true;
  $("sign-in").hidden = false;
  document.title = "Chat";
  tell($("sign-in-error"), why);
  $("password").value = "";
  const empty = ["place", "username", "password"].find((id) => !$(id).value && !$(`${id}-field`)?.hidden);
  $(empty ?? "password").focus();
}

async function signIn(event) {
  event.preventDefault();
  const place = $("place").value.trim().replace(/^\/+|\/+$/g, "");
  const username = $("username").value.trim();
  const button = $("sign-in-form").querySelector("[type=submit]");
  if (!place) {
    askForPlace("Write the name of the container, such as db/container.");
    return;
  }
  if (!username || !$("password").value) {
    return tell($("sign-in-error"), "Write your name and your password.");
  }
  button.disabled = true;
  try {
    enter(await Session.signIn(place, username, $("password").value));
    tell($("sign-in-error"), "");
    $("password").value = "";
    $("start").focus();
  } catch (failure) {
    if (failure.status === 404) return askForPlace(`There is no container ${place}.`);
    // A name that leads to no container is answered like a wrong password.
    const wrong = $("place-field").hidden ? "The name or the password is wrong." : "The container, the name or the password is wrong.";
    const words = { 401: wrong, 429: "Too many attempts. Try again in a few minutes." };
    tell($("sign-in-error"), words[failure.status] ?? failure.message);
    $("password").focus();
  } finally {
    button.disabled = false;
  }
}

function askForPlace(why) {
  tell($("sign-in-error"), why);
  $("place-field").hidden = false;
  $("place").focus();
}

/** Offers the containers that the server names; where there is one, nobody has to choose. Says what went wrong. */
async function offerPlaces() {
  try {
    const { containers } = await request("GET", "@chat");
    const paths = containers.map((path) => path.replace(/^\//, ""));
    $("places").replaceChildren(...paths.map((path) => new Option(path)));
    $("place").value ||= paths[0] ?? "";
    $("place-field").hidden = paths.length === 1;
    return "";
  } catch (failure) {
    $("place-field").hidden = false;
    return failure.message;
  }
}

function kept() {
  try {
    const session = JSON.parse(sessionStorage.getItem(KEPT));
    return session && new Session(session);
  } catch {
    return null;
  }
}

$("sign-in-form").addEventListener("submit", signIn);
$("sign-out").addEventListener("click", signOut);
const session = kept();
const trouble = await offerPlaces();
if (session) enter(session);
else leave(trouble);
