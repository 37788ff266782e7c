// A wall clock of its own for one till, as if somebody set the machine's: a few lines of C between the program and the
// system's clock. Only the wall clock is moved; the clock that runs on evenly is left alone.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SOURCE = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t id, struct timespec *time) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int failed = real(id, time);
  if (failed || id != CLOCK_REALTIME) return failed;
  FILE *file = fopen(getenv("DOCKET_TEST_CLOCK"), "r");
  long moved_s = 0;
  if (file) {
    if (fscanf(file, "%ld", &moved_s) != 1) moved_s = 0;
    fclose(file);
  }
  time->tv_sec += moved_s;
  return 0;
}
`;

export class WallClock {
  private readonly folder = mkdtempSync(join(tmpdir(), 'docket-clock-'));
  private readonly file = join(this.folder, 'moved_s');

  /** What a till's environment holds to go by this clock. */
  readonly env: Readonly<Record<string, string>>;

  constructor() {
    const library = join(this.folder, 'clock.so');
    writeFileSync(join(this.folder, 'clock.c'), SOURCE);
    execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, join(this.folder, 'clock.c'), '-ldl']);
    this.set(0);
    this.env = { LD_PRELOAD: library, DOCKET_TEST_CLOCK: this.file };
  }

  /** Puts it so many seconds ahead of the machine's. */
  set(aheadS: number): void {
    writeFileSync(this.file, String(aheadS));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
