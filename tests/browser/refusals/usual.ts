// What every command to an order may be refused for, whatever it does.

import { STRANGER, type Case, type Refusals, type Usual } from './case';

const USED = '01890a5d-ac96-774b-bcce-000000000001';

/** The last one signs the window out. */
const CASES: Readonly<Record<Usual, Case>> = {
  read: {
    code: 'bad_input',
    bend: (call) => {
      call.input.colour = 'blue';
    },
  },
  known: {
    code: 'order_not_found',
    bend: (call) => {
      call.input.order_id = STRANGER;
    },
  },
  once: {
    code: 'command_id_reused',
    before: ({ api }) => api.useUp(USED),
    bend: (call) => {
      call.command_id = USED;
    },
  },
  fresh: {
    code: 'stale_version',
    bend: (call) => {
      call.expected_version = '1-0000000000000000';
    },
  },
  allowed: {
    code: 'role_not_allowed',
    bent: async ({ api }) => {
      const kitchen = await api.asKitchen();
      return (call) => {
        call.headers['docket-session'] = kitchen;
      };
    },
  },
  signed_in: {
    code: 'session_required',
    bend: (call) => {
      call.headers['docket-session'] = STRANGER;
    },
  },
};

const ALL: readonly Usual[] = ['read', 'known', 'once', 'fresh', 'allowed', 'signed_in'];

/** Every case of a command, the usual ones last. */
export function casesOf({ cases, usual = ALL }: Refusals): readonly Case[] {
  return [...cases, ...usual.map((name) => CASES[name])];
}
