// What a fact's payload says, read with care: a newer program may write what this one does not know.

export interface Payload {
  text(name: string): string | null;
  number(name: string): number | null;
  /** Whether it says yes. */
  yes(name: string): boolean;
  part(name: string): Payload;
  parts(name: string): Payload[];
  /** Ids in a list, whether they stand alone or as a member of objects. */
  ids(name: string, member: string): string[];
}

export function readPayload(json: string): Payload {
  try {
    return payloadOf(JSON.parse(json));
  } catch {
    return payloadOf(null);
  }
}

function payloadOf(value: unknown): Payload {
  const record = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const list = (name: string): unknown[] => (Array.isArray(record[name]) ? record[name] : []);
  return {
    text: (name) => (typeof record[name] === 'string' ? record[name] : null),
    number: (name) => (typeof record[name] === 'number' ? record[name] : null),
    yes: (name) => record[name] === true,
    part: (name) => payloadOf(record[name]),
    parts: (name) => list(name).map(payloadOf),
    ids: (name, member) => list(name).flatMap((row) => (typeof row === 'string' ? [row] : (payloadOf(row).text(member) ?? []))),
  };
}
