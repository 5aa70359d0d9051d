// The chat list: pages by cursor as it is scrolled, a search, unread counts, keys.

import * as api from "./api.js";
import { element, shortTime } from "./dom.js";

export class List {
  constructor(open) {
    this.open = open; // called with the chosen dialog
    this.box = document.getElementById("dialogs");
    this.note = document.getElementById("list-note");
    this.find = document.getElementById("find");
    this.rows = new Map(); // dialog_id -> { data, row }
    this.chosen = null;
    this.active = null; // the row that the arrow keys stand on
    this.turn = 0; // answers of an older search are not shown
    let typing;
    this.find.addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(() => this.reload(), 250);
    });
    this.find.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") this.box.focus();
      if (event.key === "Escape" && this.find.value) {
        this.find.value = "";
        this.reload();
      }
    });
    this.box.addEventListener("keydown", (event) => this.#key(event));
    this.box.addEventListener("scroll", () => this.#nearEnd() && this.more());
    this.box.addEventListener("focus", () => this.#activate(this.active ?? this.chosen ?? this.#ids()[0]));
  }

  async reload() {
    this.turn += 1;
    this.cursor = null;
    this.done = this.loading = false;
    this.fresh = true; // what stands there is replaced when the answer is here, not before
    await this.more();
  }

  async more() {
    if (this.loading || this.done) return;
    const turn = this.turn;
    const find = this.find.value.trim();
    this.loading = true;
    this.note.textContent = this.rows.size ? "" : "Loading…";
    try {
      do {
        const page = await api.dialogs(find, this.cursor);
        if (turn !== this.turn) return;
        if (this.fresh) this.#clear();
        for (const dialog of page.items) this.#put(dialog);
        this.cursor = page.cursor;
        this.done = !page.cursor;
      } while (!this.done && this.#nearEnd()); // a page may be short, or hold only what is there already
      this.note.textContent = this.rows.size ? "" : find ? "No chat of that name." : "No chats yet.";
    } catch (problem) {
      if (turn === this.turn) this.note.textContent = problem.message;
    } finally {
      if (turn === this.turn) this.loading = false;
    }
  }

  choose(dialogId) {
    this.rows.get(this.chosen)?.row.setAttribute("aria-selected", "false");
    this.chosen = dialogId;
    this.rows.get(dialogId)?.row.setAttribute("aria-selected", "true");
    this.setCounter(dialogId, 0);
  }

  heard(event, isOwn) {
    if (this.find.value.trim()) return; // a search stays as it is
    const known = this.rows.get(event.dialog_id)?.data;
    const data = {
      ...(known ?? { dialog_id: event.dialog_id, title: event.title, avatar: "", color: "", pinned: false, counter: 0 }),
      text: event.message.text,
      date: event.message.date,
    };
    if (!isOwn && event.dialog_id !== this.chosen) data.counter += 1;
    this.#put(data, !data.pinned);
  }

  setCounter(dialogId, counter) {
    const known = this.rows.get(dialogId);
    if (known) this.#put({ ...known.data, counter });
  }

  #put(data, toTop = false) {
    const known = this.rows.get(data.dialog_id);
    const row = this.#row(data);
    if (known && !toTop) known.row.replaceWith(row);
    else {
      known?.row.remove();
      const firstQuiet = toTop && this.#ids().map((id) => this.rows.get(id)).find(({ data }) => !data.pinned);
      if (toTop && firstQuiet) firstQuiet.row.before(row);
      else this.box.append(row);
    }
    this.rows.set(data.dialog_id, { data, row });
  }

  #row(data) {
    const avatar = data.avatar
      ? element("img", { class: "avatar", src: data.avatar, alt: "" })
      : element("span", { class: "avatar", "aria-hidden": "true" }, [...data.title][0] ?? "?");
    if (!data.avatar && /^#[0-9a-f]{6}$/i.test(data.color)) avatar.style.backgroundColor = data.color;
    const row = element(
      "li",
      { class: "dialog", role: "option", id: `dialog-${data.dialog_id}`, "aria-selected": String(data.dialog_id === this.chosen) },
      avatar,
      element("span", { class: "name" }, data.title),
      element("time", { class: "when" }, shortTime(data.date)),
      element("span", { class: "preview" }, data.text),
      data.counter ? element("span", { class: "counter", "aria-label": `${data.counter} unread` }, String(data.counter)) : "",
    );
    row.classList.toggle("active", data.dialog_id === this.active);
    row.addEventListener("click", () => this.open(this.rows.get(data.dialog_id).data));
    return row;
  }

  #key(event) {
    const ids = this.#ids();
    const place = ids.indexOf(this.active);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    if (step) this.#activate(ids[Math.min(ids.length - 1, Math.max(0, place + step))]);
    else if (event.key === "Home") this.#activate(ids[0]);
    else if (event.key === "End") this.#activate(ids.at(-1));
    else if ((event.key === "Enter" || event.key === " ") && place >= 0) this.open(this.rows.get(this.active).data);
    else return;
    event.preventDefault();
  }

  #activate(dialogId) {
    this.rows.get(this.active)?.row.classList.remove("active");
    this.active = dialogId ?? null;
    const row = this.rows.get(dialogId)?.row;
    row?.classList.add("active");
    row?.scrollIntoView({ block: "nearest" });
    this.box.setAttribute("aria-activedescendant", row?.id ?? "");
    if (this.#nearEnd()) this.more();
  }

  #ids() {
    return [...this.box.children].map((row) => row.id.slice("dialog-".length));
  }

  #nearEnd() {
    return this.box.scrollTop + this.box.clientHeight > this.box.scrollHeight - 300;
  }

  #clear() {
    this.fresh = false;
    this.rows.clear();
    this.box.replaceChildren();
    this.box.scrollTop = 0;
  }
}
