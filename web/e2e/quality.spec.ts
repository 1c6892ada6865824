import {execFileSync} from 'node:child_process';
import {join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

import {serious} from './axe';
import {type Page, expect, test as base} from './page';
import {Demonstration} from './server';

const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** A demonstration of its own, because the tests change its record. */
const test = base.extend<object, {desk: Demonstration}>({
  desk: [async ({}, use) => {
    const desk = await Demonstration.start();
    await use(desk);
    await desk.stop();
  }, {scope: 'worker', timeout: 120_000}],
  baseURL: async ({desk}, use) => use(desk.url),
});

test.describe.configure({mode: 'serial'});
test.use({bypassCSP: true}); // axe runs as an injected script

async function signIn(page: Page, desk: Demonstration, login: string) {
  await page.context().clearCookies();
  await page.goto(`${desk.url}/login?next=/desk/quality&lang=zh`);
  await page.locator('[name=login]').fill(login);
  await page.locator('[name=password]').fill(desk.password);
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname.startsWith('/desk'));
}

function edit(dir: string, from: string, ...cells: string[]): string {
  const to = join(dir, 'edited.xlsx');
  execFileSync('go', ['run', join(root, 'web/e2e/workbook.go'), from, to, ...cells], {cwd: root, env: {...process.env, CGO_ENABLED: '0'}});
  return to;
}

async function download(page: Page, dir: string, click: () => Promise<void>): Promise<string> {
  const [file] = await Promise.all([page.waitForEvent('download'), click()]);
  const path = join(dir, 'sheet.xlsx');
  await file.saveAs(path);
  return path;
}

/** Focuses something by the keyboard alone. */
async function tabTo(page: Page, what: string) {
  const target = page.locator(what).first();
  for (let i = 0; i < 200; i++) {
    if (await target.evaluate((e) => e === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`the keyboard does not reach ${what}`);
}

const shot = (page: Page, name: string) => (process.env.SHOTS ? page.screenshot({path: join(process.env.SHOTS, `${name}.png`), fullPage: true}) : undefined);

test('the board is run, read, and a finding set aside', async ({page, desk}) => {
  await signIn(page, desk, 'division-editor');
  await page.goto('/desk/quality');
  await page.getByRole('button', {name: '立即检查'}).click();
  await expect(page.locator('.flash')).toContainText('检查完成');
  await expect(page.locator('table.quality tbody tr')).toHaveCount(23);
  await expect(page.locator('table.quality svg.trend')).toHaveCount(23);
  expect(await serious(page)).toEqual([]);
  await shot(page, 'board');
  await page.getByRole('link', {name: '县级以上单位没有登记驻地'}).click();
  const open = page.locator('.card-number');
  const before = Number(await open.textContent());
  await tabTo(page, 'details.asideform summary');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.type('驻地待定');
  await page.keyboard.press('Enter');
  await expect(page.locator('.flash')).toContainText('已搁置');
  await expect(open).toHaveText(String(before - 1));
  expect(await serious(page)).toEqual([]);
  await shot(page, 'check');
});

test('a workbook goes out, is edited, refused when it is bad, and becomes a case', async ({page, desk}) => {
  await signIn(page, desk, 'division-editor');
  await page.goto('/desk/quality/unit-seat');
  const name = (await page.locator('table.findings tbody tr:not(.set-aside) th a').first().textContent())!;
  const sheet = await download(page, desk.dir, async () => {
    await tabTo(page, 'a.button.primary[download]');
    await page.keyboard.press('Enter');
  });

  const send = async (file: string) => {
    await page.goto('/desk/corrections');
    await page.locator('[type=file]').setInputFiles(file);
    await tabTo(page, 'button.primary');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/desk\/corrections\/\d+/);
  };
  await send(edit(desk.dir, sheet, name, '上级', '别处', name, '边境地区', '也许'));
  await expect(page.locator('.warning')).toContainText('有 1 处问题');
  await expect(page.locator('tbody code').first()).toContainText('更正!');
  await expect(page.getByRole('heading', {name: '确认并立案'})).toHaveCount(0);
  expect(await serious(page)).toEqual([]);
  await shot(page, 'refused');

  await send(edit(desk.dir, sheet, name, '驻地', '中山街道', name, '边境地区', '是'));
  await expect(page.locator('table.diff tbody tr')).toHaveCount(2);
  await expect(page.locator('table.diff ins').first()).toHaveText('中山街道');
  expect(await serious(page)).toEqual([]);
  await shot(page, 'ready');
  await tabTo(page, '[name=title]');
  await page.keyboard.type('补登驻地');
  await tabTo(page, 'form button.primary');
  await page.keyboard.press('Enter');
  await expect(page.locator('.flash')).toContainText('已立案');
  await expect(page.locator('h1')).toHaveText('补登驻地');
  await shot(page, 'case');
});

test('what is no workbook of ours is refused at its field', async ({page, desk, complaints}) => {
  await signIn(page, desk, 'division-editor');
  await page.goto('/desk/corrections');
  await page.locator('[type=file]').setInputFiles({name: 'list.xlsx', mimeType: 'application/zip', buffer: Buffer.from('PK\u0003\u0004 not a workbook')});
  await page.getByRole('button', {name: '比较差异'}).click();
  await expect(page.locator('#e-file')).toBeVisible();
  expect(await serious(page)).toEqual([]);
  await shot(page, 'corrections');
  expect(complaints.splice(0)).toEqual([expect.stringContaining('422')]); // the browser notes the refusal
});

test('who only reads sees the board and cannot correct', async ({page, desk}) => {
  await signIn(page, desk, 'leader');
  await page.goto('/desk/quality');
  await expect(page.locator('table.quality')).toBeVisible();
  await expect(page.getByRole('button', {name: '立即检查'})).toHaveCount(0);
  const answer = await page.request.post('/desk/quality', {headers: {Origin: desk.url}});
  expect(answer.status()).toBe(403);
});
