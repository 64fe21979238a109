/** "a, b,c" as a list without blanks and empty parts. */
export function parseScopes(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
