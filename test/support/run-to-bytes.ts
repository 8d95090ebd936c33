import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs a program with the bytes as its input, and gives all its output; throws what it said when it fails. */
export async function runToBytes(program: string, args: readonly string[], input: Uint8Array): Promise<Uint8Array> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const out: Uint8Array[] = [];
  let said = '';
  child.stdout.on('data', (bytes: Uint8Array) => out.push(bytes));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${said.slice(-2000)}`);
  return Buffer.concat(out);
}
