// After the pictures were drawn anew: the same pixels in fewer bytes. What Chromium writes is made to be written fast.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { FullConfig } from '@playwright/test';
import { PNG } from 'pngjs';

const PICTURES = join(import.meta.dirname, '..', '..', '..', 'docs', 'screens');

export default async function pack({ updateSnapshots }: FullConfig): Promise<void> {
  if (updateSnapshots !== 'all') return;
  for (const name of await readdir(PICTURES)) {
    const file = join(PICTURES, name);
    const drawn = await readFile(file);
    // Flat faces and few colours: rows as they are, without alpha, pack best.
    const packed = PNG.sync.write(PNG.sync.read(drawn), { colorType: 2, filterType: 0, deflateLevel: 9, deflateStrategy: 0 });
    if (packed.length < drawn.length) await writeFile(file, packed);
  }
}
