// The list of conversations.

import { $, el, whenOf } from "./dom.js";

/** Shows the conversations, the liveliest first; elements are kept, so that the focus stays where it is. */
export function showList(store, openId) {
  const list = $("conversations");
  const known = new Map([...list.children].map((item) => [item.dataset.id, item]));
  const items = store.list.map((conversation) => {
    const item = known.get(conversation.id) ?? el("li", { "data-id": conversation.id }, el("a", { href: `#/${encodeURIComponent(conversation.id)}` }));
    fill(item.firstElementChild, conversation, store, conversation.id === openId);
    return item;
  });
  // Moving an element takes the focus from it: only those that stand elsewhere are moved.
  for (const gone of known.values()) if (!items.includes(gone)) gone.remove();
  items.forEach((item, at) => {
    if (list.children[at] !== item) list.insertBefore(item, list.children[at] ?? null);
  });
  $("list-empty").hidden = items.length > 0;
  const unread = store.list.filter((conversation) => store.isUnread(conversation)).length;
  document.title = unread ? `(${unread}) Chat` : "Chat";
}

function fill(link, conversation, store, isOpen) {
  const unread = store.isUnread(conversation);
  link.className = unread ? "unread" : "";
  if (isOpen) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
  const { last } = conversation;
  const line = last ? `${last.author === store.me ? "You" : last.author}: ${last.text}` : "Nothing was said yet";
  const mark = unread ? el("span", { class: "mark" }, el("span", { class: "unseen" }, "unread")) : "";
  link.replaceChildren(
    el("span", { class: "name" }, store.name(conversation)),
    last ? whenOf(last) : "",
    el("span", { class: "last" }, line.slice(0, 200)),
    mark,
  );
}
