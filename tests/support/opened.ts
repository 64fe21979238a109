import { z } from 'zod';
import { parseLossless, stringifyLossless } from '../../app/core/lossless-json.ts';
import { openPerson, type PersonKeys } from '../../app/record/index.server.ts';

const sealed = z.looseObject({ id: z.union([z.bigint(), z.int()]), person: z.string().nullable() });
const HASHES = ['email_hash', 'phone_hash', 'email_path', 'first_name_path', 'last_name_path', 'mailbox_hash', 'address_hash'];

/** A table's row (JSON) as it reads when it is opened: two shops hold the same person in different texts. Rows of other tables stay. */
export function openedRow(persons: PersonKeys, row: string): string {
  const parsed = sealed.safeParse(parseLossless(row));
  if (!parsed.success) return row;
  const { person, ...rest } = parsed.data;
  const opened = openPerson(persons, { id: BigInt(rest.id), person });
  return stringifyLossless({ ...Object.fromEntries(Object.entries(rest).filter(([key]) => !HASHES.includes(key))), ...opened });
}
