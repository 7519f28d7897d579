// Draws examples.py's JSON as PNGs: node draw.mjs FROM TO, with CHROMIUM naming the browser. The blocks are drawn by
// slack-blocks-to-jsx, which is good for layout and no proof of escaping; what a modal or the Home tab has around its
// blocks is drawn here.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { createElement as h } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { Message } from "slack-blocks-to-jsx";

const WIDTHS = { home: 640, corrections: 520 };
const TIMES = {
  alert: "2026-10-20T03:13",
  corrected: "2026-10-20T03:13",
  thread: "2026-10-20T03:18",
  digest: "2026-10-21T08:00",
};
const [from, to] = process.argv.slice(2);
const style = readFileSync(new URL("./node_modules/slack-blocks-to-jsx/dist/style.css", import.meta.url), "utf8");
const picture = readFileSync(join(from, "picture.txt"), "utf8");
const LOGO =
  "data:image/svg+xml," +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36"><rect width="36" height="36" rx="6" fill="#1d3557"/>' +
      '<circle cx="18" cy="18" r="9" fill="none" stroke="#fff" stroke-width="3"/><circle cx="18" cy="18" r="3" fill="#fff"/></svg>',
  );
const OURS = `
  body { margin: 0; background: #fff; font-family: Lato, "DejaVu Sans", "Noto Color Emoji", sans-serif; }
  #frame { padding: 16px; box-sizing: border-box; }
  .modal { border: 1px solid #ddd; border-radius: 8px; box-shadow: 0 2px 12px #0002; }
  .modal header, .modal footer { display: flex; padding: 14px 18px; font-size: 15px; }
  .modal header { font-weight: 900; font-size: 18px; border-bottom: 1px solid #eee; }
  .modal footer { justify-content: flex-end; gap: 10px; border-top: 1px solid #eee; }
  .modal main { padding: 8px 18px 16px; }
  .modal footer span { border: 1px solid #bbb; border-radius: 4px; padding: 6px 12px; font-weight: 700; }
  .modal footer span:last-child { background: #007a5a; border-color: #007a5a; color: #fff; }
`;

// Two things that the library does not draw: an uploaded picture, and which option a select begins with.
function drawable(block) {
  if (block.type === "image") return { ...block, slack_file: undefined, image_url: `data:image/png;base64,${picture}` };
  const chosen = block.accessory?.initial_option?.text.text;
  if (!chosen) return block;
  const text = chosen.length > 22 ? `${chosen.slice(0, 21)}…` : chosen;
  return { ...block, accessory: { ...block.accessory, placeholder: { type: "plain_text", text } } };
}

function shown(name, sent) {
  const blocks = sent.blocks.map(drawable);
  const bare = h(Message, { blocks, logo: LOGO, name: "monitor", time: new Date(0), withoutWrapper: true });
  if (sent.type === "home") return bare;
  if (sent.type !== "modal") return h(Message, { blocks, logo: LOGO, name: "monitor", time: new Date(TIMES[name]) });
  return h(
    "section",
    { className: "modal" },
    h("header", null, sent.title.text),
    h("main", null, bare),
    h("footer", null, h("span", null, sent.close.text), sent.submit && h("span", null, sent.submit.text)),
  );
}

const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
const page = await browser.newPage();
for (const name of ["alert", "corrected", "thread", "corrections", "home", "digest"]) {
  const sent = JSON.parse(readFileSync(join(from, `${name}.json`), "utf8"));
  await page.setViewport({ width: WIDTHS[name] ?? 520, height: 400, deviceScaleFactor: 1.25 });
  const body = renderToStaticMarkup(shown(name, sent));
  await page.setContent(`<!doctype html><meta charset="utf-8"><style>${style}${OURS}</style><div id="frame">${body}</div>`);
  // The library says so below every text field; Slack does not.
  await page.evaluate(() => {
    for (const part of document.querySelectorAll("span, p, div"))
      if (part.textContent.trim().endsWith("Please 'enter' to submit") && part.textContent.length < 40) part.remove();
  });
  const frame = await page.$("#frame");
  await frame.screenshot({ path: join(to, `${name}.png`) });
}
await browser.close();
