// The screens' part of `cargo xtask bench`: takes samples of one row and prints them as one line of JSON. It judges
// nothing; medians, quantiles and ratios are the bench program's (`crates/bench`), which starts this once a round.

import { sizes } from './bundle';
import { ask, type Samples } from './ask';
import { keys } from './keys';
import { kitchen } from './kitchen';
import { nodes, openings } from './list';
import { memory } from './memory';
import { starts } from './start';
import { work } from './work';
import { taps } from './taps';

const ROWS: Record<string, () => Promise<Samples>> = {
  U1: work, U2: taps, U3a: openings, U3b: nodes, U4: keys, K2: kitchen, S1: starts, M1: memory, B1b: sizes,
};

const row = ROWS[ask.row];
if (row === undefined) throw new Error(`there is no row ${ask.row}`);
console.log(JSON.stringify(await row()));
