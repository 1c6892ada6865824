// Bundles the islands into dist/ and lays the map library beside them. The
// library stays in its own two files: its worker is found by name beside it,
// and browsers keep both across releases of ours.
import {cp, mkdir, readdir, rm} from 'node:fs/promises';
import {context} from 'esbuild';

const out = new URL('dist/', import.meta.url).pathname;
const library = new URL('node_modules/maplibre-gl/dist/', import.meta.url).pathname;

for (const old of await readdir(out)) if (!old.startsWith('.')) await rm(out + old, {force: true, recursive: true});
await mkdir(out + 'maplibre', {recursive: true});
for (const file of ['maplibre-gl.mjs', 'maplibre-gl-worker.mjs', 'maplibre-gl.css']) {
  await cp(library + file, `${out}maplibre/${file}`);
}
const build = await context({
  entryPoints: ['map', 'embed', 'print', 'inbox', 'upload', 'units', 'help'].map((name) => new URL(`islands/${name}.ts`, import.meta.url).pathname),
  outdir: out, splitting: true, chunkNames: 'part-[hash]', bundle: true, minify: true, format: 'esm', target: 'es2022', logLevel: 'info',
});
if (process.argv.includes('--watch')) {
  await build.watch();
} else {
  await build.rebuild();
  await build.dispose();
}
