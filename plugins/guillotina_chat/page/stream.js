// The live stream: one WebSocket that comes back by itself.
//
// A frame may carry a `position`; then the next connection asks for what came after it, and the server may answer with a
// `reset`. Without positions whoever listens reads again what may have been missed, each time that it is open.

import { ROOT } from "./api.js";

const FIRST_PAUSE = 500; // milliseconds
const LONGEST_PAUSE = 30_000;
const OPENING = 10_000; // until a connection that does not open is given up
const STEADY = 5_000; // open for this long, the pauses begin anew
const PROBE = 15_000; // between two looks whether the server is still there
const PROBE_PATIENCE = 10_000;

export class Stream {
  #session;
  #on;
  #socket;
  #timer;
  #probe;
  #attempts = 0;
  #position;
  #wanted = false;
  #lost; // when the connection was lost
  #turn = 0; // a number for each try, so that what a given-up try still does is ignored

  /** `on`: `frame(message)`, `open(resumed)`, `reset()`, `state(name, {seconds, away})`. */
  constructor(session, on) {
    this.#session = session;
    this.#on = on;
  }

  start() {
    this.#wanted = true;
    addEventListener("online", this.#now);
    addEventListener("offline", this.#offline);
    document.addEventListener("visibilitychange", this.#looked);
    this.#connect();
  }

  stop() {
    this.#wanted = false;
    removeEventListener("online", this.#now);
    removeEventListener("offline", this.#offline);
    document.removeEventListener("visibilitychange", this.#looked);
    this.#drop();
  }

  get open() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  #now = () => {
    if (this.open) return;
    this.#attempts = 0;
    this.#connect();
  };

  #offline = () => {
    this.#lost ??= Date.now();
    this.#drop();
    this.#on.state("offline", {});
  };

  #looked = () => {
    if (document.visibilityState === "visible" && !this.open && navigator.onLine) this.#now();
  };

  #drop() {
    this.#turn += 1;
    clearTimeout(this.#timer);
    clearInterval(this.#probe);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  async #connect() {
    this.#drop();
    if (!navigator.onLine) return this.#on.state("offline", {});
    const turn = this.#turn;
    this.#on.state("connecting", {});
    let ticket;
    try {
      ticket = (await this.#session.call("GET", "@wstoken")).token;
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
      this.#probe = setInterval(() => this.#look(turn), PROBE);
      const away = this.#lost && Math.max(1, Math.round((Date.now() - this.#lost) / 1000));
      this.#lost = undefined;
      this.#on.state("open", { away });
      this.#on.open(resumed);
    });
    socket.addEventListener("message", (event) => current() && this.#take(event.data));
    socket.addEventListener("close", () => current() && this.#again());
  }

  #take(data) {
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

  /** A connection that died without a word is found out here: browsers do not show the server's pings. */
  async #look(turn) {
    try {
      await fetch(document.baseURI, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(PROBE_PATIENCE) });
    } catch {
      if (turn === this.#turn) this.#again();
    }
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
