import {drawn, expect, openMap, test as base} from './page';
import {type Server, discard, folder, realData, up} from './server';

const data = realData();

// A server of its own with the real data.
const test = base.extend<object, {server: Server}>({
  server: [async ({}, use) => {
    const dir = folder();
    const server = await up(dir, '--dataset', data!);
    await use(server);
    await server.stop();
    discard(dir);
  }, {scope: 'worker', timeout: 180_000}],
  baseURL: async ({server}, use) => use(server.url),
});

test.describe('real data', () => {
  test.skip(!data, 'no folder of real data');

  test('Jilin in 2023 and in 1990', async ({page}) => {
    await openMap(page, '/?datetime=2023-12-31');
    expect(await drawn(page, 'county')).toHaveLength(60);
    await expect(page.locator('.colophon')).toContainText('天地图');
    await expect(page.locator('.stamp')).toHaveCount(0);
    await openMap(page, '/?datetime=1990-01-01');
    expect((await drawn(page, 'unrefined', 'holder')).length).toBeGreaterThan(0);
    await page.goto('/units?datetime=2019-06-01');
    await page.getByRole('link', {name: '公主岭市'}).click();
    await expect(page.locator('.facts').first()).toContainText('四平市');
  });
});
