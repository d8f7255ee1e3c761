// The live stream: one WebSocket that comes back by itself.
//
// A frame may carry a `position`; then the next connection asks for what came after it, and the server may answer with a
// `reset`. Without positions whoever listens reads again what may have been missed, each time that it is open.
//
// A network that falls silent closes nothing, so the stream asks the server whether it is still there: after a while in
// which nothing was heard, and at once when there is reason to doubt it. It asks over the socket itself: another
// connection would say nothing about this one.

import { ROOT } from "./api.js";

const FIRST_PAUSE = 500; // milliseconds
const LONGEST_PAUSE = 15_000;
const OPENING = 8_000; // until a try to connect is given up
const FRESH = 2_000; // a try that began less than this long ago is left alone
const STEADY = 5_000; // open for this long, the pauses begin anew
const SILENCE = 10_000; // without a word of the server for this long, it is asked
const SILENCE_UNSEEN = 60_000; // the same while nobody looks at the page
const ANSWER = 5_000; // until the answer must have come
const PING = '{"ping":true}';

export class Stream {
  #session;
  #on;
  #socket;
  #timer;
  #heart; // the timer until the server is asked, or must have answered
  #asked = false;
  #attempts = 0;
  #position;
  #wanted = false;
  #lost; // when the connection was lost
  #tried = 0; // when the last try to connect began
  #turn = 0; // a number for each try, so that what a given-up try still does is ignored

  /** `on`: `frame(message)`, `open(resumed)`, `reset()`, `state(name, {seconds, away, again})`. */
  constructor(session, on) {
    this.#session = session;
    this.#on = on;
  }

  start() {
    this.#wanted = true;
    addEventListener("online", this.#now);
    addEventListener("offline", this.#offline);
    addEventListener("pageshow", this.#doubted);
    document.addEventListener("visibilitychange", this.#looked);
    navigator.connection?.addEventListener("change", this.#doubted);
    this.#connect();
  }

  stop() {
    this.#wanted = false;
    removeEventListener("online", this.#now);
    removeEventListener("offline", this.#offline);
    removeEventListener("pageshow", this.#doubted);
    document.removeEventListener("visibilitychange", this.#looked);
    navigator.connection?.removeEventListener("change", this.#doubted);
    this.#drop();
  }

  get open() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Somebody waits for the server: a connection is looked at now, and a pause is cut short. */
  hurry() {
    if (this.open) this.#ask();
    else if (this.#wanted && navigator.onLine && performance.now() - this.#tried > FRESH) this.#now();
  }

  #doubted = () => this.hurry();

  #now = () => {
    if (this.open) return this.#ask();
    this.#attempts = 0;
    this.#connect();
  };

  #offline = () => {
    this.#lost ??= Date.now();
    this.#drop();
    this.#on.state("offline", {});
  };

  #looked = () => {
    if (document.visibilityState === "visible") this.hurry();
    else if (this.open && !this.#asked) this.#listenOn();
  };

  #drop() {
    this.#turn += 1;
    clearTimeout(this.#timer);
    clearTimeout(this.#heart);
    this.#asked = false;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  async #connect() {
    this.#drop();
    if (!navigator.onLine) return this.#on.state("offline", {});
    const turn = this.#turn;
    this.#tried = performance.now();
    this.#on.state("connecting", { again: this.#lost !== undefined });
    let ticket;
    try {
      ticket = (await this.#session.call("GET", "@wstoken", undefined, { patience: OPENING })).token;
    } catch {
      if (turn === this.#turn) this.#wait();
      return;
    }
    if (turn !== this.#turn) return;
    const url = new URL(`${this.#session.place}/@conversate`, ROOT);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("ws_token", ticket);
    const resumed = this.#position !== undefined;
    if (resumed) url.searchParams.set("since", this.#position);
    this.#listen(new WebSocket(url), turn, resumed);
  }

  #listen(socket, turn, resumed) {
    this.#socket = socket;
    const current = () => turn === this.#turn;
    this.#timer = setTimeout(() => current() && this.#again(), OPENING);
    socket.addEventListener("open", () => {
      if (!current()) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => (this.#attempts = 0), STEADY);
      this.#listenOn();
      const away = this.#lost && Math.max(1, Math.round((Date.now() - this.#lost) / 1000));
      this.#lost = undefined;
      this.#on.state("open", { away });
      this.#on.open(resumed);
    });
    socket.addEventListener("message", (event) => current() && this.#take(event.data));
    socket.addEventListener("close", () => current() && this.#again());
  }

  #take(data) {
    this.#asked = false;
    this.#listenOn();
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    if (frame?.position !== undefined) this.#position = frame.position;
    if (frame?.reset) this.#on.reset();
    else if (frame?.["@name"] && frame.conversation_id) this.#on.frame(frame);
  }

  /** The server was heard: it is asked when it has been silent for a while. */
  #listenOn() {
    clearTimeout(this.#heart);
    const silence = document.visibilityState === "visible" ? SILENCE : SILENCE_UNSEEN;
    this.#heart = setTimeout(() => this.#ask(), silence);
  }

  /** Asks the server whether it is still there. Without an answer the connection is given up. */
  #ask() {
    if (this.#asked) return;
    this.#asked = true;
    clearTimeout(this.#heart);
    this.#heart = setTimeout(() => this.#again(), ANSWER);
    this.#socket.send(PING);
  }

  #again() {
    this.#lost ??= Date.now();
    this.#drop();
    if (this.#wanted) this.#wait();
  }

  /** Each pause is up to twice as long as the last, and random, so that not all come back at once. */
  #wait() {
    this.#lost ??= Date.now();
    if (!this.#wanted) return;
    const ceiling = Math.min(FIRST_PAUSE * 2 ** Math.min(this.#attempts++, 10), LONGEST_PAUSE);
    const pause = ceiling / 2 + (Math.random() * ceiling) / 2;
    const turn = this.#turn;
    this.#on.state("waiting", { seconds: Math.ceil(pause / 1000) });
    this.#timer = setTimeout(() => turn === this.#turn && this.#connect(), pause);
  }
}
