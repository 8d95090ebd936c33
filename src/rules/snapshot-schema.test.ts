import { describe, expect, it } from 'vitest';
import { compileRules } from './compile.ts';

const STORAGES = ['recordings', 'archive'];
const errors = (input: unknown, storages: readonly string[] | undefined = STORAGES) => {
  const result = compileRules(input, { storages });
  return result.ok ? [] : result.errors;
};
const snapshot = (settings: object) => ({ streams: [{ snapshot: settings }] });
const URL = 'http://127.0.0.1/look';

describe('the rules of snapshots', () => {
  it.each([
    ['archiv', 'no storage of the configuration is called archiv; did you mean archive?'],
    ['elsewhere', 'no storage of the configuration is called elsewhere; the storages are recordings, archive'],
  ])('refuse the storage %s', (storage, message) => {
    expect(errors(snapshot({ storage }))).toEqual([{ path: 'streams[0].snapshot.storage', message }]);
    const anything = compileRules(snapshot({ storage }));
    expect(anything.ok).toBe(true);
  });

  it('take the storages of the configuration', () => {
    for (const storage of STORAGES) expect(errors(snapshot({ storage }))).toEqual([]);
  });

  it.each([
    ['a name that changes, of what is to be overwritten', { overwrite: '{AppName}/{StreamName}/{Sequence}.jpg' }],
    ['a time in it', { overwrite: '{AppName}/{StreamName}/{UnixTimestamp}.jpg' }],
  ])('refuse %s', (_, settings) => {
    expect(errors(snapshot(settings))[0]).toMatchObject({ path: 'streams[0].snapshot.overwrite' });
  });

  it.each(['{UnixTimestamp}', '{Sequence}', '{UnixTimestamp}-{Sequence}', '{Sequence}/{DomainName}'])(
    'take a sequence with %s',
    (variables) => expect(errors(snapshot({ sequence: `x/{AppName}/{StreamName}/${variables}.jpg` }))).toEqual([]),
  );

  it.each([
    [4, false],
    [5, true],
    [3600, true],
    [3601, false],
    [7.5, false],
  ])('everySeconds %s', (everySeconds, isRight) => {
    const paths = errors(snapshot({ everySeconds })).map(({ path }) => path);
    expect(paths).toEqual(isRight ? [] : ['streams[0].snapshot.everySeconds']);
  });

  it.each([
    ['no URL', { url: 'look' }, 'url'],
    ['a file', { url: 'file:///etc/passwd' }, 'url'],
    ['a short key', { url: URL, key: 'short' }, 'key'],
    ['no time', { url: URL, timeoutMs: 1 }, 'timeoutMs'],
    ['none at once', { url: URL, concurrency: 0 }, 'concurrency'],
    ['another way to fail', { url: URL, onFailure: 'panic' }, 'onFailure'],
    ['a key of another name', { url: URL, uri: 1 }, 'uri'],
  ])('refuse a moderation hook with %s', (_, moderation, field) => {
    const paths = errors(snapshot({ moderation })).map(({ path }) => path);
    expect(paths).toEqual([`streams[0].snapshot.moderation.${field}`]);
  });

  it('take a hook, and none for the streams of a more specific rule', () => {
    const result = compileRules({
      streams: [
        { snapshot: { enabled: true, moderation: { url: URL } } },
        { match: { app: 'private' }, snapshot: { moderation: 'none' } },
      ],
    });
    const of = (app: string) => (result.ok ? result.compiled.settingsFor('default', app, 's').snapshot.moderation : 0);
    expect(of('live')).toEqual({ url: URL, send: 'image', timeoutMs: 5000, concurrency: 4, onFailure: 'pass' });
    expect(of('private')).toBe('none');
  });

  it("refuse events that ApsaraVideo's form does not have", () => {
    const callback = (rest: object) => errors({ callbacks: [{ id: 'a', url: URL, ...rest }] });
    expect(callback({ form: 'apsara', events: ['snapshot', 'publish'] })).toEqual([]);
    expect(callback({ events: ['snapshot', 'moderation'] })).toEqual([]);
    expect(callback({ form: 'apsara', events: ['moderation'] })[0]?.path).toBe('callbacks[0].events');
    expect(callback({ events: [] })[0]?.path).toBe('callbacks[0].events');
    expect(callback({ events: ['snapshots'] })[0]?.path).toBe('callbacks[0].events[0]');
  });
});
