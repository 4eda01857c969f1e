// Reads a QR code off a picture, as a phone's camera does.
import type { Locator } from "@playwright/test";
import jsQR from "jsqr";
import { PNG } from "pngjs";

/** What the QR code says that an element shows on the screen; nothing if it cannot be read. */
export async function scan(element: Locator): Promise<string | undefined> {
  const { data, width, height } = PNG.sync.read(await element.screenshot({ animations: "disabled" }));
  return jsQR.default(new Uint8ClampedArray(data), width, height)?.data;
}
