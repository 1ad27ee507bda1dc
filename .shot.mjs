import { chromium } from "playwright";
const base = process.env.BASE ?? "http://127.0.0.1:3000";
const api = process.env.API ?? "http://127.0.0.1:4320/api/v1";
const [,, name, path, theme = "light", size = "1440x900", ...steps] = process.argv;
const [width, height] = size.split("x").map(Number);
const b = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox","--disable-quic","--disable-background-networking","--disable-component-update","--disable-sync"] });
const page = await b.newPage({ viewport: { width, height }, colorScheme: theme });
page.on("console", (m) => { if (m.type() === "error") console.log("console:", m.text()); });
page.on("pageerror", (e) => console.log("pageerror:", e.message));
await page.goto(base + path);
await page.waitForTimeout(Number(process.env.WAIT ?? 6000));
for (const step of steps) {
  if (step.startsWith("key:")) await page.keyboard.press(step.slice(4));
  else if (step.startsWith("focus:")) await page.locator(step.slice(6)).first().focus();
  else if (step.startsWith("click:")) await page.locator(step.slice(6)).first().click();
  else if (step.startsWith("hover:")) { const [x,y]=step.slice(6).split(",").map(Number); await page.mouse.move(x,y); }
  else if (step.startsWith("drag:")) { const [x,y,u,v]=step.slice(5).split(",").map(Number); await page.mouse.move(x,y); await page.mouse.down(); await page.mouse.move((x+u)/2,(y+v)/2); await page.mouse.move(u,v); await page.mouse.up(); }
  await page.waitForTimeout(500);
}
console.log(page.url());
await page.screenshot({ path: `/tmp/shots/${name}.png` });
await b.close();
