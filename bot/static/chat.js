// The browser chat: shows the conversation, sends what the person writes, and keeps it until the server has it.

const LIMIT = 4000; // characters of one message, as the server counts them
const NEAR = 400; // characters left when the counter appears
const KEPT = "upakarti:"; // prefix of unsent messages in localStorage

const $ = (id) => document.getElementById(id);
const labels = JSON.parse($("labels").textContent);
const [scroll, header, log, field, jump, typing] = ["scroll", "header", "log", "field", "jump", "typing"].map($);
const desk = matchMedia("(hover: hover) and (pointer: fine)"); // here, focusing the field opens no keyboard over the page
const shown = new Map(); // server id or client id -> element
let language = document.documentElement.lang;

const t = (key) => labels[language][key];
const announce = (text) => { $("announce").textContent = text; };
const rest = () => (desk.matches ? field : log).focus({ preventScroll: true });

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  element.append(...children);
  return element;
}

// ---- Labels

function clock(iso) {
  const at = new Date(iso);
  const date = at.toDateString() === new Date().toDateString() ? {} : { day: "numeric", month: "short" };
  return at.toLocaleString(language === "en" ? "en-GB" : "id-ID", { ...date, hour: "2-digit", minute: "2-digit" });
}

function relabel(root) {
  for (const el of root.querySelectorAll("[data-t]")) el.textContent = t(el.dataset.t);
  for (const name of ["aria-label", "placeholder"])
    for (const el of root.querySelectorAll(`[data-t-${name}]`)) el.setAttribute(name, t(el.getAttribute(`data-t-${name}`)));
  for (const el of root.querySelectorAll("time")) el.textContent = clock(el.dateTime);
}

function speak(wanted) {
  hush();
  language = document.documentElement.lang = wanted;
  for (const el of document.querySelectorAll("[data-language]")) el.setAttribute("aria-pressed", el.dataset.language === wanted);
  document.title = t("name");
  relabel(document);
  count();
}

// What changes now is no news: keep screen readers from reading it all out.
function hush() {
  log.setAttribute("aria-live", "off");
  setTimeout(() => log.setAttribute("aria-live", "polite"), 300);
}

// ---- One message

const TOKEN = /https?:\/\/\w[^\s<>"]*|upakarti\.kemenperin\.go\.id(?![\w-]|\.\w)(?:[/?#][^\s<>"]*)?|\*[^*\n]+\*/gi;

// Text nodes, <strong> for *bold*, and links for addresses.
function rich(text) {
  const out = document.createDocumentFragment();
  const token = new RegExp(TOKEN);
  let done = 0;
  for (let found; (found = token.exec(text)); ) {
    const before = text[found.index - 1] || " ";
    let word = found[0];
    let node = null;
    if (word[0] === "*") {
      const inner = word.slice(1, -1);
      const alone = !/\w/.test(before + text.charAt(token.lastIndex));
      if (alone && inner.trim() === inner) node = make("strong", {}, rich(inner));
    } else if (!/[\w@.-]/.test(before)) {
      word = word.replace(word.includes("(") ? /[.,;:!?*'"’”…\]}]+$/ : /[.,;:!?*'"’”…)\]}]+$/, "");
      node = link(/^http/i.test(word) ? word : `https://${word}`, "", word);
    }
    if (node) out.append(text.slice(done, found.index), node);
    token.lastIndex = found.index + (node ? word.length : 1);
    if (node) done = token.lastIndex;
  }
  out.append(text.slice(done));
  return out;
}

const link = (href, kind, ...inside) => make("a", { href, class: kind, target: "_blank", rel: "noopener" }, ...inside);

const HIGHEST = 480; // pixels of a picture, as in the style sheet

function attach({ url, filename, media_type: type, description, width, height }) {
  const { href, protocol } = new URL(url, location.href);
  if (!/^https?:$/.test(protocol)) return "";
  if (!type.startsWith("image/")) return link(href, "file plain", filename, description ? ` – ${description}` : "");
  const scale = Math.min(1, HIGHEST / height); // a known size keeps its place free until the picture is there
  const size = width && height ? { width: Math.round(width * scale), height: Math.round(height * scale) } : {};
  const image = make("img", { alt: description || filename, loading: "lazy", ...size, src: href });
  image.onload = follow;
  return link(href, "file", image);
}

function draw({ author, text, attachments = [], choices = [], at }) {
  const who = author === "person" ? "you" : "assistant";
  const element = make("article", { class: `message ${author}` }, make("span", { class: "sr", "data-t": who }), " ");
  if (text) element.append(make("div", { class: "text", lang: language }, rich(text)));
  element.append(...attachments.map(attach));
  const group = { class: "choices", lang: language, role: "group", "data-t-aria-label": "choices" };
  if (choices.length) element.append(make("div", group, ...choices.map(button)));
  if (at) element.append(make("time", { datetime: at }));
  if (author === "person") element.append(make("div", { class: "note" }));
  relabel(element);
  return element;
}

function button({ id, title }) {
  const element = make("button", { type: "button" }, title);
  let last = 0;
  element.onclick = () => {
    if (Date.now() - last < 1000) return; // a double tap is one answer
    last = Date.now();
    press(element);
    submit({ choice: id, title });
    if (desk.matches) field.focus();
  };
  return element;
}

function press(element) {
  for (const other of element.parentNode.children) other.removeAttribute("aria-pressed");
  element.setAttribute("aria-pressed", "true");
}

// ---- The conversation

let cursor = 0; // the newest server id we know
let following = true; // the person is at the end of the conversation
let anchor = null; // the beginning of the newest answer: following never scrolls past it
let target = 0; // where we scrolled to; any other place was the person's own doing
let unseen = null; // the first new message below the fold

// Put an element where its server id belongs; unsent messages stay at the end.
function place(element) {
  let next = null;
  for (let el = log.lastElementChild; el && (el === element || el.order > element.order); el = el.previousElementSibling)
    if (el !== element) next = el;
  if (!element.parentNode || element.nextElementSibling !== next) log.insertBefore(element, next);
  for (const el of log.querySelectorAll(".latest")) el.classList.remove("latest");
  let el = log.lastElementChild;
  while (el && el.matches(".person")) el = el.previousElementSibling;
  for (; el && el.matches(".assistant"); el = el.previousElementSibling) el.classList.add("latest");
}

// Show a message once and return its element if it is new. The server's copy of an unsent message settles that one.
function show(message) {
  const { id, client_id: client, author, text } = message;
  const known = shown.get(id) || shown.get(client);
  const element = known || draw(message);
  for (const key of [id, client]) if (key) shown.set(key, element);
  if (id && client) settle(client);
  cursor = Math.max(cursor, id || 0);
  element.order = id || (author === "person" ? Infinity : 0);
  place(element);
  if (known) return null;
  const asked = author === "person" && element.previousElementSibling;
  if (asked) for (const el of asked.querySelectorAll(".choices button")) if (el.textContent === text) press(el);
  return element;
}

function receive(message) {
  const element = show(message);
  const ours = message.author === "assistant";
  if (ours) wait(false);
  if (!element) return;
  anchor = ours ? anchor || element : null;
  follow();
  if (ours) unseen = unseen || element;
  look();
}

// Offer a way down as long as the first new message is below the fold.
function look() {
  if (unseen && unseen.offsetTop < scroll.scrollTop + scroll.clientHeight - 40) unseen = null;
  jump.hidden = !unseen;
}

function follow() {
  if (!following) return;
  scroll.scrollTop = anchor ? anchor.offsetTop - header.offsetHeight - 12 : scroll.scrollHeight;
  target = scroll.scrollTop;
  look();
}

let patience;
function wait(on) {
  clearTimeout(patience);
  typing.textContent = on ? t("typing") : "";
  if (on) patience = setTimeout(wait, 15e3);
  follow();
}

// ---- Sending

let queue = []; // what the server does not have yet, oldest first
let delivering = false;
let sleepers = [];
const pause = (tries, ms) => new Promise((done) => {
  sleepers.push(done);
  setTimeout(done, ms || Math.min(6e4, 1e3 * 2 ** tries) * (0.75 + Math.random() / 2));
});
const wake = () => sleepers.splice(0).forEach((done) => done());

const kept = (act) => { try { return act(localStorage); } catch { return []; } }; // a browser may forbid it

// crypto.randomUUID is younger than our browsers.
const uuid = () => "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
  (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16));

function submit(words) {
  const item = { id: uuid(), at: new Date().toISOString(), ...words };
  kept((box) => box.setItem(KEPT + item.id, JSON.stringify(item)));
  following = true;
  anchor = null;
  enqueue(item);
  follow();
}

function enqueue(item) {
  if (shown.has(item.id)) return settle(item.id); // it did arrive, before the page was reloaded
  mark(show({ author: "person", text: item.title || item.text, at: item.at, client_id: item.id }), "unsent");
  queue.push(item);
  deliver();
}

function settle(id) {
  queue = queue.filter((item) => item.id !== id);
  kept((box) => box.removeItem(KEPT + id));
  mark(shown.get(id), "");
}

// Show how a person's message fares: "" (sent), "unsent" or "refused", with a sentence and a way forward.
function mark(element, state, sentence, key, onclick) {
  const note = element.lastChild;
  element.className = `message person ${state}`;
  if (note.textContent && sentence === note.firstChild.textContent) return; // said already
  const held = note.contains(document.activeElement);
  note.textContent = "";
  if (sentence) note.append(make("span", {}, sentence), Object.assign(make("button", { type: "button", "data-t": key }), { onclick }));
  relabel(note);
  if (held) rest();
  follow();
}

function refuse(item, sentence) {
  const element = shown.get(item.id);
  mark(element, "refused", sentence, item.choice ? "retry" : "edit", () => {
    element.remove();
    rest();
    if (item.choice) return submit({ choice: item.choice, title: item.title });
    field.value = item.text + (field.value && `\n${field.value}`);
    count();
    field.focus();
  });
}

async function post({ id, text, choice, title }) {
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 2e4);
  const body = JSON.stringify(choice ? { id, choice, title } : { id, text });
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch("/chat/messages", { method: "POST", headers, body, signal: abort.signal });
  const { detail } = await answer.json().catch(() => ({}));
  const later = answer.status >= 500 || [408, 425, 429].includes(answer.status);
  return { ok: answer.ok, later, detail: answer.status < 500 && detail, after: answer.headers.get("Retry-After") * 1000 };
}

// Send the queue in order, one at a time, as often as it takes.
async function deliver() {
  if (delivering) return;
  delivering = true;
  for (let tries = 0; queue.length; ) {
    const item = queue[0];
    const { ok, later, detail, after } = await post(item).catch(() => ({ later: true }));
    if (!later) {
      tries = 0;
      settle(item.id);
      if (ok) arrived();
      else refuse(item, detail || t("refused"));
    } else if (queue[0] === item) {
      mark(shown.get(item.id), "unsent", detail || t("waiting"), "retry", wake);
      await pause(tries++, after);
    }
  }
  delivering = false;
}

function arrived() {
  const since = Date.now();
  wait(log.lastElementChild.matches(".person")); // the answer may have overtaken this
  setTimeout(() => heard < since && connect(), 8e3); // not even our own message came back: the line is dead
}

// ---- Receiving

let events = null;
let heard = 0; // when the last event came
let offline = 0;

function online(yes) {
  const line = $("connection");
  if (!yes) {
    offline = offline || setTimeout(() => { line.textContent = t("reconnecting"); }, 2e3);
    return;
  }
  clearTimeout(offline);
  offline = 0;
  if (line.textContent) announce(t("reconnected"));
  line.textContent = "";
  wake();
}

function connect() {
  if (events) events.close();
  const source = (events = new EventSource(`/chat/events?after=${cursor}`));
  const on = (name, act) => source.addEventListener(name, (event) => {
    heard = Date.now();
    act(JSON.parse(event.data));
  });
  on("message", receive);
  on("language", (news) => speak(news.language));
  source.onopen = () => online(true);
  source.onerror = () => {
    online(false);
    if (source.readyState === EventSource.CLOSED) pause(2).then(start); // refused: the browser gives up, we do not
  };
}

// Load the conversation, as often as it takes, then listen.
async function start() {
  for (let tries = 0; ; await pause(tries++)) {
    try {
      const answer = await fetch("/chat/history", { cache: "no-store" });
      if (answer.ok) return fill(await answer.json());
    } catch { /* no network: the next try may have one */ }
    online(false);
  }
}

function fill({ language: theirs, messages, welcome, cursor: newest }) {
  const first = typing.dataset.t;
  if (theirs !== language) speak(theirs);
  if (first) {
    delete typing.dataset.t;
    typing.textContent = "";
    if (messages.length) hush();
    messages.forEach(show);
    if (!messages.length && welcome) anchor = show(welcome);
    kept((box) => Object.keys(box).filter((key) => key.startsWith(KEPT)).map((key) => JSON.parse(box[key])))
      .sort((a, b) => (a.at < b.at ? -1 : 1)).forEach(enqueue);
    follow();
  } else messages.forEach(receive);
  cursor = Math.max(cursor, newest);
  connect();
}

// ---- The person's hands

function count() {
  const left = LIMIT - Array.from(field.value.trim()).length;
  const state = left < 0 ? "over" : left <= NEAR ? "near" : "";
  const counter = $("counter");
  counter.textContent = state && t(left < 0 ? "counter_over" : "counter_left").replace("{count}", Math.abs(left));
  if (state && !counter.matches(`.${state}`)) announce(counter.textContent);
  counter.className = `counter ${state}`;
  field.setAttribute("aria-invalid", left < 0);
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
  return left;
}

function send(event) {
  event.preventDefault();
  const text = field.value.trim();
  if (count() < 0) announce($("counter").textContent);
  else if (text) {
    field.value = "";
    count();
    submit({ text });
  }
  field.focus();
}

field.oninput = count;
field.onkeydown = (event) => {
  const composing = event.isComposing || event.keyCode === 229;
  if (event.key === "Enter" && !event.shiftKey && !composing) send(event);
};
$("composer").onsubmit = send;
$("send").onmousedown = (event) => event.preventDefault(); // the on-screen keyboard stays open
$("send").disabled = false;

for (const element of document.querySelectorAll("[data-language]"))
  element.onclick = () => {
    const wanted = element.dataset.language;
    if (wanted === language) return;
    speak(wanted);
    submit({ choice: `language:${wanted}`, title: t(`language_${wanted}`) });
  };

jump.onclick = () => {
  following = true;
  anchor = unseen;
  rest();
  follow();
};

scroll.addEventListener("scroll", () => {
  look();
  if (Math.abs(scroll.scrollTop - target) < 2) return;
  target = -9;
  following = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;
  anchor = null;
}, { passive: true });

new ResizeObserver(follow).observe(scroll);

// iOS lays its keyboard over the page; other browsers shrink the page themselves.
const view = window.visualViewport;
if (view) view.onresize = () => {
  const covered = view.scale < 1.05 && innerHeight - view.height > 80;
  document.body.style.height = covered ? `${view.height}px` : "";
  if (covered) scrollTo(0, 0);
};

document.onvisibilitychange = () => document.hidden || wake();
window.ononline = wake;
window.onpageshow = (event) => {
  count(); // the browser may have brought a draft back
  if (event.persisted) connect();
};

relabel(document);
count();
if (desk.matches) field.focus();
start();
