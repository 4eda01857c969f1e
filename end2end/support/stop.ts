// A page in one state, and how to bring it about.
import type { Page, Response } from "@playwright/test";
import { isForDocument } from "./browser.ts";

export interface Stop {
  name: string;
  /** The status of its document. */
  status: number;
  open(page: Page): Promise<Response | null>;
}

/** A page that its address opens. */
export const at = (name: string, address: string, status = 200): Stop => ({
  name,
  status,
  open: (page) => page.goto(address),
});

/** Answers with the document that `act` leads to. */
export async function documentAfter(page: Page, act: () => Promise<void>): Promise<Response> {
  const arrives = page.waitForResponse((response) => isForDocument(response.request()) && ![204, 303].includes(response.status()));
  await act();
  const response = await arrives;
  // An island's document is no navigation, so the page's own state says nothing of it.
  await response.finished();
  await page.waitForLoadState();
  return response;
}
