import { readFileIfPresent, writeFileAtomic } from '../base/index.ts';
import type { SecretBox } from './secret-box.ts';

const PLACE = 'acme account';

/** The key of the account with an authority; undefined where there is none, or none that opens: another is made then. */
export async function readAcmeAccount(path: string, box: SecretBox): Promise<string | undefined> {
  const sealed = await readFileIfPresent(path);
  if (sealed === undefined) return undefined;
  try {
    return box.open(sealed.trim(), PLACE);
  } catch {
    return undefined;
  }
}

export async function writeAcmeAccount(path: string, box: SecretBox, key: string): Promise<void> {
  await writeFileAtomic(path, `${box.seal(key, PLACE)}\n`);
}
