import {join} from 'node:path';
import {type Page, test as base, expect} from './page';
import {discard, folder, Server} from './server';

/** A demonstration with people and cases, one for each worker. */
interface Staffed {
  url: string;
  password: string;
}

export const test = base.extend<object, {staffed: Staffed}>({
  staffed: [async ({}, use) => {
    const dir = folder();
    const server = await Server.start(['up', '--data', join(dir, 'data'), '--addr', '127.0.0.1:0']);
    await server.says(/a case in every state/, 240_000);
    const password = (await server.says(/all with the password (\S+)/))[1]!;
    await use({url: server.url, password});
    await server.stop();
    discard(dir);
  }, {scope: 'worker', timeout: 300_000}],
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
