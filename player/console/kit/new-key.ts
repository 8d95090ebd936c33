const LENGTH = 32;
const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';

/** A random key of 32 letters and digits that nobody takes for one another. */
export function newKey(): string {
  const chosen = crypto.getRandomValues(new Uint32Array(LENGTH));
  return Array.from(chosen, (number) => LETTERS[number % LETTERS.length]).join('');
}
