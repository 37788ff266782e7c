// A small disk in memory for one till, to be filled and freed. Mounting takes root: without it the test fails and says so.

import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class Disk {
  private constructor(readonly folder: string) {}

  static ofKib(kib: number): Disk {
    const folder = mkdtempSync(join(tmpdir(), 'docket-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(kib)}k`, 'docket-test', folder]);
    return new Disk(folder);
  }

  /** Fills what is free, to the last block. */
  fill(): void {
    const file = openSync(this.filler, 'w');
    const block = Buffer.alloc(4096);
    try {
      for (;;) if (writeSync(file, block) < block.length) break;
    } catch (why) {
      if ((why as NodeJS.ErrnoException).code !== 'ENOSPC') throw why;
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(this.filler);
  }

  remove(): void {
    execFileSync('umount', ['--lazy', this.folder]);
    rmdirSync(this.folder);
  }

  private get filler(): string {
    return join(this.folder, 'filler');
  }
}
