import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {type Browser, type Page, expect, test} from '@playwright/test';
import {serious} from './axe';
import {signIn} from './desk';
import {binary, Demonstration} from './server';


test.describe.configure({mode: 'serial'});
test.setTimeout(300_000);

let server: Demonstration, password: string, set: string;

test.beforeAll(async () => {
  test.setTimeout(300_000);
  server = await Demonstration.start();
  ({password} = server);
  writeFileSync(join(server.dir, 'town.csv'), 'code,name\n220112999,新湖镇\n');
  execFileSync(binary, ['import', 'units', '--data', join(server.dir, 'data'), '--data-date', '2024-01-01', '--title', '新设镇', '--source', 'test', '--licence', 'test', '--attribution', 'test', join(server.dir, 'town.csv')]);
});

test.afterAll(async () => {
  await server?.stop();
});

/** Signs in, once the demonstration has made the account. axe runs as an injected script. */
async function as(browser: Browser, login: string): Promise<Page> {
  const page = await (await browser.newContext({locale: 'zh-CN', baseURL: server.url, bypassCSP: true})).newPage();
  await signIn(page, login, password);
  return page;
}

test('one prepares a release and sees what it changes', async ({browser}) => {
  const page = await as(browser, 'division-editor');
  await page.goto('/desk/releases/new');
  expect(await serious(page)).toEqual([]);
  await page.getByLabel('审图号').fill('吉S(2026)018号');
  await page.getByLabel('适用比例尺分母').fill('x');
  await page.getByRole('button', {name: '准备'}).click();
  await expect(page.getByText('请填写数字').first()).toBeVisible();
  await expect(page.getByLabel('审图号')).toHaveValue('吉S(2026)018号');
  await page.getByLabel('适用比例尺分母').fill('250000');
  await page.getByLabel('脱密处理证明', {exact: false}).first().fill('脱密〔2026〕1号');
  await expect(page.locator('[name=generalisation]')).toHaveValue(/^4\//);
  await page.locator('[name=generalisation]').selectOption('0/0');
  await page.locator('[type=file]').setInputFiles({name: '证明.pdf', mimeType: 'application/pdf', buffer: Buffer.from('not a PDF')});
  await expect(page.locator('.field.upload .fault')).not.toBeEmpty();
  await page.locator('[type=file]').setInputFiles({name: '证明.txt', mimeType: 'text/plain', buffer: Buffer.from('脱密处理证明')});
  await page.getByRole('button', {name: '准备'}).click();
  await expect(page).toHaveURL(/\/desk\/releases\/\d+$/);
  set = new URL(page.url()).pathname;
  await expect(page.getByRole('rowheader', {name: /新湖镇/})).toBeVisible();
  await expect(page.getByText('须由另一人发布')).toBeVisible();
  const certificate = await page.request.get(`${set}/certificate`);
  expect(await certificate.text()).toBe('脱密处理证明');
  expect(certificate.headers()['content-disposition']).toContain('attachment');
  await expect(page.getByRole('button', {name: '发布', exact: true})).toHaveCount(0);
  const forced = await page.request.post(`${set}/publish`, {form: {}, headers: {origin: server.url}, maxRedirects: 0});
  expect(forced.status()).toBe(403);
  expect(await serious(page)).toEqual([]);
});

test('another releases it, and the public sees it', async ({browser, request}) => {
  const before = await (await request.get(`${server.url}/about`)).text();
  expect(before).not.toContain('吉S(2026)018号');
  const page = await as(browser, 'secrecy-officer');
  await page.goto(set);
  await page.getByRole('button', {name: '发布', exact: true}).click();
  await expect(page.getByRole('status')).toHaveText(/已发布/);
  for (const path of ['/', '/about', '/publications', '/publications.atom']) {
    const text = await (await request.get(server.url + path)).text();
    expect(text, path).toMatch(path.endsWith('atom') ? /<entry>/ : /吉S\(2026\)018号/);
  }
  expect(await (await request.get(`${server.url}/search?q=新湖镇`)).text()).toContain('新湖镇');
  await page.goto('/desk/releases');
  expect(await serious(page)).toEqual([]);
});

test('a layer is stopped by keyboard, and let go on', async ({browser, request}) => {
  const page = await as(browser, 'secrecy-officer');
  await page.goto('/desk/layers');
  expect(await serious(page)).toEqual([]);
  await page.getByLabel('地名：理由').focus();
  await page.keyboard.type('地名有误');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status')).toHaveText(/已停止公开/);
  const places = `${server.url}/ogc/collections/places/items`;
  await expect.poll(async () => (await request.get(places)).status(), {timeout: 1500}).toBe(451);
  const map = await as(browser, 'leader');
  await map.goto('/');
  await expect(map.locator('[data-stopped]').first()).toContainText('地名');
  await page.getByLabel('地名：理由').fill('已更正');
  await page.keyboard.press('Enter');
  await expect.poll(async () => (await request.get(places)).status(), {timeout: 1500}).toBe(200);
});

test('the zone is not lowered below what it holds, and its page is accessible', async ({browser}) => {
  const page = await as(browser, 'security-admin');
  await page.goto('/desk/zone');
  expect(await serious(page)).toEqual([]);
  await page.getByLabel('可存最高密级').selectOption({label: '秘密'});
  await page.getByLabel('理由').fill('试');
  await page.getByRole('button', {name: '修改'}).click();
  await expect(page.getByText('这个网络不得存放高于内部的数据').first()).toBeVisible();
});
