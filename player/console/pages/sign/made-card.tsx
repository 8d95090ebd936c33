import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { DownloadIcon } from '../../../icons/index.ts';
import { Card, CopyField, Findings, momentWords, SelectField } from '../../kit/index.ts';
import { QrCode } from '../../kit/qr-code.tsx';
import type { MadeUrls } from './make-urls.ts';
import { folderOf, OBS_PICTURES, obsProfileZip } from './obs-profile.ts';
import { pushParts } from './push-parts.ts';
import { signWords } from './words.ts';

/** Addresses that were made: to copy, to scan, and for publishing as settings of OBS. */
export function MadeCard({ made, name }: { readonly made: MadeUrls; readonly name: string }): VNode {
  const words = signWords();
  const { urls, kind } = made;
  const push = urls.find(([door]) => door === 'push')?.[1];
  return (
    <div class="stack">
      {made.signing === 'elsewhere' && (
        <Findings
          tone="warn"
          findings={[{ code: 'UNSIGNED', sentence: words.unsigned, remedy: words.unsignedRemedy }]}
        />
      )}
      {made.signing === 'open' && (
        <Findings tone="warn" findings={[{ code: 'OPEN', sentence: words.open, remedy: words.openRemedy }]} />
      )}
      <Card
        title={words.made}
        actions={made.expiresAt && <span class="hint">{words.expires(momentWords(Date.parse(made.expiresAt)))}</span>}
      >
        {urls.map(([door, url]) => (
          <CopyField key={door} label={doorWords(door)} value={url} isSecret={kind === 'push'} />
        ))}
      </Card>
      {kind === 'push' && push !== undefined && <ObsCard url={push} name={name} />}
      <QrCard urls={urls} />
    </div>
  );
}

function doorWords(door: string): string {
  const { names } = signWords();
  return Object.hasOwn(names, door) ? names[door as keyof typeof names] : door;
}

function QrCard({ urls }: { readonly urls: MadeUrls['urls'] }): VNode | null {
  const words = signWords();
  const chosen = useSignal('');
  const [door, url] =
    urls.find(([each]) => each === chosen.value) ?? urls.find(([each]) => each === 'page') ?? urls[0] ?? [];
  if (door === undefined || url === undefined) return null;
  const choices = urls.map(([each]) => ({ value: each, words: doorWords(each) }));
  if (chosen.value === '') chosen.value = door;
  return (
    <Card title={words.qr}>
      <div class="qr">
        <QrCode text={url} words={words.qrOf(doorWords(door))} />
        {urls.length > 1 && <SelectField label={words.qrFor} value={chosen} choices={choices} />}
      </div>
    </Card>
  );
}

function ObsCard({ url, name }: { readonly url: string; readonly name: string }): VNode {
  const words = signWords();
  const parts = pushParts(url);
  const size = useSignal('1080p30');
  const choices = OBS_PICTURES.map(({ id, bitrateKbps }) => ({ value: id, words: `${id}, ${bitrateKbps} kbit/s` }));
  const download = () => {
    const picture = OBS_PICTURES.find(({ id }) => id === size.value);
    if (picture) save(`${folderOf(name)}.zip`, obsProfileZip(name, parts, picture));
  };
  return (
    <Card title={words.obs}>
      <p class="hint">{words.obsHint}</p>
      <CopyField label={words.server} value={parts.server} />
      <CopyField label={words.streamKey} value={parts.streamKey} isSecret />
      <h3>{words.profile}</h3>
      <p class="hint">{words.profileHint}</p>
      <SelectField label={words.size} value={size} choices={choices} />
      <button type="button" class="outline" onClick={download}>
        <DownloadIcon /> {words.download}
      </button>
    </Card>
  );
}

function save(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/zip' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
