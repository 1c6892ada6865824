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
    let password = ''; // said once all people are there
    await expect.poll(() => (password = server.said().match(/all with the password (\S+)/)?.[1] ?? ''), {timeout: 60_000}).not.toBe('');
    await played(server.url, password);
    await use({url: server.url, password});
    await server.stop();
    discard(dir);
  }, {scope: 'worker', timeout: 180_000}],
  baseURL: async ({staffed}, use) => use(staffed.url),
});
export {expect};

/** Waits until the cases of the demonstration are all there. */
async function played(url: string, password: string) {
  const body = new URLSearchParams({login: 'supervisor', password});
  const answer = await fetch(`${url}/login`, {method: 'POST', body, redirect: 'manual'});
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  let before = -1;
  await expect.poll(async () => {
    const page = await (await fetch(`${url}/desk`, {headers: {cookie}})).text();
    const now = page.split('data-task').length - 1;
    const still = now > 20 && now === before;
    before = now;
    return still;
  }, {timeout: 90_000, intervals: [3000]}).toBe(true);
}

/** Signs in as one of the people of the demonstration. */
export async function signIn(page: Page, login: string, password: string, next = '/desk') {
  await page.goto(`/login?next=${encodeURIComponent(next)}`);
  await page.locator('[name=login]').fill(login);
  await page.locator('[name=password]').fill(password);
  await page.locator('[name=password]').press('Enter');
  await expect(page.locator('.person')).toBeVisible();
}
