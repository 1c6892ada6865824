import {type Page, expect, test as base} from '@playwright/test';

/** What the tests ask of the live map. */
interface Live extends HTMLElement {
  live: boolean;
  map: {
    queryRenderedFeatures(options: {layers: string[]}): {properties: Record<string, unknown>; id?: number}[];
    project(at: [number, number]): {x: number; y: number};
    areTilesLoaded(): boolean;
    isMoving(): boolean;
    getZoom(): number;
    getCenter(): {lng: number; lat: number};
  };
}

/** A page that fails its test on an error in the console, a report of the policy, or a request to another host. */
export const test = base.extend<{complaints: string[]}>({
  baseURL: async ({}, use) => use(process.env.BASE_URL!),
  complaints: async ({}, use) => use([]),
  page: async ({page, complaints, baseURL}, use) => {
    page.on('console', (m) => m.type() === 'error' && complaints.push(m.text()));
    page.on('pageerror', (e) => complaints.push(String(e)));
    page.on('request', (r) => {
      // Another site, such as one that frames the map, may only be opened as a page.
      if (!/^(data|blob):/.test(r.url()) && new URL(r.url()).host !== new URL(baseURL!).host && !r.isNavigationRequest()) complaints.push(`request to ${r.url()}`);
    });
    await use(page);
    expect(complaints).toEqual([]);
  },
});
export {type Page, expect};

/** Opens the map and waits until it has drawn itself. */
export async function openMap(page: Page, address = '/') {
  await page.goto(address);
  await idle(page);
}

/** Waits until the map is live and still, with all tiles of the day. */
export async function idle(page: Page) {
  await expect(page.locator('boundary-map')).toHaveClass(/live/, {timeout: 30_000});
  await expect(page.locator('#panel')).not.toHaveAttribute('aria-busy', 'true');
  await expect.poll(() => page.evaluate(() => {
    const {map} = document.querySelector('boundary-map') as unknown as Live;
    return map.areTilesLoaded() && !map.isMoving();
  })).toBe(true);
}

/** The names that a layer of the map shows. */
export function drawn(page: Page, layer: string, property = 'name'): Promise<string[]> {
  return page.evaluate(([id, key]) => {
    const {map} = document.querySelector('boundary-map') as unknown as Live;
    return [...new Set(map.queryRenderedFeatures({layers: [id!]}).map((f) => String(f.properties[key!])))].sort();
  }, [layer, property]);
}

/** Where a label of the map stands on the page. */
export async function spot(page: Page, name: string, layer = 'county-name'): Promise<{x: number; y: number}> {
  const at = await page.evaluate(([wanted, layer]) => {
    const element = document.querySelector('boundary-map') as unknown as Live;
    type Labelled = {properties: Record<string, unknown>; geometry: {coordinates: [number, number]}};
    const labels = element.map.queryRenderedFeatures({layers: [layer!]}) as unknown as Labelled[];
    const label = labels.find((f) => f.properties.name === wanted);
    return label && element.map.project(label.geometry.coordinates);
  }, [name, layer]);
  const box = await page.locator('boundary-map .canvas').boundingBox();
  if (!at || !box) throw new Error(`no label ${name} on the map`);
  return {x: box.x + at.x, y: box.y + at.y};
}

export function camera(page: Page): Promise<[number, number, number]> {
  return page.evaluate(() => {
    const {map} = document.querySelector('boundary-map') as unknown as Live;
    return [map.getCenter().lng, map.getCenter().lat, map.getZoom()].map((n) => Math.round(n * 100) / 100) as [number, number, number];
  });
}
