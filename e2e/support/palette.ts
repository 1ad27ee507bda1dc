/** The palette, by keyboard alone. */
import { expect, type Page } from "playwright/test";

/** Opens it, types `text`, walks to the first option that `option` names, and takes it. */
export async function chooseInPalette(page: Page, text: string, option: RegExp): Promise<void> {
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder(/A service, a workload/).fill(text);
  await expect(page.getByRole("option", { name: option }).first()).toBeVisible();
  for (let press = 0; press < 40; press++) {
    const chosen = page.locator("[role=option][aria-selected=true]");
    if (option.test((await chosen.textContent()) ?? "")) break;
    await page.keyboard.press("ArrowDown");
  }
  await page.keyboard.press("Enter");
}
