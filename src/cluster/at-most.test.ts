import { expect, it } from 'vitest';
import { atMost, TooManyError } from './at-most.ts';

it('lets in whoever comes when another one is done, well or not, and nobody beside so many', async () => {
  const ends: ((error?: Error) => void)[] = [];
  const asked = atMost(2, (name: string) => {
    return new Promise<string>((resolve, reject) => ends.push((error) => (error ? reject(error) : resolve(name))));
  });
  const [one, two] = [asked('one'), asked('two')];
  await expect(asked('three')).rejects.toThrow(TooManyError);
  ends[0]?.();
  expect(await one).toBe('one');
  const four = asked('four');
  ends[1]?.(new Error('broken'));
  await expect(two).rejects.toThrow('broken');
  const five = asked('five');
  for (const end of ends) end();
  expect(await Promise.all([four, five])).toEqual(['four', 'five']);
});
