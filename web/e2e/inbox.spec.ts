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

test('a drafted notice and a prepared release set wait for who publishes them, and their author is told', async ({browser, baseURL, staffed}) => {
  const editor = await browser.newPage({baseURL, locale: 'zh-CN'});
  await signIn(editor, 'division-editor', staffed.password, '/desk/notices/new?case=1');
  await editor.locator('[name=kind]').selectOption('PUBLICITY');
  for (const [name, value] of Object.entries({title: '十里堡设镇公示', text: '拟设镇，现予公示。', closes: new Date(Date.now() + 2e9).toISOString().slice(0, 10), contact: '区划处'})) {
    await editor.locator(`main [name=${name}]`).fill(value);
  }
  await editor.locator('main form button.primary').first().click();
  await expect(editor).toHaveURL(/\/desk\/notices\/\d+/);
  await editor.goto('/desk/releases/new');
  await editor.getByLabel('审图号').fill('吉S(2026)018号');
  await editor.getByRole('button', {name: '准备'}).click();
  await expect(editor).toHaveURL(/\/desk\/releases\/\d+$/);
  const set = new URL(editor.url()).pathname;

  const officer = await browser.newPage({baseURL, locale: 'zh-CN'});
  await signIn(officer, 'secrecy-officer', staffed.password);
  const data = officer.locator('[data-task]', {hasText: '审核并发布数据'}).filter({has: officer.locator(`a[href="${set}"]`)});
  await expect(data).toContainText('发布集');
  await expect(officer.locator('.message.unread', {hasText: '拟好公示，等待发布'}).first()).toBeVisible();
  expect(await serious(officer)).toEqual([]);
  await officer.locator('.message.unread', {hasText: '号发布集，待发布'}).first().locator('a').click();
  await expect(officer).toHaveURL(/\/desk\/releases\/\d+$/);
  await officer.goto('/desk?why=publish');
  const draft = officer.locator('[data-task]', {hasText: '十里堡设镇公示'});
  await expect(draft).toContainText('审核并发布公示公告');
  await draft.locator('a.opens').click();
  await expect(officer).toHaveURL(/\/desk\/notices\/\d+/);
  await officer.locator('#return > summary').click();
  await officer.locator('#return textarea').fill('联系电话请补上');
  await officer.locator('#return').getByRole('button', {name: '退回修改'}).click();
  await expect(officer.locator('.flash')).toContainText('已退回拟稿人修改');
  await expect(officer.locator('#publish')).toHaveCount(0);
  await editor.goto('/desk?why=revise');
  const back = editor.locator('[data-task]', {hasText: '修改退回的拟稿'}).filter({hasText: '十里堡设镇公示'});
  await back.locator('a.opens').click();
  await expect(editor.locator('.warning')).toContainText('退回修改：联系电话请补上');
  await editor.getByRole('link', {name: '修改'}).first().click();
  await editor.locator('main [name=contact]').fill('区划处 0431-0000000');
  await editor.locator('main form button.primary').first().click();
  await expect(editor).toHaveURL(/\/desk\/notices\/\d+$/);
  await officer.reload();
  await officer.locator('#publish').getByRole('button', {name: '发布'}).click();
  await expect(officer.locator('.flash')).toBeVisible();
  await officer.goto('/desk?why=publish');
  await expect(officer.locator('[data-task]', {hasText: '十里堡设镇公示'})).toHaveCount(0);

  await editor.goto('/desk/messages?only=unread');
  const told = editor.locator('.message', {hasText: '发布了公示'}).first();
  await told.locator('a').click();
  await expect(editor).toHaveURL(/\/desk\/notices\/\d+/);
  await editor.close();
  await officer.close();
});

test('the head of a page stands on one line, on a tablet with the sections below it', async ({page}) => {
  await page.setViewportSize({width: 720, height: 900});
  for (const lang of ['zh', 'en']) {
    await page.goto(`/desk?lang=${lang}`);
    expect((await page.locator('.deskbar').boundingBox())!.height).toBeLessThan(64);
    await page.goto(`/units?lang=${lang}`);
    for (const width of [1040, 1340, 1360]) {
      await page.setViewportSize({width, height: 900});
      expect((await page.locator('.masthead').boundingBox())!.height).toBeLessThan(64);
    }
    await page.setViewportSize({width: 720, height: 900});
    const middle = async (selector: string) => { const box = (await page.locator(selector).boundingBox())!; return box.y + box.height / 2; };
    expect(Math.abs(await middle('.masthead .wordmark') - await middle('.masthead .languages'))).toBeLessThan(8);
    expect(Math.abs(await middle('.masthead .wordmark') - await middle('.masthead .helplink'))).toBeLessThan(8);
    expect(await middle('.masthead .sections')).toBeGreaterThan(await middle('.masthead .wordmark') + 20);
  }
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
