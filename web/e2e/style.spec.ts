import {readFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {validateStyleMin, type StyleSpecification} from '@maplibre/maplibre-gl-style-spec';
import {expect, test} from './page';

const library = fileURLToPath(new URL('../node_modules/maplibre-gl/dist', import.meta.url));

for (const lang of ['zh', 'en']) {
  for (const theme of ['light', 'dark']) {
    test(`the generated style, ${lang} and ${theme}, follows the specification`, async ({page}) => {
      const answer = await page.request.get(`/tiles/current/style.json?lang=${lang}&theme=${theme}&datetime=2019-06-01`);
      const style = (await answer.json()) as StyleSpecification;
      expect(validateStyleMin(style)).toEqual([]);
      expect(style.layers.map((l) => l.id)).toEqual(expect.arrayContaining(['boundary-0', 'boundary-4', 'collapsed', 'township-name', 'unknown-name']));
    });
  }
}

test('MapLibre draws the map from the generated style alone', async ({page, baseURL}) => {
  await page.route('**/alone/**', async (route) => {
    const name = basename(new URL(route.request().url()).pathname);
    if (name === 'map.html') return route.fulfill({contentType: 'text/html', body: html});
    await route.fulfill({contentType: 'text/javascript', body: await readFile(join(library, name))});
  });
  await page.goto(`${baseURL}/alone/map.html`);
  const drawn = await page.evaluate(async () => {
    const {Map} = (await import('/alone/maplibre-gl.mjs' as string)) as typeof import('maplibre-gl');
    const map = new Map({container: 'map', style: '/tiles/current/style.json?datetime=1990-06-01', center: [126, 43.5], zoom: 6.5, fadeDuration: 0});
    await map.once('idle');
    return Object.fromEntries(map.getStyle().layers.map(({id}) => [id, map.queryRenderedFeatures({layers: [id]}).length]));
  });
  for (const layer of ['province', 'prefecture', 'unrefined', 'boundary-1', 'boundary-2', 'boundary-3', 'prefecture-name', 'county-name', 'unknown-name']) {
    expect(drawn[layer], layer).toBeGreaterThan(0);
  }
  expect(drawn['boundary-4']).toBe(0);
});

const html = '<!doctype html><title>map</title><style>#map {width: 900px; height: 600px}</style><div id="map"></div>';
