// What a click sends, changed on its way: as a screen with a fault, an older screen, or a second window would send it.

import type { Page } from '@playwright/test';

import type { CommandName } from '../../../ui/src/lib/ipc/backend';

/** A command on its way to the till. */
export interface Call {
  name: string;
  readonly headers: Record<string, string>;
  command_id: string;
  expected_version: string | null;
  // What the screen built; tests bend it into shapes that no type of ours has.
  input: any;
}

/** Changes the next call of a command that leaves the window. */
export async function bend(page: Page, command: CommandName, change: (call: Call) => void | Promise<void>): Promise<void> {
  await page.route(`**/api/commands/${command}`, async (route) => {
    const request = route.request();
    const headers = await request.allHeaders();
    const sent = request.postDataJSON() as Omit<Call, 'name' | 'headers'>;
    const call: Call = { name: command, headers, ...sent };
    await change(call);
    const { name, command_id, expected_version, input } = call;
    await route.continue({
      url: request.url().replace(/[^/]+$/, name), headers, postData: JSON.stringify({ command_id, expected_version, input }),
    });
  }, { times: 1 });
}
