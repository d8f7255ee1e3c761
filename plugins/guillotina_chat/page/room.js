// The open conversation: its messages, and sending.

import { $, dayOf, el, tell, timeOf } from "./dom.js";
import { freshId } from "./store.js";

const NEAR = 80; // pixels from an edge that count as being there
const AGAIN = 5_000; // milliseconds until a message that could not be sent is tried again
const SLOW = 2_000; // an answer that takes longer makes one doubt the connection
const PAGE = 100; // messages that are read at once
const ANNOUNCED = 20; // lines that are kept for screen readers

export class Room {
  #session;
  #store;
  #changed;
  #doubted;
  #conversation;
  #elements = new Map(); // by message, so that what is shown stays the same element
  #sending = new Set(); // conversations: of each, one message is sent after the other
  #reading = false; // older messages
  #repeat = () => this.load(); // what failed
  #controls = new AbortController();

  /** `changed` is called when the list may look different, `doubted` when the connection seems to be gone. */
  constructor(session, store, { changed, doubted }) {
    this.#session = session;
    this.#store = store;
    this.#changed = changed;
    this.#doubted = doubted;
    const { signal } = this.#controls;
    $("scroller").addEventListener("scroll", () => this.#scrolled(), { signal });
    $("older").addEventListener("click", () => this.#older(), { signal });
    $("newest").addEventListener("click", () => this.#toEnd(), { signal });
    $("load-error").querySelector("button").addEventListener("click", () => this.#repeat(), { signal });
    $("send").addEventListener("submit", (event) => this.#submitted(event), { signal });
    $("text").addEventListener("keydown", (event) => this.#typed(event), { signal });
    document.addEventListener("visibilitychange", () => this.#seen(), { signal });
  }

  close() {
    this.#controls.abort();
    this.show(undefined);
    $("announcer").replaceChildren();
  }

  get openId() {
    return this.#conversation?.id;
  }

  /** Opens a conversation, or none. */
  show(conversation) {
    this.keepDraft();
    const other = conversation?.id !== this.#conversation?.id;
    this.#conversation = conversation;
    $("nothing").hidden = Boolean(conversation);
    $("open").hidden = !conversation;
    $("chat").classList.toggle("reading", Boolean(conversation));
    if (!conversation) {
      $("messages").replaceChildren();
      this.#elements.clear();
      return;
    }
    $("conversation-title").textContent = this.#store.name(conversation);
    $("people").textContent = conversation.users.map((user) => (user === this.#store.me ? "you" : user)).join(", ");
    if (!other) return;
    conversation.showFewer();
    this.#elements.clear();
    $("messages").replaceChildren();
    $("text").value = conversation.draft;
    tell($("load-error"), "");
    this.#draw();
    this.#toEnd();
    if (!conversation.loaded) this.load();
  }

  /** What is being written belongs to its conversation. */
  keepDraft() {
    if (this.#conversation) this.#conversation.draft = $("text").value;
  }

  /** Reads the open conversation's messages. */
  async load() {
    const conversation = this.#conversation;
    if (!conversation) return;
    const asked = performance.now();
    $("scroller").setAttribute("aria-busy", "true");
    try {
      const { items, next } = await this.#session.page(`${path(conversation)}/@messages?page_size=${PAGE}`);
      conversation.replace(items, next, asked);
      if (conversation === this.#conversation) {
        tell($("load-error"), "", $("scroller"));
        this.refresh();
      }
    } catch (failure) {
      this.#failed(conversation, failure, () => this.load());
    } finally {
      $("scroller").removeAttribute("aria-busy");
    }
  }

  /** Says that messages could not be read; the button does `repeat`. */
  #failed(conversation, failure, repeat) {
    if (conversation !== this.#conversation) return;
    this.#repeat = repeat;
    tell($("load-error"), `The messages could not be read. ${failure.message}`);
  }

  /** Shows what has changed, and stays at the end if one is there. */
  refresh() {
    if (!this.#conversation) return;
    const atEnd = this.#isAtEnd();
    this.#draw();
    if (atEnd) this.#toEnd();
    else this.#seen();
  }

  /** A message arrived by the stream. */
  arrived(conversation, message) {
    if (message.author !== this.#store.me) {
      const where = conversation === this.#conversation ? "" : ` in ${this.#store.name(conversation)}`;
      announce(`${message.author}${where}: ${message.text}`);
    }
    if (conversation !== this.#conversation) return;
    const atEnd = this.#isAtEnd();
    this.refresh();
    if (!atEnd && message.author !== this.#store.me) $("newest").hidden = false;
  }

  /** Sends again what has not been acknowledged, in all conversations. */
  resend() {
    for (const conversation of this.#store.conversations.values()) this.#retry(conversation);
  }

  #draw() {
    const conversation = this.#conversation;
    const items = [];
    let day;
    for (const message of conversation.visible) {
      if (dayOf(message) !== day) items.push(this.#element(`day ${(day = dayOf(message))}`, () => el("li", { class: "day" }, day)));
      items.push(this.#element(message["@name"], () => this.#said(message)));
    }
    for (const outgoing of conversation.outbox.values()) {
      items.push(this.#element(`${outgoing.id} ${outgoing.state} ${outgoing.error ?? ""}`, () => this.#outgoing(conversation, outgoing)));
    }
    const list = $("messages");
    const wanted = new Set(items);
    for (const item of [...list.children]) if (!wanted.has(item)) item.remove();
    items.forEach((item, at) => {
      if (list.children[at] !== item) list.insertBefore(item, list.children[at] ?? null);
    });
    $("older").hidden = !conversation.more;
    $("silence").hidden = !conversation.loaded || items.length > 0;
  }

  #element(key, make) {
    if (!this.#elements.has(key)) this.#elements.set(key, make());
    return this.#elements.get(key);
  }

  #said(message) {
    const mine = message.author === this.#store.me;
    return el(
      "li",
      { class: mine ? "message mine" : "message", "data-name": message["@name"] },
      el("p", { class: "meta" }, el("span", { class: "author" }, mine ? "You" : (message.author ?? "")), timeOf(message)),
      el("p", { class: "said" }, message.text),
    );
  }

  #outgoing(conversation, outgoing) {
    const words = { sending: "Sending…", waiting: "Waiting to be sent…", sent: "", failed: "Not sent" };
    const item = el(
      "li",
      { class: "message mine pending", "data-name": outgoing.id },
      el("p", { class: "meta" }, el("span", { class: "author" }, "You"), el("span", {}, words[outgoing.state])),
      el("p", { class: "said" }, outgoing.text),
    );
    if (outgoing.state === "failed") {
      const again = el("button", { type: "button" }, "Try again");
      again.addEventListener("click", () => {
        outgoing.state = "sending";
        this.#send(conversation);
        $("text").focus();
      });
      const discard = el("button", { type: "button" }, "Discard");
      discard.addEventListener("click", () => {
        conversation.outbox.delete(outgoing.id);
        this.refresh();
        $("text").focus();
      });
      item.append(el("div", { class: "error", role: "alert" }, el("p", {}, `This was not sent. ${outgoing.error}`), again, " ", discard));
    }
    return item;
  }

  #typed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    $("send").requestSubmit();
  }

  #submitted(event) {
    event.preventDefault();
    const text = $("text").value.trim();
    const conversation = this.#conversation;
    if (!text || !conversation) return;
    $("text").value = "";
    const outgoing = { id: freshId(), text, state: "sending" };
    conversation.outbox.set(outgoing.id, outgoing);
    this.#send(conversation);
    this.#toEnd();
    $("text").focus();
  }

  /** Sends what waits, one message after the other, so that they arrive in the order in which they were written. */
  async #send(conversation) {
    for (const outgoing of conversation.outbox.values()) {
      if (outgoing.state === "waiting") outgoing.state = "sending";
    }
    this.#show(conversation);
    if (this.#sending.has(conversation)) return;
    this.#sending.add(conversation);
    const next = () => [...conversation.outbox.values()].find((outgoing) => outgoing.state === "sending");
    for (let outgoing = next(); outgoing && !this.#controls.signal.aborted; outgoing = next()) {
      await this.#post(conversation, outgoing);
      if (outgoing.state === "waiting") this.#hold(conversation);
      this.#show(conversation);
    }
    this.#sending.delete(conversation);
  }

  async #post(conversation, outgoing) {
    const body = { "@type": "Message", id: outgoing.id, text: outgoing.text };
    const slow = setTimeout(this.#doubted, SLOW);
    try {
      await this.#session.call("POST", path(conversation), body);
      outgoing.state = "sent";
    } catch (failure) {
      // Its id is taken: an earlier try came through, though its answer did not.
      if (failure.body.reason === "conflictId") outgoing.state = "sent";
      else outgoing.state = failure.again ? "waiting" : "failed";
      outgoing.error = failure.message;
      if (failure.status === 0) this.#doubted();
    } finally {
      clearTimeout(slow);
    }
  }

  /** What comes after a message that waits, waits too. */
  #hold(conversation) {
    for (const outgoing of conversation.outbox.values()) {
      if (outgoing.state === "sending") outgoing.state = "waiting";
    }
    setTimeout(() => this.#retry(conversation), AGAIN);
  }

  #retry(conversation) {
    if (this.#controls.signal.aborted) return;
    if ([...conversation.outbox.values()].some((outgoing) => outgoing.state === "waiting")) this.#send(conversation);
  }

  #show(conversation) {
    if (conversation === this.#conversation) this.refresh();
  }

  #scrolled() {
    // What failed is repeated by its button.
    if ($("scroller").scrollTop < NEAR && this.#conversation?.more && $("load-error").hidden) this.#older();
    if (this.#isAtEnd()) this.#seen();
  }

  /** Shows older messages; what is read stays where it is. */
  async #older() {
    const conversation = this.#conversation;
    if (this.#reading || (conversation.showMore() && !(await this.#readOlder(conversation)))) return;
    if (conversation !== this.#conversation) return;
    const scroller = $("scroller");
    const fromEnd = scroller.scrollHeight - scroller.scrollTop;
    const focused = document.activeElement === $("older");
    this.#draw();
    scroller.scrollTop = scroller.scrollHeight - fromEnd;
    if (focused && $("older").hidden) scroller.focus();
  }

  /** Reads the page before the messages that are here; whether it came. */
  async #readOlder(conversation) {
    const { older } = conversation;
    this.#reading = true;
    $("scroller").setAttribute("aria-busy", "true");
    try {
      const { items, next } = await this.#session.page(`${path(conversation)}/@messages${older}`);
      // Otherwise they were read anew meanwhile.
      if (conversation.older === older) {
        conversation.add(items);
        conversation.older = next;
      }
      if (conversation === this.#conversation) tell($("load-error"), "", $("scroller"));
      return true;
    } catch (failure) {
      this.#failed(conversation, failure, () => this.#older());
      return false;
    } finally {
      this.#reading = false;
      $("scroller").removeAttribute("aria-busy");
    }
  }

  #isAtEnd() {
    const scroller = $("scroller");
    return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR;
  }

  #toEnd() {
    const scroller = $("scroller");
    scroller.scrollTop = scroller.scrollHeight;
    this.#seen();
  }

  /** What is in view counts as read. */
  #seen() {
    if (!this.#conversation || document.visibilityState !== "visible" || !this.#isAtEnd()) return;
    $("newest").hidden = true;
    this.#store.read(this.#conversation);
    this.#changed();
  }
}

/** Each line is added to those before it, so that none is lost when several come at once. */
function announce(line) {
  const log = $("announcer");
  log.append(el("p", {}, line));
  while (log.children.length > ANNOUNCED) log.firstElementChild.remove();
}

/** A conversation's path within the container. */
function path(conversation) {
  return `conversations/${encodeURIComponent(conversation.id)}`;
}
