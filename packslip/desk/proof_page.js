// Fetches the changing part whenever the server names another version; images are named by content, so none flickers.
"use strict";
const content = document.getElementById("content");
let asked = 0;
const refresh = async () => {
  const mine = ++asked;
  const answer = await fetch("/content", { cache: "no-store" });
  const text = await answer.text();
  if (mine === asked) content.innerHTML = text;
};
new EventSource("/events").onmessage = refresh;
