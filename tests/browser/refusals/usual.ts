// What every command to an order may be refused for, whatever it does.

import { STRANGER, type Case, type Refusals } from './case';

const READ: Case = {
  code: 'bad_input',
  bend: (call) => {
    call.input.colour = 'blue';
  },
};

const KNOWN: Case = {
  code: 'order_not_found',
  bend: (call) => {
    call.input.order_id = STRANGER;
  },
};

const FRESH: Case = {
  code: 'stale_version',
  bend: (call) => {
    call.expected_version = '1-0000000000000000';
  },
};

const ONCE: Case = {
  code: 'command_id_reused',
  bent: async ({ api }) => {
    const used = '01890a5d-ac96-774b-bcce-000000000001';
    await api.useUp(used);
    return (call) => {
      call.command_id = used;
    };
  },
};

const ALLOWED: Case = {
  code: 'role_not_allowed',
  nameless: true,
  bent: async ({ api }) => {
    const kitchen = await api.asKitchen();
    return (call) => {
      call.headers['docket-session'] = kitchen;
    };
  },
};

/** The last one, because the window is then signed out. */
const SIGNED_IN: Case = {
  code: 'session_required',
  bend: (call) => {
    call.headers['docket-session'] = STRANGER;
  },
};

export function usual({ command, usual = 'all' }: Refusals): readonly Case[] {
  if (usual === 'none') return [];
  const first = command === 'create_order' ? [READ, ONCE] : [READ, KNOWN, ONCE];
  const version = usual === 'unversioned' ? [] : [FRESH];
  const role = usual === 'any_role' ? [] : [ALLOWED];
  return [...first, ...version, ...role, SIGNED_IN];
}
