import {type Page, expect, test} from './page';

/** The names whose middle does not stand on the unit they name, and how many names stand on the map. */
async function strays(page: Page): Promise<{shown: number; strays: string[]}> {
  return page.evaluate(() => {
    type Found = {id?: number; properties: Record<string, unknown>};
    type Queried = {getCanvas(): HTMLCanvasElement; queryRenderedFeatures(at: [number, number], options: {layers: string[]}): Found[]};
    const {map} = document.querySelector('boundary-map') as unknown as {map: Queried};
    const {clientWidth, clientHeight} = map.getCanvas();
    const step = 6;
    let shown = 0;
    const strays: string[] = [];
    for (const level of ['prefecture', 'county']) {
      const boxes = new globalThis.Map<number, {name: string; x: [number, number]; y: [number, number]}>();
      for (let x = 0; x < clientWidth; x += step) {
        for (let y = 0; y < clientHeight; y += step) {
          for (const f of map.queryRenderedFeatures([x, y], {layers: [`${level}-name`]})) {
            const box = boxes.get(f.id!) ?? {name: String(f.properties.name), x: [x, x], y: [y, y]};
            boxes.set(f.id!, {name: box.name, x: [Math.min(box.x[0], x), Math.max(box.x[1], x)], y: [Math.min(box.y[0], y), Math.max(box.y[1], y)]});
          }
        }
      }
      for (const [id, {name, x, y}] of boxes) {
        const under = map.queryRenderedFeatures([(x[0] + x[1]) / 2, (y[0] + y[1]) / 2], {layers: [level]})[0];
        if (under?.id !== id) strays.push(`${name} on ${under?.properties.name ?? 'no unit'}`);
      }
      shown += boxes.size;
    }
    return {shown, strays};
  });
}

for (const [address, width, height, least, tag] of [
  ['/?lang=zh', 1440, 900, 40, '@quick'], ['/?lang=en', 1440, 900, 25, '@slow'], ['/?lang=zh', 390, 844, 8, '@slow'], ['/?lang=en', 390, 844, 6, '@quick'],
  ['/?datetime=1990-06-01&lang=zh', 1440, 900, 35, '@slow'], ['/embed?lang=zh', 720, 540, 7, '@quick'],
] as const) {
  test(`names stand on their units: ${address}, ${width} × ${height}`, {tag}, async ({page}) => {
    await page.setViewportSize({width, height});
    await page.goto(address);
    await expect(page.locator('boundary-map')).toHaveClass(/live/, {timeout: 30_000});
    await expect.poll(async () => (await strays(page)).shown, {timeout: 15_000}).toBeGreaterThanOrEqual(least);
    expect((await strays(page)).strays).toEqual([]);
  });
}
