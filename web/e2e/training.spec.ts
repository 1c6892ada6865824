import {type Page, expect, test} from '@playwright/test';
import {serious} from './axe';
import {signIn} from './desk';
import {Demonstration} from './server';


test.describe.configure({mode: 'serial'});
test.setTimeout(240_000);

let server: Demonstration, password: string;

test.beforeAll(async () => {
  test.setTimeout(240_000);
  server = await Demonstration.start();
  ({password} = server);
});

test.afterAll(async () => {
  await server?.stop();
});

/** How many cases of a title somebody sees. */
async function cases(page: Page, origin: string, title: string): Promise<number> {
  await page.goto(`${origin}/desk/cases?q=${encodeURIComponent(title)}`);
  return page.getByRole('link', {name: title}).count();
}

test('a supervisor makes the training space, and practises in it', async ({browser}) => {
  const page = await (await browser.newContext({locale: 'zh-CN', baseURL: server.url, bypassCSP: true})).newPage();
  await signIn(page, 'supervisor', password, '/desk/training');
  await expect(page.getByText('现在没有演练环境')).toBeVisible();
  expect(await serious(page)).toEqual([]);

  // By keyboard; the page asks again by itself until it is made.
  await page.getByRole('button', {name: '建立演练环境'}).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', {name: '正在建立'}).or(page.getByText('复制于'))).toBeVisible();
  const still = await page.context().newPage(); // one that does not ask again while axe looks
  await still.route('**/desk/training', async (route) => {
    const answer = await route.fetch();
    const {refresh: _, ...headers} = answer.headers();
    await route.fulfill({response: answer, headers});
  });
  await still.goto('/desk/training');
  expect(await serious(still)).toEqual([]);
  await still.close();
  await expect(page.getByText('复制于')).toBeVisible({timeout: 120_000});
  await expect(page.getByText('还没有人做过什么')).toBeVisible();
  expect(await serious(page)).toEqual([]);

  // It has its own door: the same password opens it, the session here does not.
  await page.getByRole('main').getByRole('link', {name: '打开演练环境'}).click();
  await expect(page).toHaveURL(/\/login/);
  const drill = new URL(page.url()).origin;
  expect(drill).not.toBe(server.url);
  await expect(page.locator('.drill')).toContainText('演练');
  expect(await serious(page)).toEqual([]);
  await page.locator('[name=login]').fill('division-editor');
  await page.locator('[name=password]').fill(password);
  await page.locator('[name=password]').press('Enter');
  await expect(page.locator('.person')).toBeVisible();
  await expect(page.locator('.drill')).toBeVisible();
  expect(await serious(page)).toEqual([]);

  const title = '演练用更正一件';
  await page.goto(`${drill}/desk/cases/new?kind=CORRECTION`);
  await page.locator('main [name=title]').fill(title);
  await page.locator('main [name=title]').press('Enter');
  await expect(page).toHaveURL(/\/desk\/cases\/\d+/);
  await expect(page.locator('.drill')).toBeVisible();
  expect(await cases(page, drill, title)).toBe(1);
  for (const path of ['/', '/units', '/notices', '/print', '/desk/training', '/nowhere']) {
    await page.goto(drill + path);
    await expect(page.locator('.drill')).toBeVisible();
  }
  await page.goto(`${drill}/desk`);
  await page.locator('.drill').getByRole('link', {name: '返回正式系统'}).click();

  // Here the supervisor is still signed in, and there is no such case.
  await expect(page).toHaveURL(`${server.url}/desk`);
  await expect(page.locator('.person')).toContainText('处室负责人');
  await expect(page.locator('.drill')).toHaveCount(0);
  expect(await cases(page, server.url, title)).toBe(0);
  await page.goto('/desk/training');
  await expect(page.getByText('新立案 1 件')).toBeVisible();
});

test('what would be lost is said before it is, and others cannot', {tag: '@slow'}, async ({browser}) => {
  const page = await (await browser.newContext({locale: 'zh-CN', baseURL: server.url, bypassCSP: true})).newPage();
  await signIn(page, 'system-admin', password, '/desk/training');
  const before = await page.locator('.facts').innerText();
  await page.getByRole('button', {name: '重新建立'}).click();
  await expect(page.getByRole('alert')).toContainText('请先确认');
  expect(await serious(page)).toEqual([]);
  await page.getByLabel('我知道现有演练环境里的内容会全部丢失').check();
  await page.getByRole('button', {name: '重新建立'}).click();
  await expect(page.getByText('还没有人做过什么')).toBeVisible({timeout: 120_000});
  await expect(page.locator('.run')).toHaveCount(0, {timeout: 60_000});
  expect(await page.locator('.facts').innerText()).not.toBe(before);

  const editor = await (await browser.newContext({locale: 'en', baseURL: server.url, bypassCSP: true})).newPage();
  await signIn(editor, 'division-editor', password, '/desk/training');
  await expect(editor.getByRole('heading', {name: 'Training space'})).toBeVisible();
  await expect(editor.getByRole('button', {name: /Make/})).toHaveCount(0);
  const forced = await editor.request.post('/desk/training', {form: {lose: 'yes'}, headers: {origin: server.url}, maxRedirects: 0});
  expect(forced.status()).toBe(403);
  expect(await serious(editor)).toEqual([]);
});
