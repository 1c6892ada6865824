import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import {type Locator, type Page, expect, test} from '@playwright/test';
import {serious} from './axe';
import {type Server, binary, discard, folder, up} from './server';

const first = 'for the first day', chosen = 'vier Pferde im Moor';

/** Goes on with Tab until something has the focus. */
async function tabTo(page: Page, target: Locator, key = 'Tab') {
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press(key);
    if (await target.evaluate((e) => e === document.activeElement)) return;
  }
  throw new Error(`${target} is not reached by ${key}`);
}

async function signIn(page: Page, url: string, login: string, password: string) {
  await page.goto(`${url}/login`);
  await page.getByLabel('登录名', {exact: true}).focus();
  await page.keyboard.type(login);
  await page.keyboard.press('Tab');
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
}

test.describe('help and the first day', () => {
  test.describe.configure({mode: 'serial'});
  test.use({bypassCSP: true, viewport: {width: 1280, height: 800}}); // axe runs as an injected script
  let dir: string, server: Server;

  test.beforeAll(async () => {
    test.setTimeout(180_000);
    dir = folder();
    server = await up(dir, '--empty');
    const user = (args: string[], input = '') => execFileSync(binary, ['user', ...args, '--data', join(dir, 'data')], {input});
    user(['add', 'baosong', '--name', '孙报送'], first + '\n');
    user(['grant', 'baosong', 'COUNTY_REPORTER', '--reason', '试']);
  });
  test.afterAll(async () => {
    await server?.stop();
    discard(dir);
  });
  test('a reporter, on the first day, by keyboard: the tour, the help of a page, and back with what was typed', async ({page}) => {
    test.slow();
    await signIn(page, server.url, 'baosong', first);
    await page.getByLabel('新密码', {exact: true}).focus();
    await page.keyboard.type(chosen);
    await page.keyboard.press('Tab');
    await page.keyboard.type(chosen);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', {name: '第一天'})).toBeVisible();
    expect(await serious(page)).toEqual([]);

    await tabTo(page, page.locator('#tour').getByRole('link', {name: '看怎样立案'}));
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/desk\/cases\/new$/);
    await tabTo(page, page.locator('main').getByRole('link', {name: /行政区划变更/}));
    await page.keyboard.press('Enter');
    const title = page.locator('[name=title]'), pane = page.locator('#helppane');
    await tabTo(page, title);
    await page.keyboard.type('农安县撤县设市 ?'); // in a field the key is a character
    await expect(pane).toBeHidden();

    const go = page.locator('main form').getByRole('button', {name: '立案'});
    await tabTo(page, go);
    await page.keyboard.press('?');
    await expect(pane.getByRole('heading', {level: 1})).toHaveText('立案');
    expect(await serious(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await expect(pane).toBeHidden();
    await expect(go).toBeFocused();
    await expect(title).toHaveValue('农安县撤县设市 ?');

    await tabTo(page, page.locator('.helplink'), 'Shift+Tab');
    await page.keyboard.press('Enter');
    await expect(pane).toBeVisible();
    await tabTo(page, pane.getByRole('button', {name: '关闭'}), 'Shift+Tab');
    await page.keyboard.press('Enter');
    await expect(pane).toBeHidden();
    await expect(page.locator('.helplink')).toBeFocused();
    await expect(title).toHaveValue('农安县撤县设市 ?');

    await page.goto(`${server.url}/desk`);
    await expect(page.locator('#tour li.done')).toContainText('看怎样立案');
    await tabTo(page, page.locator('#tour').getByRole('button', {name: '收起'}));
    await page.keyboard.press('Enter');
    await expect(page.locator('#tour')).toBeHidden();
    await page.goto(`${server.url}/desk/help`);
    await page.getByRole('button', {name: '显示第一天的指引'}).press('Enter');
    await expect(page.locator('#tour li.done')).toHaveCount(1);
  });

  test('in the pane: links within help stay in it, others open beside', async ({page}) => {
    await signIn(page, server.url, 'baosong', chosen);
    await expect(page.locator('.person')).toBeVisible();
    await page.goto(`${server.url}/desk/rules`);
    await page.keyboard.press('?');
    const pane = page.locator('#helppane');
    await expect(pane.getByRole('heading', {level: 1})).toHaveText('规则');
    await pane.getByRole('link', {name: '设置'}).click();
    await expect(pane.getByRole('heading', {level: 1})).toHaveText('设置');
    await expect(page).toHaveURL(/\/desk\/rules$/);
    const [other] = await Promise.all([page.context().waitForEvent('page'), pane.getByRole('link', {name: '期限对照'}).click()]);
    await expect(other).toHaveURL(/\/desk\/boards\/clocks$/);
    await other.close();
  });

  test('without script help opens in a tab of its own', async ({browser}) => {
    const context = await browser.newContext({javaScriptEnabled: false, locale: 'zh-CN'});
    const page = await context.newPage();
    await signIn(page, server.url, 'baosong', chosen);
    await expect(page.locator('.person')).toBeVisible();
    await page.goto(`${server.url}/desk/cases/new?kind=NAMING`);
    await page.locator('[name=title]').fill('命名');
    const [help] = await Promise.all([context.waitForEvent('page'), page.locator('.helplink').click()]);
    await expect(help.getByRole('heading', {level: 1})).toHaveText('立案');
    await expect(page.locator('[name=title]')).toHaveValue('命名');
    await context.close();
  });

  test('on a phone and at twice the size nothing is cut off; axe finds nothing serious', {tag: '@slow'}, async ({page}) => {
    test.slow();
    await signIn(page, server.url, 'baosong', chosen);
    await expect(page.locator('.person')).toBeVisible();
    const found: string[] = [];
    for (const [scheme, width, height] of [['light', 390, 844], ['dark', 640, 400]] as const) {
      await page.emulateMedia({colorScheme: scheme});
      await page.setViewportSize({width, height});
      for (const path of ['/desk', '/desk/help', '/desk/help/case', '/desk/help?q=审图号', '/desk/help/all', '/help', '/help/map']) {
        await page.goto(server.url + path);
        expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width);
        found.push(...await serious(page));
      }
      await page.goto(`${server.url}/desk`);
      await page.locator('.helplink').click();
      await expect(page.locator('#helppane').getByRole('heading', {level: 1})).toHaveText('待办');
      found.push(...await serious(page));
    }
    expect(found).toEqual([]);
  });
});
