// One dialog: its history upwards by cursor, what comes by live updates, sending.

import * as api from "./api.js";
import { day, element, time } from "./dom.js";

export class Conversation {
  constructor(myId) {
    this.myId = myId;
    this.title = document.getElementById("title");
    this.scroll = document.getElementById("scroll");
    this.list = document.getElementById("messages");
    this.topNote = document.getElementById("top-note");
    this.newer = document.getElementById("newer");
    this.form = document.getElementById("write");
    this.text = document.getElementById("text");
    this.note = document.getElementById("write-note");
    this.turn = 0;
    this.known = new Map(); // message id -> its row
    this.scroll.addEventListener("scroll", () => {
      if (this.scroll.scrollTop < 600) this.older();
      if (this.#atBottom()) this.newer.hidden = true;
    });
    this.newer.addEventListener("click", () => this.#toBottom());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.send();
      }
    });
  }

  async open(dialog) {
    this.turn += 1;
    this.dialogId = dialog.dialog_id;
    this.title.textContent = dialog.title;
    this.known.clear();
    this.list.replaceChildren();
    this.cursor = null;
    this.done = this.loading = false;
    this.newer.hidden = true;
    this.form.hidden = false;
    this.note.textContent = "";
    await this.older();
    this.#toBottom();
    if (matchMedia("(min-width: 46rem)").matches) this.text.focus();
    else this.title.focus();
    api.read(this.dialogId).catch(() => {}); // a read mark that fails is not worth a word
  }

  async older() {
    if (this.loading || this.done || !this.dialogId) return;
    const turn = this.turn;
    this.loading = true;
    this.topNote.textContent = "Loading…";
    try {
      do {
        const page = await api.history(this.dialogId, this.cursor);
        if (turn !== this.turn) return;
        const fromBottom = this.scroll.scrollHeight - this.scroll.scrollTop;
        for (const message of page.items) this.#put(message);
        this.scroll.scrollTop = this.scroll.scrollHeight - fromBottom; // what one reads stays where it is
        this.cursor = page.cursor;
        this.done = !page.cursor;
      } while (!this.done && this.scroll.scrollHeight <= this.scroll.clientHeight);
      this.topNote.textContent = this.done ? "This is where it begins." : "";
    } catch (problem) {
      if (turn === this.turn) this.topNote.textContent = `${problem.message} Scroll up to try again.`;
    } finally {
      if (turn === this.turn) this.loading = false;
    }
  }

  heard(message) {
    const wasAtBottom = this.#atBottom();
    this.#put(message);
    if (wasAtBottom) this.#toBottom();
    else this.newer.hidden = false;
  }

  // After a lost connection: whatever came since the newest message that is shown.
  async catchUp() {
    if (!this.dialogId || this.loading) return;
    const turn = this.turn;
    const newest = Math.max(0, ...this.known.keys());
    const missed = await api.since(this.dialogId, newest);
    if (turn !== this.turn) return;
    if (missed.more) return this.open({ dialog_id: this.dialogId, title: this.title.textContent });
    for (const message of missed.items) this.heard(message);
  }

  async send() {
    const text = this.text.value.trim();
    if (!text) return;
    const dialogId = this.dialogId;
    const turn = this.turn;
    const waiting = this.#bubble({ author_id: this.myId, author: "", text, files: [], date: new Date().toISOString() });
    waiting.classList.add("waiting");
    this.list.append(waiting);
    this.text.value = "";
    this.note.textContent = "";
    this.#toBottom();
    // The same text after a failure has the same key: the portal takes it once, whatever became of the first try.
    const key = this.failed?.text === text && this.failed.dialogId === dialogId ? this.failed.key : crypto.randomUUID();
    try {
      const { id } = await api.send(dialogId, text, key);
      this.failed = null;
      waiting.remove();
      if (turn === this.turn) this.heard({ id, author_id: this.myId, author: "", text, files: [], date: new Date().toISOString() });
    } catch (problem) {
      waiting.remove();
      this.failed = { text, dialogId, key };
      if (turn === this.turn) {
        this.text.value = text;
        this.note.textContent = `Not sent. ${problem.message}`;
      }
    }
  }

  #put(message) {
    if (this.known.has(message.id)) return;
    const row = this.#bubble(message);
    row.dataset.id = message.id;
    // Ids ascend from top to bottom, wherever a message comes from.
    let next = null;
    for (const other of [...this.list.children].reverse()) {
      if (other.classList.contains("waiting") || other.classList.contains("day")) continue;
      if (Number(other.dataset.id) < message.id) break;
      next = other;
    }
    if (next) next.before(row);
    else this.list.insertBefore(row, this.list.querySelector(".waiting"));
    this.known.set(message.id, row);
    this.#separate(row);
    const after = row.nextElementSibling;
    if (after?.dataset.id) this.#separate(after);
  }

  // A line with the day above the first message of each day.
  #separate(row) {
    let above = row.previousElementSibling;
    if (above?.classList.contains("day")) {
      const separator = above;
      above = above.previousElementSibling;
      if (above?.dataset.day !== row.dataset.day && separator.textContent === day(row.dataset.date)) return;
      separator.remove();
    }
    if (above?.dataset.day !== row.dataset.day) row.before(element("li", { class: "day" }, day(row.dataset.date)));
  }

  #bubble(message) {
    const kind = message.author_id === this.myId ? "own" : message.author_id ? "" : "system";
    return element(
      "li",
      { class: `message ${kind}`, "data-date": message.date, "data-day": new Date(message.date).toDateString() },
      message.author ? element("div", { class: "author" }, message.author) : "",
      element("div", { class: "text" }, message.text),
      ...message.files.map((name) => element("div", { class: "file" }, name)),
      element("time", { datetime: message.date }, time(message.date)),
    );
  }

  #atBottom() {
    return this.scroll.scrollTop + this.scroll.clientHeight > this.scroll.scrollHeight - 80;
  }

  #toBottom() {
    this.scroll.scrollTop = this.scroll.scrollHeight;
    this.newer.hidden = true;
  }
}
