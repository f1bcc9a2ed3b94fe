// The pages that are pictured: each is the same to both sides.

import http from "node:http";

const STYLE = `<style>body{margin:0;font:18px sans-serif} form{width:360px;margin:120px auto;display:grid;gap:14px}
  input,button{font:inherit;padding:12px} #mark{position:fixed;left:0;top:0;width:64px;height:64px;background:#fff}</style>`;

/** Turns from white to black, and back, at each press anywhere: what the latency is measured by. */
const MARK = `<div id=mark></div><script>let dark=false;addEventListener("mousedown",()=>{dark=!dark;mark.style.background=dark?"#000":"#fff"})</script>`;

const FORM = `<form><h1>Sign in</h1><input value="ana@example.com"><input id=typed autofocus><button type=button>Go on</button></form>`;

const PAGES = {
  "/login": `<title>login</title>${STYLE}${FORM}${MARK}`,
  // Long enough that scrolling never reaches its end while it is measured.
  "/scroll": `<title>scroll</title>${STYLE}${MARK}<script>
    for (let n = 0; n < 4000; n++) document.write("<p style='margin:12px 40px'>Line " + n + ": the quick brown fox jumps over the lazy dog</p>");
    let y = 0; const on = () => { y += 6; scrollTo(0, y % 90000); requestAnimationFrame(on); }; requestAnimationFrame(on);</script>`,
  "/animation": `<title>animation</title>${STYLE}${MARK}<canvas id=all style="position:fixed;inset:0;z-index:-1"></canvas><script>
    all.width = innerWidth; all.height = innerHeight; const c = all.getContext("2d"); let t = 0;
    const on = () => { t += 1; for (let x = 0; x < 16; x++) for (let y = 0; y < 10; y++) {
      c.fillStyle = "hsl(" + ((x * 20 + y * 30 + t * 3) % 360) + " 70% 60%)"; c.fillRect(x * all.width / 16, y * all.height / 10, all.width / 16 + 1, all.height / 10 + 1); }
      requestAnimationFrame(on); }; requestAnimationFrame(on);</script>`,
};

/** Serves them; their address. */
export async function servePages() {
  const server = http.createServer((request, response) => {
    const page = PAGES[new URL(request.url, "http://localhost").pathname];
    response.writeHead(page ? 200 : 404, { "content-type": "text/html; charset=utf-8" });
    response.end(`<!doctype html>${page ?? "nothing"}`);
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return { url: `http://pages.bench.localhost:${server.address().port}`, close: () => server.close() };
}
