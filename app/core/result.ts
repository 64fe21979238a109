/** Expected outcomes are returned and named; only the unexpected is thrown. */
export type Ok<T> = { readonly kind: 'ok'; readonly value: T };
/** What is wrong with a form: field name to message key of app/i18n. */
export type Invalid = { readonly kind: 'invalid'; readonly fields: Readonly<Record<string, string>> };

export function ok<T>(value: T): Ok<T> {
  return { kind: 'ok', value };
}

export function invalid(fields: Readonly<Record<string, string>>): Invalid {
  return { kind: 'invalid', fields };
}

/** Closes an exhaustive switch: the compiler refuses a case that was forgotten. */
export function unreachable(value: never): never {
  throw new Error(`unexpected case: ${JSON.stringify(value)}`);
}

/** A job that must not be tried again: the input itself is wrong. Anything else that is thrown is retried. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}
