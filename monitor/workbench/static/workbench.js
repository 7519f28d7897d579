// What is typed is sent once the typing rests; a newer text ends the question about the older one. Every piece of HTML
// that is put into the page was made, and escaped, by the server.
"use strict";

const REST = 350; // milliseconds without a key
const at = (id) => document.getElementById(id);
const file = at("file");
const path = file ? `/claims/${encodeURIComponent(file.dataset.name)}` : "";
let onDisk = file ? at("draft").value : "";
let version = file ? file.dataset.version : "";

const LOST = '<p class="bad note">The workbench does not answer. Look at the terminal in which it was started.</p>';

async function ask(address, body, signal) {
  const answer = await fetch(address, {
    method: "POST", signal, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer;
}

// Calls `work(signal)` once the typing rests, and ends what an earlier call still waits for. `place` says so meanwhile.
function newest(place, work) {
  let timer = 0;
  let running = new AbortController();
  const again = (rest = REST) => {
    again.end();
    place.classList.add("old");
    place.setAttribute("aria-busy", "true");
    timer = setTimeout(async () => {
      const mine = running = new AbortController();
      try {
        await work(mine.signal);
      } catch (error) {
        if (mine.signal.aborted) return;
        place.innerHTML = LOST;
      }
      if (mine.signal.aborted) return;
      place.classList.remove("old");
      place.removeAttribute("aria-busy");
    }, rest);
  };
  // Gives up what is waited for.
  again.end = () => {
    clearTimeout(timer);
    running.abort();
    place.classList.remove("old");
    place.removeAttribute("aria-busy");
  };
  return again;
}

function typedInto(form) {
  const body = {};
  for (const { type, name, value, checked } of form.querySelectorAll("textarea, input")) {
    if (type === "checkbox") body[name] = [...(body[name] ?? []), ...(checked ? [value] : [])];
    else if (type !== "radio") body[name] = value;
    else if (checked) body[name] = value === "true";
  }
  return body;
}

async function make() {
  const form = at("new");
  at("make").disabled = true;
  try {
    const found = await (await ask(form.dataset.to, typedInto(form))).json();
    if (found.ok) { location.assign(found.opens); return; }
    at("made").innerHTML = found.html;
  } catch {
    at("made").innerHTML = LOST;
  }
  at("make").disabled = false;
}

const tryPost = at("post") && newest(at("tried"), async (signal) => {
  const place = at("tried");
  const text = at("post").value;
  if (!text.trim()) { place.innerHTML = ""; return; }
  if (!place.innerHTML) place.innerHTML = '<p class="soft">Looking at it ...</p>';
  const body = file ? { text, name: file.dataset.name, draft: at("draft").value } : { text };
  const found = await (await ask("/try", body, signal)).json();
  if (!signal.aborted) place.innerHTML = found.html;
});

function goTo(line, column) {
  const box = at("draft");
  const before = box.value.split("\n").slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  // A column counts letters, a text box counts half of some.
  const own = [...(box.value.split("\n")[line - 1] ?? "")].slice(0, column - 1).join("").length;
  box.focus();
  box.setSelectionRange(before + own, before + own);
  const all = box.value.split("\n").length;
  box.scrollTop = Math.max(0, (line / all) * box.scrollHeight - box.clientHeight / 2);
}

function openFile() {
  const box = at("draft");
  const save = at("save");

  const test = at("tested") && newest(at("tested"), async (signal) => {
    if (!at("tested").innerHTML) at("tested").innerHTML = '<p class="soft">Running them ...</p>';
    const found = await (await ask(`${path}/tests`, { draft: box.value }, signal)).json();
    if (!signal.aborted) at("tested").innerHTML = found.html;
  });

  const mean = at("meant") && newest(at("meant"), async (signal) => {
    const found = await (await ask(`${path}/meaning`, { draft: box.value }, signal)).json();
    if (!signal.aborted) at("meant").innerHTML = found.html;
  });

  const check = newest(at("checked"), async (signal) => {
    const found = await (await ask(`${path}/check`, { draft: box.value }, signal)).json();
    if (signal.aborted) return;
    at("checked").innerHTML = found.html;
    save.disabled = !found.ok || box.value === onDisk;
    if (!at("tested")) return; // candidates have no tests of their own
    if (found.ok) { test(0); mean(0); return; }
    mean.end();
    at("meant").innerHTML = "";
    at("tested").innerHTML = '<p class="soft">They run once no mistake is left.</p>';
  });

  function typed() {
    save.disabled = true;
    at("changed").textContent = box.value === onDisk ? "nothing changed" : "not saved yet";
    check();
    if (at("post").value.trim()) tryPost(2 * REST);
  }

  async function saveNow() {
    save.disabled = true;
    const text = box.value;
    let found;
    try {
      found = await (await ask(`${path}/save`, { draft: text, version })).json();
    } catch {
      at("saved").innerHTML = LOST;
      save.disabled = false;
      return;
    }
    at("saved").innerHTML = found.html;
    if (found.ok) {
      onDisk = text;
      version = found.version;
      typed();
    } else if (found.theirs !== undefined) {
      at("theirs").onclick = () => { box.value = found.theirs; settle(found); };
      at("mine").onclick = () => settle(found);
      at("theirs").focus();
    }
  }

  function settle(found) {
    onDisk = found.theirs;
    version = found.version;
    at("saved").innerHTML = "";
    box.focus();
    typed();
  }

  box.addEventListener("input", () => { at("saved").innerHTML = ""; typed(); });
  save.addEventListener("click", saveNow);
  document.addEventListener("click", (event) => {
    const place = event.target.closest("button.place");
    if (place) goTo(Number(place.dataset.line), Number(place.dataset.column));
  });
  window.addEventListener("beforeunload", (event) => { if (box.value !== onDisk) event.preventDefault(); });
  if (at("backtest")) openBacktest(box);
  check(0);
}

function openBacktest(box) {
  const [bar, start, stop, place] = ["progress", "backtest", "stop", "trial"].map(at);
  let running = new AbortController();

  function show(news) {
    if (news.html !== undefined) { place.innerHTML = news.html; return; }
    bar.max = news.total;
    bar.value = news.done;
    place.innerHTML = "";
    place.textContent = `${news.done.toLocaleString("en")} of ${news.total.toLocaleString("en")} posts`;
  }

  async function run(signal) {
    const answer = await ask(`${path}/backtest`, { draft: box.value, days: Number(at("days").value) }, signal);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) show(JSON.parse(line));
    }
    if (rest) show(JSON.parse(rest));
  }

  start.addEventListener("click", async () => {
    running = new AbortController();
    start.disabled = true;
    stop.hidden = bar.hidden = false;
    bar.removeAttribute("value");
    place.textContent = "Fetching the posts ...";
    try {
      await run(running.signal);
    } catch {
      place.innerHTML = running.signal.aborted ? '<p class="soft">Stopped.</p>' : LOST;
    }
    stop.hidden = bar.hidden = true;
    start.disabled = false;
    start.focus();
  });
  stop.addEventListener("click", () => running.abort());
}

fetch("/ready").then((answer) => answer.json()).then((found) => { at("model").innerHTML = found.html; })
  .catch(() => { at("model").innerHTML = LOST; });
if (at("post")) at("post").addEventListener("input", () => tryPost());
if (at("make")) at("make").addEventListener("click", make);
if (file) openFile();
