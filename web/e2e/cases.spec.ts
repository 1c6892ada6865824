import {type Browser, type Page} from '@playwright/test';
import {serious} from './axe';
import {expect, signIn, test} from './desk';

/** Opens a case as the division editor, and returns its address. */
async function openCase(page: Page, password: string, title: string): Promise<string> {
  await signIn(page, 'division-editor', password, '/desk/cases/new?kind=ADJUSTMENT');
  await page.getByLabel('标题').fill(title);
  await page.getByLabel('所属政区').fill('公主岭市');
  await page.getByRole('button', {name: '立案', exact: true}).click();
  await expect(page.locator('.flash')).toContainText('已立案：区划〔');
  await expect(page.locator('h1')).toHaveText(title);
  return new URL(page.url()).pathname;
}

async function another(browser: Browser, baseURL: string | undefined, login: string, password: string, next: string): Promise<Page> {
  const page = await browser.newPage({baseURL, locale: 'zh-CN'});
  await signIn(page, login, password, next);
  return page;
}

test('a case goes from its opening through comment, opinion and step to where something is lacking', async ({page, browser, baseURL, staffed}) => {
  const address = await openCase(page, staffed.password, '设立十里堡镇');
  await page.getByLabel('写批注').fill('界线走向待核 <b>不是标记</b>');
  await page.getByRole('button', {name: '发表批注'}).click();
  await expect(page.locator('#comments ~ .comment')).toContainText('<b>不是标记</b>');

  await page.locator('#ask > summary').click();
  await page.getByRole('checkbox', {name: '住房城乡建设'}).check();
  await page.getByLabel('征求事项').fill('请就设镇研提意见');
  await page.getByRole('button', {name: '发出'}).click();
  await expect(page.locator('.trail')).toContainText('向住房城乡建设征求意见');
  await expect(page.locator('.clock')).toContainText('回复意见');

  const housing = await another(browser, baseURL, 'department', staffed.password, address);
  await housing.getByLabel('态度').selectOption('AGREE_IF');
  await housing.getByRole('button', {name: '提交意见'}).click();
  await expect(housing.locator('.faults')).toContainText('请填写'); // conditions have to be said
  await expect(housing.getByLabel('态度')).toHaveValue('AGREE_IF');
  await housing.locator('textarea[id^="f-reply"]').fill('与国土空间规划衔接');
  await housing.getByRole('button', {name: '提交意见'}).click();
  await expect(housing.locator('.flash')).toBeVisible();
  await expect(housing.locator('.trail')).toContainText('住房城乡建设：附条件同意');
  await housing.close();

  await page.goto(address);
  await page.locator('#step-ASSESS > summary').click();
  await page.locator('#step-ASSESS').getByRole('button', {name: '开始论证评估'}).click();
  await expect(page.locator('.stages .here')).toContainText('论证评估');

  // Who edited does not review: the page says why, and who may.
  await expect(page.locator('#step-REVIEW > summary')).toContainText('非本人权限');
  const supervisor = await another(browser, baseURL, 'supervisor', staffed.password, address);
  await supervisor.locator('#step-REVIEW > summary').click();
  await supervisor.locator('#step-REVIEW').getByRole('button').click();
  await expect(supervisor.locator('.stages .here')).toContainText('民政审核');
  const submit = supervisor.locator('#step-SUBMIT');
  await submit.locator('> summary').click();
  await expect(submit).toContainText('缺少风险评估报告');
  await expect(submit).toContainText('《行政区划管理条例》第13条');
  await submit.getByRole('button').click();
  await expect(supervisor.locator('.faults')).toContainText('缺少申请书');
  await expect(supervisor.locator('.stages .here')).toContainText('民政审核');
  await supervisor.close();
});

test('the letter of a department is recorded, and a question that nobody answers is taken back', async ({browser, baseURL, staffed}) => {
  const page = await browser.newPage({baseURL, locale: 'zh-CN'});
  await openCase(page, staffed.password, '设立大岭镇');
  await page.locator('#ask > summary').click();
  await page.getByRole('checkbox', {name: '水利'}).check();
  await page.getByRole('checkbox', {name: '自然资源'}).check();
  await page.getByLabel('征求事项').fill('请研提意见');
  await page.getByRole('button', {name: '发出'}).click();

  const row = (name: string) => page.locator('tr').filter({has: page.getByRole('rowheader', {name, exact: true})}).first();
  const letter = page.locator('details', {hasText: '登记书面回复'}).filter({has: page.locator('[name=department][value=WATER]')});
  await letter.locator('summary').click();
  await letter.getByLabel('态度').selectOption('AGREE_IF');
  await letter.locator('[name=text]').fill('避让河道');
  await letter.getByLabel('文号').fill('吉水函〔2026〕8号');
  await letter.getByLabel('发文日期').fill('2099-11-02');
  await letter.getByLabel('发文机关').fill('吉林省水利厅');
  await letter.getByRole('button', {name: '登记'}).click();
  await expect(letter.locator('.faults')).toBeVisible(); // no letter comes from a day to come
  await expect(letter.locator('[name=text]')).toHaveValue('避让河道');
  await letter.getByLabel('发文日期').fill('2026-11-02');
  await letter.getByRole('button', {name: '登记'}).click();
  await expect(page.locator('.trail')).toContainText('吉水函〔2026〕8号');
  await expect(row('水利')).toContainText('附条件同意');

  const withdrawal = page.locator('details', {hasText: '撤回征求'}).filter({has: page.locator('[name=department][value=RESOURCES]')});
  await withdrawal.locator('summary').click();
  await withdrawal.getByLabel('理由').fill('不涉及用地');
  await withdrawal.getByRole('button', {name: '撤回'}).click();
  await expect(row('自然资源')).toContainText('已撤回');
  await expect(page.locator('.trail')).toContainText('不涉及用地');
  await page.close();
});

test('a form on a version that has passed comes back with what happened, and loses nothing', async ({page, browser, baseURL, staffed}) => {
  const address = await openCase(page, staffed.password, '撤乡设镇');
  const second = await another(browser, baseURL, 'division-editor', staffed.password, address);
  await second.locator('#edit > summary').click();
  await second.locator('#edit').getByLabel('摘要').fill('第二个浏览器写的摘要');

  await page.locator('#step-NEGOTIATE > summary').click();
  await page.locator('#step-NEGOTIATE').getByRole('button').click();
  await expect(page.locator('.stages .here')).toContainText('协商');

  await second.locator('#edit').getByRole('button', {name: '保存'}).click();
  await expect(second.locator('.moved')).toContainText('案件又有 1 项变动');
  await expect(second.locator('.moved')).toContainText('开始协商');
  await expect(second.locator('#edit').getByLabel('摘要')).toHaveValue('第二个浏览器写的摘要');
  await second.locator('#edit').getByRole('button', {name: '按最新情况再次提交'}).click();
  await expect(second.locator('.summary')).toHaveText('第二个浏览器写的摘要');
  await expect(second.locator('.stages .here')).toContainText('协商');
  await second.close();
});

test('a comment is pinned to a place by a click on the map, without script', async ({browser, baseURL, page, staffed}) => {
  const address = await openCase(page, staffed.password, '核对界线');
  const context = await browser.newContext({baseURL, locale: 'zh-CN', javaScriptEnabled: false, storageState: await page.context().storageState()});
  const plain = await context.newPage();
  await plain.goto(address);
  await plain.getByLabel('写批注').fill('此处有争议');
  await plain.getByText('标出位置').click();
  await plain.locator('.casemap-pick').click({position: {x: 280, y: 200}});
  await expect(plain.getByLabel('经度,纬度')).toHaveValue(/^124\.\d{4},43\.\d{4}$/);
  await expect(plain.getByLabel('写批注')).toHaveValue('此处有争议');
  await plain.getByRole('button', {name: '发表批注'}).click();
  await expect(plain.locator('.casemap .pin')).toHaveCount(1);
  await context.close();
});

test('a paper is brought, and replaced by another', async ({page, staffed}) => {
  await openCase(page, staffed.password, '材料齐备');
  for (const name of ['申请书一稿', '申请书定稿']) {
    await page.locator('#paper > summary').click();
    await page.locator('#paper input[type=file]').setInputFiles({name: name + '.txt', mimeType: 'text/plain', buffer: Buffer.from(name + '：县人民政府申请设镇。', 'utf8')});
    await page.locator('#paper').getByLabel('种类').selectOption('APPLICATION');
    await page.locator('#paper').getByLabel('标题').fill(name);
    if (name.endsWith('定稿')) await page.locator('#paper').getByLabel('替换哪一件').selectOption({index: 1});
    await page.locator('#paper').getByRole('button', {name: '材料入卷'}).click();
    await expect(page.locator('.flash')).toBeVisible();
  }
  await expect(page.locator('.papers .replaced')).toContainText('申请书一稿');
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', {name: '申请书定稿'}).click()]);
  expect(file.suggestedFilename()).toContain('申请书定稿');
  await page.goto('/desk/search?q=' + encodeURIComponent('申请设镇'));
  await expect(page.locator('.hits')).toContainText('材料正文');
  await expect(page.locator('.hits mark').first()).toHaveText('申请设镇');
});

test('what a case lacks leads to where it comes from, and an issued document to its signed copy', async ({page, browser, baseURL, staffed}) => {
  const address = await openCase(page, staffed.password, '设立合心镇');
  const missing = (kind: string) => page.locator('.papers .missing', {has: page.getByRole('rowheader', {name: kind, exact: true})});
  await missing('申请书').getByRole('link', {name: '上传'}).click();
  await expect(page.locator('#paper')).toHaveAttribute('open', '');
  await expect(page.locator('#paper').getByLabel('种类')).toHaveValue('APPLICATION');
  await expect(missing('申请书').getByRole('link', {name: '制发'})).toHaveCount(0);
  await missing('请示').getByRole('link', {name: '制发'}).click();
  await expect(page).toHaveURL(address + '/issue/REQUEST');
  for (const field of await page.locator('main form [required]').all()) if (!await field.inputValue()) await field.fill('吉林省人民政府');
  await page.getByRole('button', {name: '核对文件'}).click();
  await page.getByRole('button', {name: '取号制发'}).click();
  await expect(page.locator('.flash')).toContainText('已制发');
  const number = /吉民\S*〔\d{4}〕\d+号/.exec(await page.locator('.papers').innerText())![0];
  await expect(page.locator('.trail li').first()).toContainText('制发：请示');
  await expect(page.locator('.trail li').first()).toContainText(number);

  // The inbox leads to the form that takes the signed copy.
  await page.goto('/desk?why=scan');
  const task = page.locator('[data-task]', {hasText: '设立合心镇'});
  await expect(task).toContainText('1 件公文待签章扫描件');
  await task.locator('a.opens').click();
  const form = page.locator('#paper');
  await expect(form.getByLabel('种类')).toHaveValue('REQUEST');
  await expect(form.getByLabel('文号')).toHaveValue(number);
  await expect(form.getByLabel('签字盖章的正本')).toBeChecked();
  await expect(form.getByLabel('替换哪一件')).not.toHaveValue('');
  expect(await serious(page)).toEqual([]);
  await form.locator('input[type=file]').setInputFiles({name: '签章件.txt', mimeType: 'text/plain', buffer: Buffer.from('请示，已签章。', 'utf8')});
  await form.getByRole('button', {name: '材料入卷'}).click();
  await expect(page.locator('.flash')).toContainText('已办理 · 入卷：请示');
  await expect(page.getByRole('link', {name: '上传签章件'})).toHaveCount(0);
  await page.goto('/desk?why=scan');
  await expect(page.locator('[data-task]', {hasText: '1 件公文待签章扫描件'}).filter({hasText: '设立合心镇'})).toHaveCount(0);

  // A chosen day is no limit; the department that asks is not asked; acts say what they did.
  await page.goto(address);
  await page.locator('#ask > summary').click();
  await expect(page.getByRole('checkbox', {name: '民政', exact: true})).toHaveCount(0);
  await page.getByRole('checkbox', {name: '水利'}).check();
  await page.getByLabel('征求事项').fill('请研提意见');
  await page.locator('#ask [name=due]').fill('2099-01-31');
  await page.getByRole('button', {name: '发出'}).click();
  await expect(page.locator('.flash')).toHaveText('已办理 · 向水利征求意见');
  await expect(page.locator('.clock', {hasText: '回复意见'})).toContainText('按指定日期');
  await page.locator('#withdraw-' + (await page.locator('.trail li').count()) + '-WATER0 > summary').click();
  await page.locator('[id^=withdraw-] textarea').fill('不涉水');
  await page.locator('[id^=withdraw-]').getByRole('button').click();
  await expect(page.locator('.flash')).toContainText('不再征求水利的意见');

  // What would pass to an heir is folded, for who decides on the case.
  await page.locator('#step-ASSESS > summary').click();
  await page.locator('#step-ASSESS').getByRole('button').click();
  await expect(page.locator('.passing')).toHaveCount(0);
  const supervisor = await another(browser, baseURL, 'supervisor', staffed.password, address);
  const note = supervisor.locator('.passing');
  await expect(note).toContainText('本案会撤销公主岭市吗？');
  await expect(note.locator('.warning')).toBeHidden();
  await note.locator('summary').click();
  await expect(note.locator('.warning')).toBeVisible();
  await note.getByRole('link').click();
  await expect(supervisor).toHaveURL(/\/desk\/heirs\?unit=/);
  await supervisor.close();
});

test('the list is filtered, kept as a view and taken along as a file', async ({page, staffed}) => {
  await signIn(page, 'division-editor', staffed.password, '/desk/cases?view=all');
  await page.getByLabel('种类').selectOption('DISPUTE');
  await page.getByRole('button', {name: '筛选'}).click();
  await expect(page.locator('.caselist tbody tr').first()).toContainText('界线争议');
  await page.locator('#save-view > summary').click();
  await page.getByLabel('名称').fill('争议');
  await page.getByLabel('打开案件时先显示它').check();
  await page.getByRole('button', {name: '保存为视图'}).click();
  await expect(page.locator('.tabs [aria-current]')).toContainText('争议');
  await page.goto('/desk/cases');
  await expect(page).toHaveURL(/kind=DISPUTE/);
  for (const name of ['CSV', 'XLSX']) {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', {name}).click()]);
    expect(file.suggestedFilename()).toContain(name.toLowerCase());
  }
  await page.locator('#save-view > summary').click();
  await page.getByRole('button', {name: '删除视图“争议”'}).click();
  await expect(page.locator('.tabs')).not.toContainText('争议');
});

test('by keyboard alone: a case is found, walked into and commented', async ({page, staffed}) => {
  await signIn(page, 'supervisor', staffed.password, '/desk/cases?view=all');
  await page.locator('input[name=q]').focus();
  await page.keyboard.type('争议');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/q=/);
  await page.locator('.caselist th a').first().focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('.stages')).toBeVisible();
  await page.locator('#f-comment-text').focus();
  await page.keyboard.type('键盘写的批注');
  for (let i = 0; i < 4 && !(await page.evaluate(() => document.activeElement?.tagName === 'BUTTON')); i++) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.locator('.trail')).toContainText('键盘写的批注');
});

test('an applicant gets the own cases, and of others no number and no snippet', async ({page, staffed}) => {
  await signIn(page, 'applicant', staffed.password, '/desk/cases?view=all');
  await expect(page.locator('.caselist tbody tr')).toHaveText([/公主岭市体育中心命名/, /公主岭市撤乡设街道的申请/, /公主岭市青年公园命名/]);
  for (const address of ['/desk/cases/2', '/desk/cases/2/dossier', '/desk/cases/999999']) {
    const answer = await page.request.get(address);
    expect(answer.status()).toBe(404);
    expect(await answer.text()).not.toContain('区划〔');
  }
  await page.goto('/desk/search?q=' + encodeURIComponent('界线'));
  await expect(page.locator('.hits li', {hasText: '案件'})).toHaveCount(0);
});

test.describe('axe', () => {
  test.use({bypassCSP: true}); // axe runs as an injected script
  for (const [lang, tag] of [['zh', '@quick'], ['en', '@slow']] as const) {
    test(`finds nothing serious on the pages of cases (${lang})`, {tag}, async ({page, staffed}) => {
      await signIn(page, 'supervisor', staffed.password);
      for (const address of ['/desk/cases?view=all', '/desk/cases/new', '/desk/cases/new?kind=DISPUTE', '/desk/cases/2', '/desk/cases/8', '/desk/cases/8/dossier', '/desk/rules', '/desk/search?q=' + encodeURIComponent('意见')]) {
        await page.goto(address + (address.includes('?') ? '&' : '?') + 'lang=' + lang);
        await page.evaluate(() => document.querySelectorAll('details').forEach((d) => (d.open = true)));
        expect(await serious(page), address).toEqual([]);
      }
    });
  }
});

test.describe('on a phone', () => {
  test.use({viewport: {width: 390, height: 844}, isMobile: true, hasTouch: true});
  test('no page is wider than the screen', async ({page, staffed}) => {
    await signIn(page, 'supervisor', staffed.password);
    for (const address of ['/desk/cases?view=all', '/desk/cases/8', '/desk/cases/8/dossier', '/desk/rules', '/desk/search?q=' + encodeURIComponent('意见')]) {
      await page.goto(address);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), address).toBeLessThanOrEqual(0);
    }
  });
});

test('an official document is looked at before it draws its number, without script', async ({browser, baseURL, page, staffed}) => {
  const address = await openCase(page, staffed.password, '设立莲花山镇');
  const second = await browser.newPage({baseURL, locale: 'zh-CN'});
  const other = await openCase(second, staffed.password, '设立波罗泡镇');
  const context = await browser.newContext({baseURL, locale: 'zh-CN', javaScriptEnabled: false, storageState: await page.context().storageState()});
  const plain = await context.newPage();
  await plain.goto(`${address}/issue/CONSULTATION`);
  await expect(plain.getByLabel('签发人')).toHaveCount(0); // a letter between equals has none
  await expect(plain.getByLabel('密级')).toHaveCount(1);
  await expect(plain.getByLabel('联系电话')).toHaveValue('');
  await plain.getByLabel('主送机关').fill('省自然资源厅');
  await plain.getByLabel('正文').fill('第一段 <b>不是标记</b>\n第二段');
  await plain.getByRole('button', {name: '核对文件'}).click();

  const sheet = plain.locator('.official-page');
  await expect(sheet.locator('p').first()).toHaveClass(/red/);
  await expect(sheet).toContainText('省自然资源厅：');
  await expect(sheet).toContainText('第一段 <b>不是标记</b>');
  await expect(sheet).toContainText('〔待编号〕');
  await expect(sheet).not.toContainText('电话');
  expect(await sheet.getByText('— 1 —').count()).toBe(1);
  const number = (await plain.locator('.issue-number').textContent())!;
  expect(number).toMatch(/〔\d{4}〕\d+号$/);

  await plain.getByRole('button', {name: '返回修改'}).click();
  await expect(plain.getByLabel('正文')).toHaveValue('第一段 <b>不是标记</b>\n第二段');
  await plain.getByLabel('正文').fill('只有一段');
  await plain.getByRole('button', {name: '核对文件'}).click();
  await expect(plain.locator('.issue-number')).toHaveText(number); // looking takes none

  // Meanwhile another case draws the number.
  await second.goto(`${other}/issue/CONSULTATION`);
  await second.getByRole('button', {name: '核对文件'}).click();
  expect(await serious(second)).toEqual([]);
  await second.emulateMedia({media: 'print'});
  await expect(second.locator('.issue-next')).toBeHidden();
  await expect(second.locator('.deskmenu')).toBeHidden();
  await expect(second.locator('.official-page')).toBeVisible();
  await second.emulateMedia({media: 'screen'});
  await second.getByRole('button', {name: '取号制发'}).click();
  await expect(second.locator('.papers')).toContainText(number);
  await second.close();

  await plain.getByRole('button', {name: '取号制发'}).click();
  await expect(plain.locator('.faults')).toContainText(`${number}刚刚被取用`);
  const next = (await plain.locator('.issue-number').textContent())!;
  expect(next).not.toBe(number);
  await expect(plain.locator('.official-page')).toContainText('只有一段');
  await plain.getByRole('button', {name: '取号制发'}).click();
  await expect(plain.locator('.papers')).toContainText(next);
  await context.close();
});
