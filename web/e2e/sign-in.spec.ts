import {execFileSync} from 'node:child_process';
import {createHmac} from 'node:crypto';
import {join} from 'node:path';
import {type Page, expect, test} from '@playwright/test';
import {serious} from './axe';
import {type Server, binary, discard, folder, up} from './server';

const first = 'for the first day', chosen = 'vier Pferde im Moor';

/** What an authenticator app shows for a secret. */
function code(secret: string, at: number): string {
  let bits = '';
  for (const c of secret) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0');
  const key = Buffer.from(bits.match(/.{8}/g)!.map((b) => parseInt(b, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const sum = createHmac('sha1', key).update(step).digest();
  const off = sum[19]! & 15;
  return String((sum.readUInt32BE(off) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** Types into the field that has the focus after some steps of Tab. */
async function type(page: Page, label: string, text: string) {
  await page.getByLabel(label, {exact: true}).focus();
  await page.keyboard.type(text);
}

async function signIn(page: Page, url: string, login: string, password: string) {
  await page.goto(url);
  await type(page, '登录名', login);
  await page.keyboard.press('Tab');
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
}

test.describe('signing in', () => {
  test.describe.configure({mode: 'serial'});
  test.use({bypassCSP: true}); // axe runs as an injected script
  let dir: string, server: Server;

  test.beforeAll(async () => {
    test.setTimeout(180_000);
    dir = folder();
    server = await up(dir, '--empty', '--factor-roles', 'SUPERVISOR');
    const user = (args: string[], input = '') => execFileSync(binary, ['user', ...args, '--data', join(dir, 'data')], {input});
    for (const [login, name, role] of [['chu', '处长', 'SUPERVISOR'], ['xitong', '系统员', 'SYSTEM_ADMIN'], ['anquan', '安全员', 'SECURITY_ADMIN']] as const) {
      user(['add', login, '--name', name], first + '\n');
      user(['grant', login, role, '--reason', '试']);
    }
  });
  test.afterAll(async () => {
    await server?.stop();
    discard(dir);
  });

  test('by keyboard: a new password, a second factor, and in again with it', async ({page}) => {
    test.slow();
    await signIn(page, `${server.url}/desk/me`, 'chu', first);
    await expect(page.getByRole('heading', {level: 1})).toHaveText('设置新密码');
    expect(await serious(page)).toEqual([]);
    await type(page, '新密码', 'password1234');
    await type(page, '再输一次', 'password1234');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('alert')).toContainText('太常见');
    await expect(page.getByRole('alert')).toBeFocused();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter'); // the link of the fault leads to its field
    await expect(page.getByLabel('新密码', {exact: true})).toBeFocused();
    await page.keyboard.type(chosen);
    await type(page, '再输一次', chosen);
    await page.keyboard.press('Enter');

    await expect(page.getByRole('heading', {level: 1})).toHaveText('两步验证');
    await expect(page.getByRole('img', {name: /二维码/})).toBeVisible();
    expect(await serious(page)).toEqual([]);
    const secret = (await page.locator('#secret').textContent())!;
    const used = Date.now();
    await type(page, '验证码（6 位）', code(secret, used));
    await page.keyboard.press('Enter');
    await expect(page.locator('.codes li')).toHaveCount(10);
    expect(await serious(page)).toEqual([]);
    await page.getByRole('button', {name: '已保存，继续'}).press('Enter');
    await expect(page).toHaveURL(`${server.url}/desk/me`);
    expect(await serious(page)).toEqual([]);

    await page.getByRole('button', {name: '退出'}).first().press('Enter');
    await expect(page.getByRole('status')).toContainText('已退出');
    await signIn(page, `${server.url}/desk/me`, 'chu', chosen);
    await expect(page.getByRole('heading', {level: 1})).toHaveText('两步验证');
    expect(await serious(page)).toEqual([]);
    // The code that set it up is not taken again; the one after it is, also a little early.
    await type(page, '验证码', code(secret, used));
    await page.keyboard.press('Enter');
    await expect(page.getByRole('alert')).toContainText('已用过');
    await type(page, '验证码', code(secret, Math.max(Date.now(), used + 30_000)));
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(`${server.url}/desk/me`);
  });

  test('a session is ended from another browser', async ({page, browser}) => {
    await signIn(page, `${server.url}/desk/me`, 'xitong', first);
    await type(page, '新密码', chosen);
    await type(page, '再输一次', chosen);
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(`${server.url}/desk/me`);

    const other = await (await browser.newContext({locale: 'zh-CN'})).newPage();
    await signIn(other, `${server.url}/desk/me`, 'xitong', chosen);
    await expect(other.locator('.sessions tbody tr')).toHaveCount(2);
    await other.getByRole('row').filter({hasNot: other.getByText('本机')}).getByRole('button', {name: '退出'}).press('Enter');
    await expect(other.getByRole('status')).toContainText('已退出');
    await page.reload();
    await expect(page).toHaveURL(/\/login\?next=%2Fdesk%2Fme/);
    await other.context().close();
  });

  test('what was typed outlives its session', async ({page, browser}) => {
    await signIn(page, `${server.url}/desk/accounts/new`, 'xitong', chosen);
    await type(page, '登录名', 'lina');
    await type(page, '姓名', '李娜');
    await page.getByLabel('部门').selectOption('HOUSING');
    const other = await (await browser.newContext({locale: 'zh-CN'})).newPage();
    await signIn(other, `${server.url}/desk/me`, 'xitong', chosen);
    await expect(other).toHaveURL(`${server.url}/desk/me`);
    for (let left = await other.locator('.sessions button').count(); left > 0; left--) {
      await other.locator('.sessions button').first().press('Enter');
      await expect(other.locator('.sessions button')).toHaveCount(left - 1);
    }
    await other.context().close();
    await page.getByRole('button', {name: '建立账号'}).press('Enter');
    await expect(page.getByRole('note').first()).toContainText('已保留');
    await type(page, '登录名', 'xitong');
    await type(page, '密码', chosen);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('alert')).toContainText('尚未提交');
    await expect(page.getByLabel('姓名')).toHaveValue('李娜');
    await expect(page.getByLabel('部门')).toHaveValue('HOUSING');
    await page.getByRole('button', {name: '建立账号'}).press('Enter');
    await expect(page.locator('.secret')).toHaveText(/^[a-z2-7]{5}-[a-z2-7]{5}-[a-z2-7]{5}$/);
    expect(await serious(page)).toEqual([]);
  });

  for (const [lang, theme, width, tag] of [['zh', 'light', 1440, '@quick'], ['en', 'dark', 390, '@slow']] as const) {
    test(`axe finds nothing serious, and no page scrolls sideways: ${lang}, ${theme}, ${width}`, {tag}, async ({page}) => {
      test.slow();
      await page.setViewportSize({width, height: 844});
      await page.emulateMedia({colorScheme: theme});
      const look = async (addresses: string[]) => {
        for (const address of addresses) {
          await page.goto(`${server.url}${address}${address.includes('?') ? '&' : '?'}lang=${lang}`);
          expect(await serious(page), address).toEqual([]);
          const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
          expect(content, address).toBeLessThanOrEqual(window!);
        }
      };
      await look(['/login']);
      await page.context().clearCookies();
      await signIn(page, `${server.url}/desk/me`, 'anquan', lang === 'zh' ? first : chosen);
      if (lang === 'zh') {
        await type(page, '新密码', chosen);
        await type(page, '再输一次', chosen);
        await page.keyboard.press('Enter');
      }
      await expect(page).toHaveURL(/\/desk\/me/);
      await look(['/desk/me', '/desk/me/password', '/desk/me/factor', '/desk/me/tokens', '/desk/me/delegation', '/desk/accounts', '/desk/accounts/1',
        '/desk/accounts/1/grant?q=x', '/desk/rights', '/desk/heirs']);
    });
  }
});
