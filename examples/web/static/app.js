// Puts the two panes together, and feeds them with what happens.

import * as api from "./api.js";
import { Conversation } from "./conversation.js";
import { List } from "./list.js";

const status = document.getElementById("status");

function say(state, words) {
  status.dataset.state = state;
  status.textContent = words;
}

function view(name) {
  document.body.dataset.view = name;
}

async function start() {
  const me = await api.me();
  const conversation = new Conversation(me.id);
  const list = new List((dialog) => {
    list.choose(dialog.dialog_id);
    view("conversation");
    conversation.open(dialog);
  });

  document.getElementById("back").addEventListener("click", () => {
    view("list");
    list.choose(null); // nobody reads it now: what comes there is counted again
    list.box.focus();
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.matches("input, textarea");
    if (event.key === "/" && !isTyping) {
      event.preventDefault();
      view("list");
      list.find.focus();
    }
    if (event.key === "Escape" && !event.target.matches("#find")) {
      view("list");
      list.box.focus();
    }
  });

  const live = new EventSource("api/live");
  live.addEventListener("open", () => say("live", `Live as ${me.name}`));
  live.addEventListener("error", () => say("lost", "Connection lost, trying again…"));
  live.addEventListener("message", (event) => {
    const heard = JSON.parse(event.data);
    list.heard(heard, heard.message.author_id === me.id);
    if (heard.dialog_id !== conversation.dialogId) return;
    conversation.heard(heard.message);
    if (document.hasFocus()) api.read(heard.dialog_id).catch(() => {});
  });
  live.addEventListener("resync", () => {
    list.reload();
    conversation.catchUp().catch(() => say("lost", "Could not catch up, reload the page."));
  });

  await list.reload();
}

start().catch((problem) => say("lost", problem.message));
