// The dialog that starts a conversation.

import { $, el, tell } from "./dom.js";

const TYPING = 200; // milliseconds without a key until people are looked for

export class Starting {
  #session;
  #started;
  #chosen = new Set();
  #typing; // the timer until then
  #last = new AbortController(); // of the last request for people
  #controls = new AbortController();

  /** `started` is called with the id of the new conversation. */
  constructor(session, started) {
    this.#session = session;
    this.#started = started;
    const { signal } = this.#controls;
    $("start").addEventListener("click", () => this.#open(), { signal });
    $("starting-cancel").addEventListener("click", () => $("starting").close(), { signal });
    $("starting-form").addEventListener("submit", (event) => this.#submitted(event), { signal });
    $("find").addEventListener("input", () => this.#typed(), { signal });
  }

  close() {
    this.#controls.abort();
    clearTimeout(this.#typing);
    this.#last.abort();
    $("starting").close();
  }

  #open() {
    $("starting-form").reset();
    this.#chosen.clear();
    tell($("starting-error"), "");
    $("starting").showModal();
    $("find").focus();
    this.#list();
  }

  #typed() {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#list(), TYPING);
  }

  async #list() {
    clearTimeout(this.#typing);
    this.#last.abort();
    this.#last = new AbortController();
    const { signal } = this.#last;
    const hint = $("choices-hint");
    try {
      const query = new URLSearchParams({ q: $("find").value.trim() });
      const { people, more } = await this.#session.call("GET", `@people?${query}`, undefined, { signal });
      if (signal.aborted) return;
      const shown = [...this.#chosen, ...people.filter((person) => !this.#chosen.has(person))];
      $("choices").replaceChildren(...shown.map((person) => this.#choice(person)));
      hint.textContent = more ? "There are more: type a part of the name." : shown.length ? "" : "Nobody has such a name.";
    } catch (failure) {
      if (!signal.aborted) hint.textContent = `The people could not be read. ${failure.message}`;
    }
  }

  #choice(person) {
    const box = el("input", { type: "checkbox", value: person, checked: this.#chosen.has(person) });
    box.addEventListener("change", () => (box.checked ? this.#chosen.add(person) : this.#chosen.delete(person)));
    return el("li", {}, el("label", {}, box, el("span", {}, person)));
  }

  async #submitted(event) {
    event.preventDefault();
    if (!this.#chosen.size) return tell($("starting-error"), "Choose at least one person.");
    const submit = $("starting-form").querySelector("[type=submit]");
    submit.disabled = true;
    const title = $("title").value.trim();
    try {
      const body = { "@type": "Conversation", users: [...this.#chosen], ...(title && { title }) };
      const made = await this.#session.call("POST", "conversations", body);
      $("starting").close();
      await this.#started(made["@name"]);
    } catch (failure) {
      tell($("starting-error"), `The conversation could not be started. ${failure.message}`);
    } finally {
      submit.disabled = false;
    }
  }
}
