// What the screens rely on, held against the real till over its real HTTP: the very suite that the fake of the
// component tests has to pass. It runs in the till's own page, so that cookie, session and feed are a window's own.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect, test } from './support';

const UI = join(import.meta.dirname, '..', '..', 'ui');
/** A module that is in no file: all that the page needs. */
const ENTRY = join(UI, 'contract-on-the-page.ts');

interface Vite {
  build(config: unknown): Promise<readonly { output: readonly { code?: string }[] }[]>;
}

/** The suite and the HTTP backend as one script that leaves `contract` on the page. */
async function bundle(): Promise<string> {
  const vite = createRequire(join(UI, 'package.json')).resolve('vite');
  const { build } = (await import(pathToFileURL(vite).href)) as Vite;
  const source = ['contract', 'http'].map((name) => `export * from ${JSON.stringify(join(UI, 'src', 'lib', 'ipc', `${name}.ts`))};`);
  const entry = {
    name: 'contract-entry',
    enforce: 'pre',
    resolveId: (id: string) => (id === ENTRY ? id : null),
    load: (id: string) => (id === ENTRY ? source.join('\n') : null),
  };
  const [made] = await build({
    configFile: false, root: UI, logLevel: 'error', publicDir: false, plugins: [entry],
    build: { write: false, minify: false, target: 'es2022', lib: { entry: ENTRY, formats: ['iife'], name: 'contract', fileName: 'contract' } },
  });
  const code = made?.output[0]?.code;
  if (code === undefined) throw new Error('the contract made no script');
  return `${code}\nglobalThis.contract = contract;`;
}

/** What the script leaves on the page. */
interface OnPage {
  contract: {
    CONTRACT: Record<string, (desk: unknown) => Promise<void>>;
    Desk: new (backend: unknown, pins: Record<string, string>) => unknown;
    HttpBackend: new () => unknown;
  };
}

test('the served till keeps the contract that the screens rely on', async ({ demo, open }) => {
  test.setTimeout(240_000);
  const { page } = await open();
  await page.evaluate(await bundle());
  const pins = Object.fromEntries(demo.ready.demo_pins.map(({ role, pin }) => [role, pin]));
  const names = await page.evaluate(() => Object.keys((window as unknown as OnPage).contract.CONTRACT));
  expect(names.length).toBeGreaterThan(30);
  const faults: string[] = [];
  for (const name of names) {
    await test.step(name, async () => {
      const fault = await page.evaluate(async ({ wanted, known }) => {
        const { contract } = window as unknown as OnPage;
        const holds = contract.CONTRACT[wanted];
        if (!holds) return 'it is not there';
        try {
          await holds(new contract.Desk(new contract.HttpBackend(), known));
          return null;
        } catch (thrown) {
          return String(thrown);
        }
      }, { wanted: name, known: pins });
      if (fault !== null) faults.push(`${name}: ${fault}`);
    });
  }
  expect(faults).toEqual([]);
});
