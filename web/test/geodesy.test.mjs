// The measures of the map against those of PostGIS, on the cases that the
// server's own are held to.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import test from 'node:test';
import {build} from 'esbuild';

const built = await build({entryPoints: [new URL('../islands/geodesy.ts', import.meta.url).pathname], bundle: true, format: 'esm', write: false});
const {area, length} = await import(`data:text/javascript;base64,${Buffer.from(built.outputFiles[0].contents).toString('base64')}`);

const cases = readFileSync(new URL('../../geo/measure/testdata/oracle.csv', import.meta.url), 'utf8').trim().split('\n').map((row) => {
  const [kind, wkt, value] = row.split(';');
  const rings = wkt.replace(/^[A-Z]+/, '').split('),(').map((ring) => ring.replace(/[()]/g, '').split(',').map((p) => p.trim().split(/\s+/).map(Number)));
  return {kind, rings, value: Number(value)};
});

test('areas agree with PostGIS', () => {
  const areas = cases.filter((c) => c.kind === 'area');
  assert(areas.length > 10);
  for (const {rings: [shell, ...holes], value} of areas) {
    const got = holes.reduce((sum, hole) => sum - area(hole), area(shell));
    assert(Math.abs(got - value) <= 1e-7 * value + 1e-3, `${got} instead of ${value}`);
  }
});

test('distances agree with PostGIS', () => {
  const pairs = cases.filter((c) => c.kind === 'distance');
  assert(pairs.length > 10);
  for (const {rings: [pair], value} of pairs) assert(Math.abs(length(pair) - value) <= 1e-3, `${length(pair)} instead of ${value}`);
});

test('nothing has no size', () => {
  assert.equal(length([[125, 43]]), 0);
  assert.equal(area([[125, 43], [125, 43], [125, 43]]), 0);
});
