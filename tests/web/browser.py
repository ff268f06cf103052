"""A real Chromium for the tests of pages, and what a person with a screen reader, a phone or a keyboard needs of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

PHONE: ViewportSize = {"width": 360, "height": 640}
DESK: ViewportSize = {"width": 1280, "height": 800}
AXE = os.environ.get("MAILD_AXE", "")  # axe.min.js of axe-core, where somebody has it

# What axe-core checks of pages like ours, in a few lines: language, title, headings, landmarks, names of fields and buttons, contrast.
CHECKS = """() => {
  const found = [];
  const say = (ok, what) => { if (!ok) found.push(what); };
  const visible = (e) => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden';
  say(document.documentElement.lang, 'the page names no language');
  say(document.title.trim(), 'the page has no title');
  say(document.querySelectorAll('h1').length === 1, 'not one main heading');
  say(document.querySelectorAll('main').length === 1, 'not one main landmark');
  for (const e of document.body.children) say(e.closest('header, main, footer'), 'content outside of the landmarks');
  const levels = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map((e) => Number(e.tagName[1]));
  say(levels.every((level, i) => i === 0 ? level === 1 : level <= levels[i - 1] + 1), 'headings skip a level');
  say(!/user-scalable=no|maximum-scale=1/.test(document.querySelector('meta[name=viewport]').content), 'zooming is forbidden');
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  say(new Set(ids).size === ids.length, 'an id stands twice');
  for (const field of document.querySelectorAll('input:not([type=hidden]), textarea, select'))
    say([...(field.labels || [])].some((label) => label.textContent.trim()), `${field.name} has no label`);
  for (const field of document.querySelectorAll('[aria-describedby]'))
    say(document.getElementById(field.getAttribute('aria-describedby')), 'a description is missing');
  for (const press of document.querySelectorAll('button, a[href]')) say(press.textContent.trim(), 'a button or link has no name');
  for (const picture of document.querySelectorAll('img')) say(picture.hasAttribute('alt'), 'a picture has no text');
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  for (const e of document.body.querySelectorAll('*')) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !visible(e)) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    say((a + 0.05) / (b + 0.05) >= 4.5, `too little contrast: ${e.textContent.trim().slice(0, 40)}`);
  }
  for (const press of document.querySelectorAll('button')) {
    const box = press.getBoundingClientRect();
    say(box.height >= 44 && box.width >= 44, 'a button is too small for a thumb');
  }
  say(document.documentElement.scrollWidth <= window.innerWidth, 'the page is wider than the screen');
  say(parseFloat(getComputedStyle(document.body).fontSize) >= 16, 'the letters are small');
  return found;
}"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Debian's Chromium for the block."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


def complaints(page: Page) -> list[str]:
    """Return what is wrong with the page for people who see, hold or operate it otherwise; axe-core's word too where it is at hand."""
    found: list[str] = page.evaluate(CHECKS)
    if AXE:
        page.evaluate(Path(AXE).read_text(encoding="utf-8"))  # by the debugger: no page of ours could load a script
        result: dict[str, Any] = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        found += [f"axe: {each['id']}: {each['help']}" for each in result["violations"]]
    return found
