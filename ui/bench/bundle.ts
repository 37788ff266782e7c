// B1b: script and style that the page loads on a walk through every screen, compressed.

import { gzipSync } from 'node:zlib';

import { folder, pause, type Samples } from './ask';
import { browse, openScreens, serveScreens } from './till';

export async function sizes(): Promise<Samples> {
  const till = await serveScreens(folder(0));
  const browser = await browse();
  const loads: Promise<number>[] = [];
  try {
    const page = await openScreens(browser, till, (fresh) => {
      fresh.on('response', (response) => {
        if (!['script', 'stylesheet'].includes(response.request().resourceType())) return;
        loads.push(response.body().then((body) => gzipSync(body).length));
      });
    });
    for (const hash of ['#/orders', '#/store', '#/kitchen', '#/kitchen/pass', '#/board', '#/']) {
      await page.evaluate((wanted) => {
        location.hash = wanted;
      }, hash);
      // What a screen loads late, it loads within this; the change feed never rests.
      await pause(500);
    }
    const bytes = await Promise.all(loads);
    if (bytes.length < 2) throw new Error('the page loaded no script or no style');
    return { ours: [bytes.reduce((sum, size) => sum + size, 0)], anchor: [] };
  } finally {
    await browser.close();
    await till.end();
  }
}
