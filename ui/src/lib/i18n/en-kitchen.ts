// English for the kitchen's columns, its keys and sounds, the pass, and the guests' board.

const columns = {
  'kitchen.views': 'Views of the kitchen',
  'kitchen.view_cook': 'Cook',
  'kitchen.view_pass': 'Pass',
  'kitchen.view_guests': 'Guests’ board',
  'kitchen.earlier': (_: { count: number }, n: string) => ({ one: `${n} earlier`, other: `${n} earlier` }),
  'kitchen.more': (_: { count: number }, n: string) => ({ one: `${n} more`, other: `${n} more` }),
  'kitchen.off_page_changed': (_: { count: number }, n: string) => ({ one: `${n} changed`, other: `${n} changed` }),
  'kitchen.page': (p: { page: string; pages: string }) => `Page ${p.page} of ${p.pages}`,
  'kitchen.beyond': (_: { count: number }, n: string) => ({
    one: `${n} further ticket waits behind these; finish some first.`,
    other: `${n} further tickets wait behind these; finish some first.`,
  }),
  'kitchen.goes_on': 'goes on in the next column',
  'kitchen.slot': (p: { slot: string }) => `Key ${p.slot}`,
  'kitchen.allergy': 'ALLERGY',
  'kitchen.all_day': 'All day',
  'kitchen.all_day_title': 'Still to make',
  'kitchen.all_day_none': 'Nothing is to be made.',
  'kitchen.ready_count': (_: { count: number }, n: string) => ({ one: `Ready · ${n}`, other: `Ready · ${n}` }),
  'kitchen.ready_all': (_: { count: number }, n: string) => ({ one: `Show ${n} more`, other: `Show ${n} more` }),
  'kitchen.ready_title': 'Ready, to recall or hand over',
  'kitchen.limits': (p: { type: string; due: string; late: string }) => `${p.type}: due soon after ${p.due} min, late after ${p.late} min`,
};

const sound = {
  'kitchen.sound': 'Sound',
  'kitchen.sound_on': 'On',
  'kitchen.sound_off': 'Off',
  'kitchen.sound_asleep': 'No sound yet: tap anywhere once, then new tickets ring.',
  'kitchen.sound_none': 'This machine can make no sound.',
};

const keys = {
  'kitchen.map': 'Keys',
  'kitchen.map_title': 'Keys of the kitchen',
  'kitchen.map_slot': 'Next step of the ticket with this number: seen, start, ready',
  'kitchen.map_slot_pass': 'Hand over what is ready of the ticket with this number',
  'kitchen.map_choose': 'Choose the ticket before or after',
  'kitchen.map_line': 'Choose a line of the ticket',
  'kitchen.map_tick': 'Tick the chosen line off, or do the ticket’s next step',
  'kitchen.map_start': 'Start the chosen ticket',
  'kitchen.map_ready': 'Chosen ticket is all ready',
  'kitchen.map_seen': 'Changes of the chosen ticket are seen',
  'kitchen.map_recall': 'Recall the ticket that was finished last',
  'kitchen.map_page': 'Page before or after',
  'kitchen.map_all_day': 'Show or hide what is to be made',
  'kitchen.map_sound': 'Sound on or off',
  'kitchen.map_view': 'Change between cook and pass',
  'kitchen.map_help': 'Show these keys',
};

const pass = {
  'pass.title': 'Pass',
  'pass.none': 'Nothing is on its way.',
  'pass.progress': (p: { done: string; total: string }) => `${p.done} of ${p.total} ready`,
  'pass.all_ready': 'All ready',
  'pass.hand_over': 'Hand over',
  'pass.hand_over_part': (_: { count: number }, n: string) => ({ one: `Hand over the ${n} that is ready`, other: `Hand over the ${n} that are ready` }),
};

const guests = {
  'guests.title': 'Your order',
  'guests.preparing': 'Being made',
  'guests.ready': 'Ready: please come',
  'guests.none_ready': 'No order is ready at the moment.',
  'guests.none_preparing': 'No order is being made.',
  'guests.called': 'just called',
  'guests.more': (_: { count: number }, n: string) => ({ one: `and ${n} more`, other: `and ${n} more` }),
  'guests.stale': (p: { time: string }) => `This board has not been renewed since ${p.time}. Please ask at the counter.`,
  'guests.stale_never': 'This board is not renewed at the moment. Please ask at the counter.',
  'guests.leave': 'Leave the guests’ board',
};

export const kitchenBoards = { ...columns, ...sound, ...keys, ...pass, ...guests } as const;
