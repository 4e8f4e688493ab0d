// What goes faster with a script. Every page of the console works without it.
//
// Keys: an element with data-key="s" is pressed by S, one with data-key="j l" by either; a field with data-key="/" is gone to.
// J and K walk over the elements with data-row, where a page has some. Whoever types or holds Ctrl, Alt or Meta presses nothing,
// and whoever does not want the keys switches them off.
//
// Signing in: /login#token=... fills in the token, which a browser keeps to itself, and takes it out of the address.
//
// Lists: a form with data-live="id" is asked anew while somebody types into it, and what the element with this id holds is
// taken over from the answer: the very page that the form leads to, or the one that data-ask names. data-from names the element
// there, where it has another id.
//
// Finding: Ctrl K opens the palette, on every page. In whatever has data-finds the arrows walk from the field over what was found, and
// Enter in the field opens the first of it.
"use strict";
(() => {
  const KEPT = "heard-keys";
  const PAUSE = 200;
  const root = document.documentElement;
  const keyed = () => [...document.querySelectorAll("[data-key]")].filter(isShown);
  // Once a page is left, no key presses anything on it any more: it was meant for the next one.
  let leaving = false;

  function isShown(element) {
    return !element.disabled && element.checkVisibility();
  }

  function isOff() {
    try {
      return localStorage.getItem(KEPT) === "off";
    } catch {
      return false;
    }
  }

  function switchTo(off) {
    try {
      localStorage.setItem(KEPT, off ? "off" : "on");
    } catch {
      // Nothing is kept here; it holds for this page.
    }
    show(off);
  }

  // The hints on the buttons show while the keys do something.
  function show(off) {
    root.classList.toggle("keys", !off);
    for (const element of document.querySelectorAll("[data-key]")) {
      if (off) element.removeAttribute("aria-keyshortcuts");
      else element.setAttribute("aria-keyshortcuts", element.dataset.key.toUpperCase());
    }
    for (const button of document.querySelectorAll("[data-keys]")) {
      button.hidden = false;
      button.textContent = off ? "Switch keys on" : "Switch keys off";
    }
  }

  function isTyping(at) {
    const field = at instanceof Element && at.closest("input, textarea, select, [contenteditable]");
    return Boolean(field) && field.type !== "checkbox" && field.type !== "radio";
  }

  function press(element) {
    if (element.matches("input")) {
      element.focus();
      element.select();
      return;
    }
    element.click();
    if (element.matches("a")) leaving = true;
  }

  // Goes to the next or the previous row. False where the page has no rows.
  function walk(step) {
    const rows = [...document.querySelectorAll("[data-row]")].filter(isShown);
    if (rows.length === 0) return false;
    const at = rows.indexOf(document.activeElement);
    const to = at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1);
    rows[to].focus();
    return true;
  }

  const palette = document.getElementById("palette");

  // Whoever wants it has it, also while typing: nothing else is on these keys.
  document.addEventListener("keydown", (event) => {
    const isIt = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k";
    if (!isIt || !palette || leaving) return;
    event.preventDefault();
    if (!palette.open) palette.showModal();
    palette.querySelector("input").select();
  });

  for (const place of document.querySelectorAll("[data-finds]")) {
    const field = place.querySelector("input[type=search]");
    const form = field.form;
    place.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
      const hits = [...place.querySelectorAll("[data-hit]")];
      const at = hits.indexOf(document.activeElement);
      if (event.key === "ArrowDown" && hits.length > 0) hits[Math.min(at + 1, hits.length - 1)].focus();
      else if (event.key === "ArrowUp" && at >= 0) (hits[at - 1] ?? field).focus();
      // What is shown has to be the answer to what stands there.
      else if (event.key === "Enter" && event.target === field && hits.length > 0 && form.dataset.shows === field.value) press(hits[0]);
      else return;
      event.preventDefault();
    });
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isTyping(event.target)) event.target.blur();
    // What lies under the palette is not meant.
    const held = event.ctrlKey || event.altKey || event.metaKey || event.isComposing || palette?.open;
    if (held || leaving || event.defaultPrevented || !root.classList.contains("keys") || isTyping(event.target)) return;
    const key = event.key.toLowerCase();
    if ((key === "j" && walk(1)) || (key === "k" && walk(-1))) {
      event.preventDefault();
      return;
    }
    // A key that is held down answers once.
    const element = event.repeat ? undefined : keyed().find((one) => one.dataset.key.split(" ").includes(key));
    if (!element) return;
    event.preventDefault();
    press(element);
  });
  document.addEventListener("submit", () => {
    leaving = true;
  });
  window.addEventListener("pageshow", () => {
    leaving = false;
  });

  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-keys]")) switchTo(root.classList.contains("keys"));
  });

  function follow(form) {
    let timer;
    let newest = 0;
    const ask = async () => {
      const mine = ++newest;
      const typed = form.querySelector("input[type=search]")?.value ?? "";
      const address = new URL(form.dataset.ask ?? form.getAttribute("action"), location.href);
      // A form that does something else when it is sent asks by the words alone.
      address.search = new URLSearchParams(form.dataset.ask ? { find: typed } : new FormData(form)).toString();
      const answer = await fetch(address, { redirect: "error" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const old = document.getElementById(form.dataset.live);
      const fresh = page.getElementById(form.dataset.from ?? form.dataset.live);
      if (!answer.ok || mine !== newest || !old || !fresh) return;
      old.replaceChildren(...fresh.childNodes);
      form.dataset.shows = typed;
    };
    form.addEventListener("input", (event) => {
      if (event.target.type !== "search") return;
      clearTimeout(timer);
      // What cannot be asked now is asked by Enter, as without a script.
      timer = setTimeout(() => ask().catch(() => {}), PAUSE);
    });
  }

  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  const field = document.getElementById("token");
  if (given) history.replaceState(null, "", location.pathname + location.search);
  if (given && field) {
    field.value = given;
    field.closest("details")?.setAttribute("open", "");
    field.form.querySelector("button").focus();
  }

  for (const form of document.querySelectorAll("form[data-live]")) follow(form);
  show(isOff());
})();
