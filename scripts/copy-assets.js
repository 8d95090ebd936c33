// Copies what the compiler leaves behind (SQL and the like) from src to dist/server, at the same place.
import { cpSync, existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../src', import.meta.url));
const target = fileURLToPath(new URL('../dist/server', import.meta.url));

if (!existsSync(target)) throw new Error(`${target} is missing: compile first (npm run build does both)`);
cpSync(source, target, {
  recursive: true,
  filter: (path) => statSync(path).isDirectory() || !/\.tsx?$|\.md$/.test(path),
});
