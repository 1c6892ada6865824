import {readFileSync} from 'node:fs';
import {expect, test} from './page';

test('a layer of a day is downloaded from the page, under a name that says so', async ({page}) => {
  await page.goto('/download?datetime=2019-06-01');
  const county = page.locator('.files li', {has: page.getByRole('heading', {name: '县级行政区'})});
  const [geojson] = await Promise.all([page.waitForEvent('download'), county.getByRole('link', {name: 'GeoJSON'}).click()]);
  expect(geojson.suggestedFilename()).toBe('jieming-county-2019-06-01.geojson');
  const {features} = JSON.parse(readFileSync(await geojson.path(), 'utf8')) as {features: {properties: Record<string, unknown>}[]};
  expect(features.find((f) => f.properties.name === '公主岭市')?.properties.code).toContain('220381');
  const [gpkg] = await Promise.all([page.waitForEvent('download'), county.getByRole('link', {name: 'GeoPackage'}).click()]);
  expect(readFileSync(await gpkg.path()).subarray(0, 15).toString()).toBe('SQLite format 3');
  await county.getByText('个字段').click();
  await expect(county.getByText('custodian_name').or(county.getByText('custodian')).first()).toBeVisible();
});

test('the whole map of a day is one archive', async ({page}) => {
  await page.goto('/download?datetime=2019-06-01');
  const [map] = await Promise.all([page.waitForEvent('download', {timeout: 60_000}), page.getByRole('link', {name: 'PMTiles'}).click()]);
  expect(map.suggestedFilename()).toBe('jieming-map-2019-06-01.pmtiles');
  expect(readFileSync(await map.path()).subarray(0, 8).toString('latin1')).toBe('PMTiles\u0003');
});
