import {join} from 'node:path';
import {expect, idle, openMap, test as base} from './page';
import {Server, discard, folder, up} from './server';

// A server of its own, on a database that the test stops and starts.
const test = base.extend<{dir: string}>({
  dir: async ({}, use) => {
    const dir = folder();
    await use(dir);
    discard(dir);
  },
});

test('the map says when the database stops, and comes back by itself', async ({browser, dir}) => {
  test.setTimeout(120_000);
  let database = await up(dir);
  const socket = join(dir, 'data', 'postgres', 'run');
  const front = await Server.start(['serve', '--addr', '127.0.0.1:0'], {JIEMING_DATABASE_URL: `postgres://jieming_app@/jieming?host=${socket}&port=5432`});
  const page = await browser.newPage({baseURL: front.url, reducedMotion: 'reduce'});
  try {
    await openMap(page, '/?datetime=2019-06-01');
    await database.stop();
    await page.locator('a[rel=next]').click();
    await expect(page.locator('.notice')).toContainText('没有应答');
    const other = await page.request.get('/units');
    expect(other.status()).toBe(503);
    expect(other.headers()['retry-after']).toBeTruthy();
    for (const path of ['7/108/46.mvt', '9/435/187.mvt?datetime=1990-06-01', 'style.json']) {
      expect((await page.request.get(`/tiles/current/${path}`)).status(), path).toBe(200);
    }

    database = await up(dir);
    await expect(page.locator('.when h1')).toContainText('2020', {timeout: 30_000});
    await expect(page.locator('.notice')).toBeHidden({timeout: 15_000});
    await idle(page);
  } finally {
    await page.close();
    await front.stop();
    await database.stop();
  }
});
