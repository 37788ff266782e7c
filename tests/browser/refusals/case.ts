// The shape of the table of refusals: for each command a stage, the click that sends it, and what it may be refused for.

import type { CommandName } from '../../../ui/src/lib/ipc/backend';
import type { ErrorCode } from '../../../ui/src/lib/ipc/bindings';
import type { Api, Call, Made, Screen, Till, Wanted } from '../support';

/** What a case finds when it begins: a manager's window, and orders in the states that it asked for. */
export interface Stage {
  readonly till: Till;
  readonly screen: Screen;
  readonly api: Api;
  readonly open: () => Promise<Screen>;
  /** The order that the window shows. */
  readonly order: Made;
  /** Another order, made when it is first asked for. */
  readonly other: (wanted: Wanted) => Promise<Made>;
}

type Step = (stage: Stage) => Promise<unknown>;

export interface Case {
  readonly code: ErrorCode;
  /** Done first, if something is to be made ready. */
  readonly before?: Step;
  /** Changes what the click sends. Without it the click is refused as it is. */
  readonly bend?: (call: Call, stage: Stage) => void;
  /** Like `bend`, where something has to be looked up first. */
  readonly bent?: (stage: Stage) => Promise<(call: Call) => void>;
  /** A click of its own, instead of the one of the command. */
  readonly press?: Step;
}

export interface Refusals {
  readonly command: CommandName;
  /** The command that the click sends, where the screen has no click for the one that is meant. */
  readonly sentAs?: CommandName;
  /** The order that the window shows; none leaves the window as it is after signing in. */
  readonly order?: Wanted;
  /** Who signs in; the manager if left out. */
  readonly role?: 'manager' | 'cashier' | 'kitchen';
  /** Brings the window to where the click is. */
  readonly arrive: Step;
  /** The click, or the clicks, that send the command. */
  readonly press: Step;
  readonly cases: readonly Case[];
  /** Which of the refusals that every command to an order shares are tried too; all if left out. */
  readonly usual?: readonly Usual[];
}

/** A refusal that has nothing to do with what the command does. */
export type Usual = 'read' | 'known' | 'once' | 'fresh' | 'allowed' | 'signed_in';

export function titleOf(command: string): string {
  return `what ${command} refuses is read on the screen`;
}

/** Any id that the till has not seen. */
export const STRANGER = '01890a5d-ac96-774b-bcce-b302099a8057';

/** Sets a part of the input. */
export const set = (part: string, value: unknown) => (call: Call) => {
  call.input[part] = value;
};
