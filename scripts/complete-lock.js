// Adds to package-lock.json the optional platform packages that a registry could not describe when the lock was
// written: `npm ci` refuses a lock that does not name them all, on every platform. Run it after `npm install`.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const lock = JSON.parse(readFileSync(file, 'utf8'));
const added = [];

for (const [path, owner] of Object.entries({ ...lock.packages })) {
  if (path === '') continue;
  for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
    const isKnown = lock.packages[`node_modules/${name}`] ?? lock.packages[`${path}/node_modules/${name}`];
    const platform = /-(android|darwin|linux|win32)-(arm64|x64)(-musl)?$/.exec(name);
    if (isKnown || !platform) continue;
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu: [platform[2]],
      ...(owner.dev ? { dev: true } : {}),
      ...(platform[1] === 'linux' ? { libc: [platform[3] ? 'musl' : 'glibc'] } : {}),
      optional: true,
      os: [platform[1]],
    };
    added.push(name);
  }
}

lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length > 0 ? `added: ${added.join(', ')}` : 'package-lock.json names them all');
