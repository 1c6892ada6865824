import {type Page, test as base, expect} from './page';
import {Demonstration} from './server';

export const test = base.extend<object, {staffed: Demonstration}>({
  /** A demonstration for each worker. */
  staffed: [async ({}, use) => {
    const demonstration = await Demonstration.start();
    await use(demonstration);
    await demonstration.stop();
  }, {scope: 'worker', timeout: 120_000}],
  baseURL: async ({staffed}, use) => use(staffed.url),
});
export {expect};

/** Signs in as one of the people of the demonstration. */
export async function signIn(page: Page, login: string, password: string, next = '/desk') {
  await page.goto(`/login?next=${encodeURIComponent(next)}`);
  await page.locator('[name=login]').fill(login);
  await page.locator('[name=password]').fill(password);
  await page.locator('[name=password]').press('Enter');
  await expect(page.locator('.person')).toBeVisible();
}
