import type { VNode } from 'preact';
import qrcode from 'qrcode-generator';

const QUIET_MODULES = 4;

/** A text as a QR code, dark on light whatever the page's colours are: cameras want it so. */
export function QrCode({ text, words }: { readonly text: string; readonly words: string }): VNode {
  const code = qrcode(0, 'M');
  code.addData(text);
  code.make();
  const count = code.getModuleCount();
  const size = count + 2 * QUIET_MODULES;
  const modules = Array.from({ length: count * count }, (_, at) => [Math.floor(at / count), at % count] as const);
  const path = modules
    .filter(([row, column]) => code.isDark(row, column))
    .map(([row, column]) => `M${column + QUIET_MODULES} ${row + QUIET_MODULES}h1v1h-1z`)
    .join('');
  return (
    <svg class="qr-code" viewBox={`0 0 ${size} ${size}`} shape-rendering="crispEdges" role="img">
      <title>{words}</title>
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
