import { generate } from 'selfsigned';
import { describe, expect, it } from 'vitest';
import type { GivenPair } from '../certificates/index.ts';
import { newMasterKey, parseMasterKeys, SecretBox, type StoredCertificate } from '../store/index.ts';
import { CertificateShelf } from './certificate-shelf.ts';

const NOW_MS = Date.now();
const DAY_MS = 86_400_000;
const box = new SecretBox(parseMasterKeys(newMasterKey())!);

const pairFor = async (name: string, more: object = {}) => {
  const made = await generate([{ name: 'commonName', value: name }], { keyType: 'ec', ...more });
  return { cert: made.cert, key: made.private };
};

function shelfOf(stored: readonly StoredCertificate[] = [], rows?: Map<string, StoredCertificate>) {
  let kept: readonly StoredCertificate[] = stored;
  let shown: readonly GivenPair[] = [];
  const damaged: string[] = [];
  const shelf = new CertificateShelf({
    ...{ stored, box, wallMs: () => NOW_MS },
    shared: {
      isReady: rows !== undefined,
      put: async (each) => void rows?.set(each.id, each),
      remove: async (id) => void rows?.delete(id),
    },
    keep: async (all) => {
      kept = all;
    },
    show: async (pairs) => {
      shown = pairs;
    },
    onDamaged: (id) => damaged.push(id),
  });
  return { shelf, kept: () => kept, shown: () => shown, damaged };
}

const about = { source: 'upload', by: 'eve' } as const;
const codeOf = (adding: Promise<unknown>) =>
  adding.then(
    () => 'taken',
    (error) => error.code,
  );

describe('CertificateShelf', () => {
  it('shows what it takes, keeps it sealed, and has it again after a restart', async () => {
    const { shelf, kept, shown } = shelfOf();
    const one = await pairFor('one.test');
    const added = await shelf.add({ ...one, ...about });
    expect(added).toMatchObject({ hosts: ['one.test'], source: 'upload', by: 'eve', addedMs: NOW_MS });
    expect(shown().map(({ hosts }) => hosts)).toEqual([['one.test']]);
    const secret = one.key.split('\n')[1]!;
    expect(JSON.stringify(kept())).not.toContain(secret);
    const again = shelfOf(kept());
    expect(String(again.shelf.all()[0]!.pair.key)).toBe(one.key);
    expect(await again.shelf.remove(added.id)).toBe(true);
    expect([again.kept(), again.shown(), await again.shelf.remove(added.id)]).toEqual([[], [], false]);
  });

  it('has a new one take the place of the one for the same hosts', async () => {
    const { shelf } = shelfOf();
    for (const name of ['one.test', 'two.test', 'one.test']) await shelf.add({ ...(await pairFor(name)), ...about });
    expect(shelf.all().map(({ hosts }) => hosts)).toEqual([['one.test'], ['two.test']]);
  });

  it('takes what the database has, and keeps what the database does not have yet', async () => {
    const rows = new Map<string, StoredCertificate>();
    const online = shelfOf([], rows);
    const [one, two] = [
      await online.shelf.add({ ...(await pairFor('one.test')), ...about }),
      await pairFor('two.test'),
    ];
    expect([...rows.keys()]).toEqual([one.id]);
    const offline = shelfOf();
    const own = await offline.shelf.add({ ...two, ...about });
    expect(offline.shelf.unshared().map(({ id }) => id)).toEqual([own.id]);
    await offline.shelf.take([...rows.values()]);
    expect(
      offline.shelf
        .all()
        .map(({ hosts }) => hosts[0])
        .toSorted(),
    ).toEqual(['one.test', 'two.test']);
    expect(offline.shown()).toHaveLength(2);
    const later = { ...[...rows.values()][0]!, hosts: ['one.test', 'two.test'], addedMs: NOW_MS + 1, isShared: true };
    await offline.shelf.take([later]);
    expect(offline.shelf.all().map(({ id }) => id)).toEqual([one.id]);
    await offline.shelf.take([]);
    expect([offline.shelf.all(), offline.kept(), offline.shown()]).toEqual([[], [], []]);
    await online.shelf.remove(one.id);
    expect(rows.size).toBe(0);
  });

  it('refuses what cannot serve, and says why', async () => {
    const { shelf, kept } = shelfOf();
    const [one, two] = [await pairFor('one.test'), await pairFor('two.test')];
    const old = await pairFor('old.test', {
      notBeforeDate: new Date(NOW_MS - 9 * DAY_MS),
      notAfterDate: new Date(NOW_MS - DAY_MS),
    });
    expect(await codeOf(shelf.add({ cert: one.cert, key: two.key, ...about }))).toBe('BAD_KEY');
    expect(await codeOf(shelf.add({ cert: 'x', key: one.key, ...about }))).toBe('BAD_CERTIFICATE');
    expect(await codeOf(shelf.add({ ...one, cert: `${one.cert}\n${two.cert}`, ...about }))).toBe('BAD_CHAIN');
    expect(await codeOf(shelf.add({ ...one, hosts: ['two.test'], ...about }))).toBe('NOT_FOR_HOST');
    expect(await codeOf(shelf.add({ ...old, ...about }))).toBe('EXPIRED');
    expect(kept()).toEqual([]);
  });

  it('leaves out one whose key does not open, and keeps the others', async () => {
    const { shelf, kept } = shelfOf();
    for (const name of ['one.test', 'two.test']) await shelf.add({ ...(await pairFor(name)), ...about });
    const [first, second] = kept();
    const again = shelfOf([{ ...first!, sealedKey: second!.sealedKey }, second!]);
    expect(again.shelf.all().map(({ id }) => id)).toEqual([second!.id]);
    expect(again.damaged).toEqual([first!.id]);
  });
});
