import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {type Browser, type BrowserContextOptions, type Locator, type Page, devices, expect, test} from '@playwright/test';
import {serious} from './axe';
import {signIn} from './desk';
import {Demonstration} from './server';

const heading = '关于征求界线变更方案意见的公告';
const opinion = '建议界线沿河走，不要把村子分在两边。';

test.describe.configure({mode: 'serial'});
test.setTimeout(300_000);

let server: Demonstration, password: string;
let address: string, notice: string; // of the case, and of the notice at the desk
let receipt: string;

test.beforeAll(async () => {
  test.setTimeout(600_000);
  server = await Demonstration.start();
  ({password} = server);
});

test.afterAll(async () => {
  await server?.stop();
});

/** A page of somebody, or of a citizen without account. axe runs as an injected script. */
async function as(browser: Browser, login: string, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await (await browser.newContext({locale: 'zh-CN', baseURL: server.url, bypassCSP: true, ...options})).newPage();
  if (login) await signIn(page, login, password);
  return page;
}

const telephone: BrowserContextOptions = {viewport: {width: 390, height: 844}, isMobile: true, hasTouch: true, userAgent: devices['Pixel 7'].userAgent};

/** Goes on by the Tab key until something has the focus. */
async function tabTo(page: Page, target: Locator) {
  await expect(target).toBeVisible();
  for (let i = 0; i < 300; i++) {
    if (await target.evaluate((e) => e === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`the Tab key does not lead to ${target}`);
}

/** A day so many days from now, in China, as [year, month, day]. */
function inDays(n: number): [string, string, string] {
  return new Date(Date.now() + 8 * 3600_000 + n * 86400_000).toISOString().slice(0, 10).split('-') as [string, string, string];
}

/** What anybody is answered, without the number that was asked for. */
async function answered(page: Page, path: string): Promise<string> {
  const answer = await page.request.get(path, {maxRedirects: 0});
  return answer.status() + (await answer.text()).replaceAll(/\d+/g, 'N');
}

test('an editor drafts a consultation from the page of a case, by keyboard', async ({browser}) => {
  const page = await as(browser, 'division-editor');
  await page.goto('/desk/notices');
  expect(await serious(page)).toEqual([]);
  await page.getByRole('row', {name: /局部行政区域界线变更/}).getByRole('link').last().click();
  await expect(page).toHaveURL(/\/desk\/cases\/\d+$/);
  address = new URL(page.url()).pathname;

  await tabTo(page, page.getByRole('link', {name: '起草公告公示'}));
  await page.keyboard.press('Enter');
  await expect(page.locator('h1')).toHaveText('起草公告公示');
  expect(await serious(page)).toEqual([]);
  await tabTo(page, page.getByLabel('类型'));
  await page.keyboard.press('ArrowDown');
  await expect(page.getByLabel('类型')).toHaveValue('CONSULTATION');
  await tabTo(page, page.getByLabel('标题'));
  await page.keyboard.press('Control+A');
  await page.keyboard.type(heading);
  await tabTo(page, page.getByLabel('正文'));
  await expect(page.getByLabel('正文')).toHaveValue(/^现将.*的有关情况公告如下。/); // from the case
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText('拟变更两县之间的界线。\n\n# 方案要点\n- 见图上红线');
  await tabTo(page, page.getByLabel('联系方式'));
  await expect(page.getByLabel('联系方式')).toHaveValue(/^联系人：/);
  await page.keyboard.press('Control+A');
  await page.keyboard.type('区划地名处，电话 0431-00000000');
  await tabTo(page, page.getByRole('radio', {name: '不附地图'}));
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('radio', {name: '现状图和方案示意图'})).toBeChecked();
  await tabTo(page, page.getByRole('button', {name: '保存拟稿'}));
  await page.keyboard.press('Enter');
  await expect(page.locator('.faults')).toContainText('请填写截止日期'); // what was typed is still there
  await expect(page.getByLabel('正文')).toHaveValue(/红线/);
  expect(await serious(page)).toEqual([]);
  const [year, month, day] = inDays(20);
  await tabTo(page, page.getByLabel('截止日期'));
  await page.keyboard.type(month + day + year); // the browser's own language is English
  await expect(page.getByLabel('截止日期')).toHaveValue([year, month, day].join('-'));
  await tabTo(page, page.getByRole('button', {name: '保存拟稿'}));
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/desk\/notices\/\d+$/);
  notice = new URL(page.url()).pathname;
  await expect(page.locator('h1')).toHaveText(heading);
  await expect(page.getByRole('button', {name: '发布', exact: true})).toHaveCount(0);
  expect(await serious(page)).toEqual([]);
  const forced = await page.request.post(`${notice}/publish`, {form: {version: '1', cleared: 'yes'}, headers: {origin: server.url}, maxRedirects: 0});
  expect(forced.status()).toBe(403);
});

test('who may not sees nothing of a draft: as if there were none', async ({browser}) => {
  const own = notice.replace('/desk', '');
  const citizen = await as(browser, '');
  for (const path of ['', '/map-now.svg', '/map-proposal.svg', '/map.geojson', '/pick.svg', '/papers/1']) {
    expect(await answered(citizen, own + path), path).toBe(await answered(citizen, `/notices/99999999${path}`));
    expect((await citizen.request.get(own + path)).status(), path).toBe(404);
  }
  for (const path of ['/notices', '/notices?when=current', '/notices?kind=CONSULTATION', '/notices.atom']) {
    expect(await (await citizen.request.get(path)).text(), path).not.toContain(heading);
  }
  const other = await as(browser, 'applicant');
  for (const path of ['', '/edit', '/comments', '/comments.xlsx', '/map-proposal.svg']) {
    expect(await answered(other, notice + path), path).toBe(await answered(other, `/desk/notices/99999999${path}`));
  }
});

test('another person clears the map and publishes', async ({browser}) => {
  const page = await as(browser, 'secrecy-officer');
  await page.goto(notice);
  for (const image of await page.locator('.notice-maps img').all()) {
    await image.scrollIntoViewIfNeeded();
    await expect.poll(() => image.evaluate((i: HTMLImageElement) => i.naturalWidth)).toBeGreaterThan(0);
  }
  await page.getByRole('button', {name: '发布', exact: true}).click();
  await expect(page.locator('.faults')).toContainText('请确认方案图可以公开');
  expect(await serious(page)).toEqual([]);
  await page.getByLabel('方案图所示区域已核对，可以公开').check();
  await page.getByRole('button', {name: '发布', exact: true}).click();
  await expect(page.locator('.flash')).toContainText('已发布');
  await expect(page.locator('.period').first()).toContainText('还有 21 天');
  expect(await serious(page)).toEqual([]);
});

test('a citizen reads it on a telephone, comments with a pin, and keeps a receipt', async ({browser}) => {
  const page = await as(browser, '', telephone);
  await page.goto('/notices');
  expect(await serious(page)).toEqual([]);
  await expect(page.locator('#current .notice-row', {hasText: heading})).toContainText('还有 21 天');
  await page.getByRole('link', {name: heading}).tap();
  await expect(page.locator('h1')).toHaveText(heading);
  await expect(page.locator('.prose h2')).toHaveText('方案要点');
  const maps = page.locator('.notice-maps img');
  await expect(maps).toHaveCount(2);
  for (const image of await maps.all()) {
    await image.scrollIntoViewIfNeeded();
    await expect.poll(() => image.evaluate((i: HTMLImageElement) => i.naturalWidth)).toBeGreaterThan(0);
    const drawn = await (await page.request.get((await image.getAttribute('src'))!)).text();
    expect(drawn).toContain('拟变更的界线');
  }
  const {features} = await (await page.request.get(notice.replace('/desk', '') + '/map.geojson')).json() as {features: {properties: {side: string}}[]};
  expect(features.filter((f) => f.properties.side === 'proposal').length).toBeGreaterThan(0);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  expect(await serious(page)).toEqual([]);

  await page.getByRole('link', {name: '提交意见'}).tap();
  await page.getByText('建议', {exact: true}).tap();
  await page.getByLabel('意见', {exact: true}).fill('好');
  await page.waitForTimeout(2100); // nobody writes faster
  await page.getByRole('button', {name: '提交意见'}).tap();
  await expect(page.locator('.faults')).toBeVisible();
  await expect(page.getByLabel('意见', {exact: true})).toHaveValue('好');
  expect(await serious(page)).toEqual([]);
  await page.getByLabel('意见', {exact: true}).fill(opinion);
  await page.getByLabel('姓名').fill('王小明');
  await page.getByText('在地图上指出位置').tap();
  await page.locator('.casemap-pick').tap({position: {x: 150, y: 100}});
  await expect(page.getByLabel('经度,纬度')).toHaveValue(/^12\d\.\d+,4\d\.\d+$/);
  await expect(page.getByLabel('意见', {exact: true})).toHaveValue(opinion);
  await expect(page.getByRole('radio', {name: '建议'})).toBeChecked();
  await page.getByRole('button', {name: '提交意见'}).tap();
  await expect(page.getByRole('status')).toContainText('意见已收到');
  receipt = (await page.locator('.receipt-no code').textContent())!;
  expect(receipt).toMatch(/^([0-9A-V]{6}-){3}[0-9A-V]{6}$/);
  expect(await serious(page)).toEqual([]);
  await page.goto(notice.replace('/desk', ''));
  await expect(page.locator('main')).not.toContainText(opinion); // until staff release it
  await expect(page.locator('main')).not.toContainText('王小明');
});

test('the receipt is looked up later, and another number is not known', async ({browser}) => {
  const page = await as(browser, '', telephone);
  await page.goto('/notices');
  await page.getByRole('link', {name: '查询意见处理结果'}).tap();
  await expect(page.locator('h1')).toHaveText('意见回执');
  expect(await serious(page)).toEqual([]);
  await page.getByLabel('回执号').fill('000000-000000-000000-000000');
  await page.getByRole('button', {name: '查询'}).tap();
  await expect(page.getByRole('alert')).toContainText('没有这个回执号');
  expect(await serious(page)).toEqual([]);
  await page.getByLabel('回执号').fill(receipt.toLowerCase().replaceAll('-', ' '));
  await page.getByRole('button', {name: '查询'}).tap();
  await expect(page.locator('.facts')).toContainText(opinion);
  await expect(page.locator('.receipt-steps [aria-current]')).toContainText('已收到');
  await expect(page.locator('main')).not.toContainText('王小明');
});

test('the trap and the limit hold, and lose nothing of what was written', async ({browser}) => {
  const page = await as(browser, '');
  const own = notice.replace('/desk', '');
  const token = async () => /name="token" value="([^"]+)"/.exec(await (await page.request.get(own)).text())![1]!;
  const said = {stance: 'OPPOSE', text: '不同意这个方案。'};
  const send = async (form: Record<string, string>) => page.request.post(own, {form, headers: {origin: server.url}, maxRedirects: 0});
  const hasty = await send({...said, token: await token()});
  expect(hasty.status()).toBe(422);
  expect(await hasty.text()).toContain('提交得太快');
  const tokens = await Promise.all(Array.from({length: 24}, token));
  await page.waitForTimeout(2100);
  const trapped = await send({...said, token: tokens[0]!, website: 'http://spam.example'});
  expect(trapped.status()).toBe(422);
  const states: number[] = [];
  for (const token of tokens) {
    const answer = await send({...said, token});
    states.push(answer.status());
    if (answer.status() === 429) {
      const wait = Number(answer.headers()['retry-after']);
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(3600); // the next hour
    }
  }
  expect(states.filter((s) => s === 303).length).toBe(19); // of 20 in an hour, one went before
  expect(states.at(-1)).toBe(429);
  expect((await send({...said, token: tokens[1]!})).status()).toBe(303); // the same form again is the same comment
  await page.goto(own);
  await page.getByText('反对', {exact: true}).click();
  await page.getByLabel('意见', {exact: true}).fill('还有话说。');
  await page.waitForTimeout(2100);
  await page.getByRole('button', {name: '提交意见'}).click();
  await expect(page.locator('.faults')).toContainText('您所在的网络提交的意见太多');
  await expect(page.getByLabel('意见', {exact: true})).toHaveValue('还有话说。');
});

test('staff answer one by one, and the public reads what was released', async ({browser}) => {
  const page = await as(browser, 'division-editor');
  await page.goto(notice);
  await expect(page.locator('.notice-side')).toContainText('已答复 0/20');
  await page.getByRole('link', {name: '查看意见'}).click();
  await expect(page.locator('h1')).toContainText('公众意见');
  expect(await serious(page)).toEqual([]);
  await expect(page.locator('.objection', {hasText: opinion})).toContainText('王小明');
  await expect(page.locator('.objection', {hasText: '不同意这个方案'})).toContainText('19 份相同');
  await page.getByRole('button', {name: '答复', exact: true}).click();
  await expect(page.locator('.faults')).toContainText('请勾选');
  expect(await serious(page)).toEqual([]);
  for (const [text, outcome, reply, shown] of [[opinion, '采纳', '已按河道中线调整。', true], ['不同意这个方案', '未采纳', '方案已经论证。', false]] as const) {
    await page.locator('.objection', {hasText: text}).getByRole('checkbox').check();
    await page.getByLabel('处理结果').selectOption({label: outcome});
    await page.locator('.decide').getByLabel(/^答复/).fill(reply);
    await page.getByLabel(/在公告页面公开/).setChecked(shown);
    await page.getByRole('button', {name: '答复', exact: true}).click();
    await expect(page.locator('.objection', {hasText: text})).toContainText(reply);
  }
  await expect(page.locator('.objection-top')).toContainText('已答复 20/20');

  const citizen = await as(browser, '', telephone);
  await citizen.goto(notice.replace('/desk', ''));
  await expect(citizen.locator('#said')).toContainText(opinion);
  await expect(citizen.locator('#said')).toContainText('已按河道中线调整。');
  await expect(citizen.locator('main')).not.toContainText('不同意这个方案');
  await expect(citizen.locator('main')).not.toContainText('王小明');
  expect(await serious(citizen)).toEqual([]);
  await citizen.goto('/notices/receipt?no=' + receipt);
  await expect(citizen.locator('.facts')).toContainText('采纳');
  await expect(citizen.locator('.receipt-steps [aria-current]')).toContainText('已答复');
  expect(await serious(citizen)).toEqual([]);
});

test('it is closed, and the summary is a paper of the dossier with its digest', async ({browser}) => {
  const officer = await as(browser, 'secrecy-officer');
  await officer.goto(notice);
  await officer.locator('#end > summary').click();
  await officer.locator('#end').getByLabel('理由（公开）').fill('意见已经收齐');
  await officer.locator('#end').getByRole('button', {name: '提前结束'}).click();
  await expect(officer.locator('.flash')).toContainText('已提前结束');

  const page = await as(browser, 'division-editor');
  await page.goto(notice);
  await page.getByRole('button', {name: '结束并生成征求意见情况'}).click();
  await expect(page.locator('.flash')).toContainText('征求意见情况已入卷');
  expect(new URL(page.url()).pathname).toBe(address);
  const link = page.locator('.papers').getByRole('link', {name: new RegExp(heading)});
  const [file] = await Promise.all([page.waitForEvent('download'), link.click()]);
  const digest = createHash('sha256').update(readFileSync(await file.path())).digest('hex');
  await page.goto(address + '/dossier');
  await expect(page.locator('main')).toContainText(digest);
  const text = execFileSync('unzip', ['-p', await file.path(), 'word/document.xml'], {encoding: 'utf8'}).replaceAll(/<[^>]+>/g, '');
  expect(text).toContain('共收到意见 20 份，内容不同的 2 条');
  expect(text).toContain(opinion);
  expect(text).not.toContain('王小明');

  const citizen = await as(browser, '');
  await citizen.goto(notice.replace('/desk', ''));
  await expect(citizen.locator('main')).toContainText('意见已经收齐');
  await expect(citizen.getByRole('button', {name: '提交意见'})).toHaveCount(0);
  expect(await serious(citizen)).toEqual([]);
  await citizen.goto('/notices?when=past');
  await expect(citizen.locator('.notice-row', {hasText: heading})).toContainText('已结束');
});

test('the comments open as a workbook, in LibreOffice too', async ({browser}) => {
  const page = await as(browser, 'division-editor');
  await page.goto(notice + '/comments');
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', {name: '导出（XLSX）'}).click()]);
  const book = join(server.dir, 'comments.xlsx');
  await file.saveAs(book);
  execFileSync('soffice', ['--headless', `-env:UserInstallation=file://${join(server.dir, 'office')}`, '--convert-to', 'csv:Text - txt - csv (StarCalc):44,34,76', '--outdir', server.dir, book], {timeout: 120_000});
  const rows = readFileSync(join(server.dir, 'comments.csv'), 'utf8');
  expect(rows.trim().split('\n').length).toBe(21);
  expect(rows).toContain(opinion);
  expect(rows).toContain('王小明');
  expect(rows).toContain('已按河道中线调整。');
});

test('the feed is valid Atom, and lists it', async ({browser}) => {
  const page = await as(browser, '');
  const answer = await page.request.get('/notices.atom');
  expect(answer.headers()['content-type']).toContain('application/atom+xml');
  await page.goto('/notices');
  const feed = await page.evaluate((text) => {
    const xml = new DOMParser().parseFromString(text, 'application/xml');
    const atom = (e: Element | Document, name: string) => [...e.getElementsByTagNameNS('http://www.w3.org/2005/Atom', name)];
    const said = (e: Element, name: string) => atom(e, name).find((c) => c.parentNode === e)?.textContent ?? '';
    const root = xml.documentElement;
    return {error: xml.querySelector('parsererror')?.textContent, name: root.localName, author: atom(root, 'author').length, id: said(root, 'id'), title: said(root, 'title'), updated: said(root, 'updated'),
      self: atom(root, 'link').some((l) => l.getAttribute('rel') === 'self'),
      entries: atom(root, 'entry').map((e) => ({id: said(e, 'id'), title: said(e, 'title'), updated: said(e, 'updated'), link: atom(e, 'link')[0]?.getAttribute('href')}))};
  }, await answer.text());
  const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
  expect(feed).toMatchObject({name: 'feed', self: true, id: server.url + '/notices', title: expect.stringContaining('公告公示'), updated: expect.stringMatching(instant)});
  expect(feed.error).toBeUndefined();
  expect(feed.author).toBeGreaterThan(0);
  expect(new Set(feed.entries.map((e) => e.id)).size).toBe(feed.entries.length);
  for (const e of feed.entries) expect(e).toMatchObject({id: expect.stringMatching(/^http/), title: expect.stringMatching(/./), updated: expect.stringMatching(instant), link: expect.stringMatching(/^http/)});
  expect(feed.entries.find((e) => e.title.includes(heading))?.link).toBe(server.url + notice.replace('/desk', ''));
});
