import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {type Page, camera, drawn, expect, idle, openMap, spot, test} from './page';

/** What shows of the other map of a comparison, as its clip path. */
const clip = (page: Page) => page.locator('boundary-map .overlaid').evaluate((e) => (e as HTMLElement).style.clipPath);

/** Leaves a dialog by Escape; until it is closed the keys of the map are not heard. */
async function leave(page: Page) {
  await page.keyboard.press('Escape');
  await expect(page.locator('dialog[open]')).toHaveCount(0);
}

test('two days are compared by a divider under one camera', async ({page}) => {
  await openMap(page, '/?datetime=2020-06-05');
  await page.keyboard.press('c');
  await expect(page).toHaveURL(/compare=swipe&t2=2017-12-31/);
  const divider = page.locator('.divider');
  await expect(divider).toBeVisible();
  expect(await clip(page)).toMatch(/50%/);
  await divider.focus();
  await page.keyboard.press('End');
  await expect(divider).toHaveAttribute('aria-valuenow', '98');
  await page.locator('[data-side=other]').fill('1990-01-01');
  await expect(page).toHaveURL(/t2=1990-01-01/);
  await page.evaluate(() => {
    const {map} = document.querySelector('boundary-map') as unknown as {map: {jumpTo(o: object): void}};
    map.jumpTo({center: [126, 43], zoom: 7});
  });
  const other = await page.evaluate(() => {
    const {other} = document.querySelector('boundary-map') as unknown as {other: {map: {getCenter(): {lng: number; lat: number}; getZoom(): number}}};
    return [other.map.getCenter().lng, other.map.getCenter().lat, other.map.getZoom()].map((n) => Math.round(n * 100) / 100);
  });
  expect(other).toEqual(await camera(page));
  await page.keyboard.press('Escape');
  await expect(divider).toHaveCount(0);
  expect(page.url()).not.toContain('compare');
});

test('the earlier of two days is on the left, and both sides say which they are', async ({page}) => {
  await openMap(page, '/?datetime=2017-12-31&compare=swipe&t2=2020-06-05');
  await expect(page.locator('.divider .before')).toHaveText('前 2017年12月31日');
  await expect(page.locator('.divider .after')).toHaveText('后 2020年6月5日');
  await expect.poll(() => clip(page)).toBe('inset(0px 0px 0px 50%)');
  const [left, right] = [(await page.locator('[data-side=this]').boundingBox())!, (await page.locator('[data-side=other]').boundingBox())!];
  expect(left.x).toBeLessThan(right.x);
  await page.locator('[data-side=other]').fill('2010-01-01');
  await expect(page.locator('.divider .before')).toHaveText('前 2010年1月1日');
  await expect.poll(() => clip(page)).toBe('inset(0px 50% 0px 0px)');
});

for (const [width, height, tag] of [[844, 390, '@slow'], [667, 375, '@quick']] as const) {
  test(`a phone on its side, ${width}×${height}, shows tools, axis and the line on borders apart`, {tag}, async ({page}) => {
    await page.setViewportSize({width, height});
    for (const lang of ['zh', 'en']) {
      await openMap(page, `/?lang=${lang}`);
      const [map, tools, axis, foot] = await Promise.all(['boundary-map', '.tools', '.timebar', '.foot-notes'].map(async (part) => (await page.locator(part).boundingBox())!));
      expect(tools!.y + tools!.height).toBeLessThanOrEqual(map!.y + map!.height);
      expect(axis!.y).toBeGreaterThanOrEqual(map!.y + map!.height - 1);
      expect(foot!.y + foot!.height).toBeLessThanOrEqual(height + 1);
      expect(map!.height).toBeGreaterThan(100);
    }
  });
}

for (const [width, tag] of [[390, '@slow'], [320, '@quick']] as const) {
  test(`the English date stands on one line at ${width}`, {tag}, async ({page}) => {
    await page.setViewportSize({width, height: 700});
    await openMap(page, '/?lang=en&datetime=2019-09-28');
    const [panel, year, day, next, steps, moves, last] = await Promise.all(['#panel', '.when .year', '.when .monthday', '.steps > :last-child', '.steps', '.moves', '[data-move="12"]'].map(async (part) => (await page.locator(part).boundingBox())!));
    expect(day!.x).toBeGreaterThan(year!.x + year!.width - 1);
    expect(day!.y + day!.height).toBeLessThanOrEqual(panel!.y + panel!.height);
    expect(day!.x + day!.width).toBeLessThanOrEqual(steps!.x);
    expect(next!.x + next!.width).toBeLessThanOrEqual(width);
    expect(last!.x + last!.width).toBeLessThanOrEqual(moves!.x + moves!.width);
  });
}

test('two days blink on one key', async ({page}) => {
  await openMap(page, '/?datetime=2020-06-05&compare=blink&t2=2019-06-01');
  await expect(page.locator('.blinked')).toContainText('2020年6月5日');
  await page.keyboard.press('b');
  await expect(page.locator('.blinked')).toContainText('2019年6月1日');
  await expect.poll(() => clip(page)).toBe('none');
  await page.keyboard.press('b');
  await expect(page.locator('.blinked')).toContainText('2020年6月5日');
});

test('lengths and areas are measured, by pointer and by keyboard', async ({page}) => {
  await openMap(page, '/#m=9/43.5/125.5');
  await page.keyboard.press('m');
  const box = (await page.locator('boundary-map').boundingBox())!;
  for (const [x, y] of [[300, 200], [500, 200], [500, 330]] as const) await page.mouse.click(box.x + x, box.y + y);
  const reading = page.locator('.gauge output');
  await expect(reading).toContainText('长度');
  await expect(reading).toContainText('面积');
  // One pixel at zoom 9 is 512·2⁹ to the equator.
  const metres = (40_075_017 / (512 * 2 ** 9)) * Math.cos((43.5 * Math.PI) / 180);
  const km = Number(/长度 ([\d.]+) km/.exec((await reading.textContent())!)![1]);
  expect(Math.abs(km / ((330 * metres) / 1000) - 1)).toBeLessThan(0.01);
  await page.keyboard.press('Backspace');
  await expect(reading).not.toContainText('面积');
  await page.locator('canvas.maplibregl-canvas').first().focus();
  await page.keyboard.press('ArrowRight');
  await idle(page);
  await page.keyboard.press('Enter');
  await expect(reading).toContainText('面积');
  await page.keyboard.press('Escape');
  await expect(page.locator('.gauge')).toHaveCount(0);
});

test('the time bar is dragged, with a pull to the days of change, and plays', async ({page}) => {
  await openMap(page, '/?datetime=2016-06-01');
  const tick = (await page.locator('.axis-tick').last().boundingBox())!;
  const axis = (await page.locator('.axis').boundingBox())!;
  await page.mouse.move(axis.x + axis.width / 2, axis.y + 30);
  await page.mouse.down();
  await page.mouse.move(tick.x - 3, axis.y + 30, {steps: 5});
  await page.mouse.up();
  await expect(page).toHaveURL(/datetime=2020-06-05/);
  await expect(page.locator('.caption')).toContainText('1 个单位变更');
  await page.keyboard.press('[');
  await expect(page).toHaveURL(/datetime=2019-06-05/);
  await page.locator('[data-move=play]').click();
  await expect(page).toHaveURL(/datetime=2020-06-05/);
  await expect(page.locator('[data-move=play]')).toHaveAttribute('aria-pressed', 'false', {timeout: 10_000});
});

test('what changed on the day shows on the map', async ({page}) => {
  await openMap(page, '/?datetime=2020-06-05');
  expect(await drawn(page, 'touched')).toEqual(['公主岭市']);
});

test('layers are switched, and the address keeps them', async ({page}) => {
  await openMap(page);
  await page.locator('[data-layer=place]').check();
  await expect(page).toHaveURL(/layers=fill,hatch,label,place/);
  await page.locator('[data-layer=label]').uncheck();
  await idle(page);
  expect(await drawn(page, 'county-name')).toEqual([]);
});

test('the link, the frame and the keys of one letter', async ({page}) => {
  await openMap(page, '/?datetime=2019-06-01&unit=1#m=7/43.5/125.5');
  await page.keyboard.press('s');
  const link = await page.locator('#share-link').inputValue();
  expect(link).toContain('datetime=2019-06-01');
  expect(link).toContain('#m=7.00/43.5000/125.5000');
  const frame = await page.locator('#share-embed').inputValue();
  await leave(page);
  await page.keyboard.press('?');
  await page.locator('#single-keys').uncheck();
  await leave(page);
  await page.keyboard.press('m');
  await expect(page.locator('.gauge')).toHaveCount(0);

  const inner = await page.request.get(/src="([^"]+)"/.exec(frame)![1]!.replaceAll('&amp;', '&'));
  expect(inner.headers()['content-security-policy']).toContain('frame-ancestors *');
  const outer = await page.request.get('/');
  expect(outer.headers()['content-security-policy']).toContain("frame-ancestors 'none'");
});

test('the map stands in a frame on another site', async ({page, baseURL}) => {
  const other = createServer((_, answer) => answer.setHeader('Content-Type', 'text/html').end(
    `<link rel="icon" href="data:,"><iframe src="${baseURL}/embed?datetime=2019-06-01" title="map" width="700" height="500"></iframe>`));
  await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
  try {
    await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
    const frame = page.frameLocator('iframe');
    await expect(frame.locator('boundary-map')).toHaveClass(/live/, {timeout: 30_000});
    await expect(frame.locator('.colophon')).toContainText('审图号');
    await expect(frame.locator('h1')).toContainText('2019年6月1日');
  } finally {
    other.close();
  }
});

for (const [width, height, tag] of [[720, 540, '@slow'], [390, 500, '@quick'], [1000, 600, '@slow']] as const) {
  test(`the embedded map fills a frame of ${width}×${height}`, {tag}, async ({page}) => {
    await page.setViewportSize({width, height});
    await page.goto('/embed');
    await expect(page.locator('boundary-map')).toHaveClass(/live/, {timeout: 30_000});
    const [map, head, foot] = await Promise.all(['boundary-map', '.embed-head', '.foot-notes'].map((part) => page.locator(part).boundingBox()));
    expect(map!.height).toBeCloseTo(foot!.y - head!.y - head!.height, 0);
    expect(foot!.y + foot!.height).toBeLessThanOrEqual(height);
    const corners = await page.evaluate(() => {
      const element = document.querySelector('boundary-map') as HTMLElement & {map: {project(at: [number, number]): {x: number; y: number}}};
      const [west, south, east, north] = element.dataset.bounds!.split(',').map(Number) as [number, number, number, number];
      return [element.map.project([west, north]), element.map.project([east, south])].map(({x, y}) => [x, y]);
    });
    const [[left, top], [right, bottom]] = corners as [[number, number], [number, number]];
    expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
    expect(right).toBeLessThanOrEqual(map!.width);
    expect(bottom).toBeLessThanOrEqual(map!.height);
    expect(top).toBeLessThan(map!.height / 4);
  });
}

test.describe('on a phone', () => {
  test.use({viewport: {width: 390, height: 844}, hasTouch: true, isMobile: true});

  test('the panel is a sheet that lifts, and what is chosen peeks out of it', async ({page}) => {
    await openMap(page, '/?datetime=2019-06-01');
    const panel = page.locator('#panel');
    const low = (await panel.boundingBox())!.height;
    expect(low).toBeLessThan(90);
    await page.locator('.handle').tap();
    await expect.poll(async () => (await panel.boundingBox())!.height).toBeGreaterThan(300);
    await page.locator('.handle').tap();
    await expect.poll(async () => (await panel.boundingBox())!.height).toBe(low);
    const at = await spot(page, '长春市', 'prefecture-name');
    await page.touchscreen.tap(at.x, at.y);
    await expect(page.locator('.selected')).toContainText('长春市');
    await expect(page.locator('.selected h2')).toBeInViewport();
    const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(content).toBeLessThanOrEqual(window!);
  });
});

test.describe('without WebGL2', () => {
  test.beforeEach(({page}) => page.addInitScript(() => {
    const get = HTMLCanvasElement.prototype.getContext as (...a: unknown[]) => unknown;
    HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, ...a: unknown[]) {
      return a[0] === 'webgl2' ? null : get.apply(this, a);
    } as typeof HTMLCanvasElement.prototype.getContext;
  }));

  test('keys, search and time work over the drawing of the server', async ({page}) => {
    await page.goto('/');
    await expect(page.locator('.notice')).toContainText('不支持 WebGL2');
    const [notice, sheet] = [(await page.locator('.notice').boundingBox())!, (await page.locator('.drawn .sheet').boundingBox())!];
    expect(sheet.y + sheet.height).toBeLessThanOrEqual(notice.y);
    await page.keyboard.press('ArrowLeft');
    await expect(page).toHaveURL(/datetime=2020-06-05/);
    await expect(page.locator('.panel-body')).toHaveAttribute('data-day', '2020-06-05');
    await expect(page.locator('.drawn img')).toHaveAttribute('src', /datetime=2020-06-05/);
    await page.keyboard.press('+');
    await page.keyboard.press('?');
    await expect(page.locator('#help')).toBeVisible();
    await leave(page);
    await page.keyboard.press('/');
    await page.keyboard.type('敦化');
    await page.locator('#found li').first().click();
    await expect(page.locator('.selected')).toContainText('敦化市');
    await expect(page.locator('[data-do=measure]')).toBeHidden();
    await expect(page.locator('[data-do=share]').first()).toBeVisible();
  });
});

test('a map that cannot start says so, and logs why', async ({page, complaints}) => {
  await page.route(/maplibre-gl\.mjs/, (route) => route.abort());
  await page.goto('/');
  await expect(page.locator('.notice')).toContainText('动态地图未能启动');
  await expect.poll(() => complaints.join()).toContain('the live map did not start');
  complaints.length = 0;
});
