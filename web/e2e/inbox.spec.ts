import {serious} from './axe';
import {expect, signIn, test} from './desk';


test.beforeEach(async ({page, staffed}) => {
  await signIn(page, 'supervisor', staffed.password);
});

test('in the morning: what is due stands first, and the keys walk through it', async ({page}) => {
  const first = page.locator('[data-task]').first();
  await expect(first.locator('.badge').first()).toContainText(/逾期|到期|还有/);
  await page.keyboard.press('j');
  await expect(first.locator('a.opens')).toBeFocused();
  await page.keyboard.press('j');
  await expect(page.locator('[data-task] a.opens').nth(1)).toBeFocused();
  await page.keyboard.press('k');
  await expect(first.locator('a.opens')).toBeFocused();
  const title = await first.locator('a.opens').innerText();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/desk\/cases\/\d+/);
  await expect(page.locator('main')).toContainText(title);
});

test('a case that nobody holds is taken with one button, and its holder is told of what others do', async ({page, browser, baseURL, staffed}) => {
  // The supervisor gives a case of the division editor back to all.
  await page.goto('/desk/boards/cases?kind=CORRECTION&state=DRAFT');
  const link = page.locator('tbody a').first();
  const number = (await page.locator('tbody .on [lang]').first().innerText()).trim();
  const address = (await link.getAttribute('href'))!;
  await page.goto(address);
  const version = await page.locator('input[name=version]').first().getAttribute('value');
  const back = await page.request.post(`${address}/assign`, {form: {version: version!, to: '', reason: '重新分派'}, maxRedirects: 0});
  expect(back.status()).toBe(303);

  const other = await browser.newPage({baseURL, locale: 'zh-CN'});
  await signIn(other, 'division-editor', staffed.password, '/desk?why=take');
  const row = other.locator('[data-task]', {hasText: number});
  await expect(row).toContainText('认领或分派');
  await row.getByRole('button', {name: '认领'}).click();
  await expect(other.locator('.flash')).toContainText(number);
  await expect(other.locator('[data-task]', {hasText: number})).toContainText('由我承办');

  // A word of the supervisor appears among the messages, and is read by opening it.
  await page.goto(address);
  const comment = await page.request.post(`${address}/comment`, {form: {text: '请抓紧办理'}, maxRedirects: 0});
  expect(comment.status()).toBe(303);
  await other.goto('/desk');
  const message = other.locator('.message.unread', {hasText: number}).filter({hasText: '批注'});
  await expect(message).toHaveCount(1);
  await message.locator('a').click();
  await expect(other).toHaveURL(new RegExp(address));
  await other.goto('/desk');
  await expect(other.locator('.message.unread', {hasText: number}).filter({hasText: '批注'})).toHaveCount(0);
  await other.close();
});

test('boards lead to the cases behind each number, and go out as tables', async ({page}) => {
  await page.goto('/desk/boards');
  const cell = page.locator('table.heat tbody td a').first();
  const n = Number(await cell.innerText());
  await cell.click();
  await expect(page.locator('tbody tr')).toHaveCount(n);
  for (const [name, type] of [['csv', 'text/csv'], ['xlsx', 'spreadsheetml']]) {
    const file = await page.request.get(`/desk/boards.${name}`);
    expect(file.status()).toBe(200);
    expect(file.headers()['content-type']).toContain(type);
    expect((await file.body()).length).toBeGreaterThan(200);
  }
});

test('a calendar program reads what is due, by a secret address that can be taken back', async ({page}) => {
  await page.goto('/desk/messages/calendar');
  await page.locator('main form button').first().click();
  const address = await page.locator('.secret').innerText();
  const read = await page.request.fetch(address, {headers: {Cookie: ''}});
  expect(read.status()).toBe(200);
  const text = await read.text();
  expect(text).toContain('BEGIN:VEVENT');
  expect(text.split('\r\n').every((line) => Buffer.byteLength(line) <= 75)).toBe(true);
  await page.locator('main form button.danger').click();
  expect((await page.request.fetch(address)).status()).toBe(404);
});

test('without script the inbox works', async ({browser, baseURL, staffed}) => {
  const context = await browser.newContext({baseURL, javaScriptEnabled: false, locale: 'en-GB'});
  const page = await context.newPage();
  await signIn(page, 'supervisor', staffed.password);
  await page.locator('[data-task] a.opens').first().click();
  await expect(page).toHaveURL(/\/desk\/cases\/\d+/);
  await context.close();
});

test.describe('axe', () => {
  test.use({bypassCSP: true}); // axe runs as an injected script
  test('finds nothing serious', async ({page, staffed}) => {
    test.slow(); // seventeen pages, each looked through
    const found: string[] = [];
    const look = async (path: string) => {
      await page.goto(path);
      found.push(...(await serious(page)));
    };
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({colorScheme: scheme});
      for (const path of ['/desk', '/desk/messages', '/desk/messages/settings', '/desk/messages/calendar', '/desk/boards', '/desk/boards/cases?due=week', '/desk/boards/clocks']) await look(path);
    }
    await page.locator('form[action="/logout"] button').click();
    await signIn(page, 'system-admin', staffed.password, '/desk/settings');
    for (const path of ['/desk/settings', '/desk/settings/calendar', '/desk/settings/mails']) await look(path);
    expect(found).toEqual([]);
  });
});
