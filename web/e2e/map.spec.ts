import {camera, drawn, expect, idle, openMap, spot, test} from './page';

test('the map shows the counties, the prefectures and what every map must say', async ({page}) => {
  await openMap(page);
  const counties = await drawn(page, 'county');
  expect(counties).toContain('公主岭市');
  expect(counties).toHaveLength(60);
  expect(await drawn(page, 'prefecture')).toHaveLength(9);
  expect(await drawn(page, 'prefecture-name')).toContain('长春市');
  expect((await drawn(page, 'boundary-0')).length + (await drawn(page, 'boundary-1')).length).toBeGreaterThan(0);
  for (const text of ['示意', '数据截至2023年12月31日', '审图号：未取得', '行政区域界线以标准画法图为准']) {
    await expect(page.locator('.stage .colophon')).toContainText(text);
  }
});

test('stepping through time moves 公主岭 from 四平 to 长春, by link and by key', async ({page}) => {
  await page.goto('/units?datetime=2019-06-01');
  const link = await page.getByRole('link', {name: '公主岭市'}).getAttribute('href');
  await openMap(page, `/?datetime=2019-06-01&unit=${link!.match(/\d+/)![0]}`);
  const at = await spot(page, '公主岭市');
  await expect(page.locator('.selected')).toContainText('220381');
  await page.mouse.click(at.x, at.y, {button: 'right'});
  const chain = page.locator('.here .chain');
  await expect(chain).toContainText('公主岭市');
  await expect(chain).toContainText('四平市');
  await expect(chain).toContainText('220381');

  await page.locator('a[rel=next]').click();
  await expect(page).toHaveURL(/datetime=2020-06-05/);
  await expect(page.locator('.when h1')).toContainText('6月5日');
  await expect(page.locator('.changes')).toContainText('国函〔2020〕84号');
  await expect(chain).toContainText('长春市');
  await expect(chain).toContainText('220184');
  await expect(page.locator('#said')).toContainText('2020');

  await page.locator('.when h1').click();
  await page.keyboard.press('ArrowLeft');
  await expect(page.locator('.when h1')).toContainText('2017');
  await page.goBack();
  await expect(page.locator('.when h1')).toContainText('2020');
});

test('before the record the map is live, empty, and carries nothing back', async ({page}) => {
  await openMap(page, '/?datetime=1979-06-01');
  const carried = page.locator('.carried');
  await expect(carried).toBeHidden();
  await page.keyboard.press(']');
  await expect(page.locator('.panel-body')).toHaveAttribute('data-day', '1980-06-01');
  await expect(carried).toBeHidden();
  for (const year of [1981, 1982]) {
    await page.keyboard.press(']');
    await expect(page.locator('.panel-body')).toHaveAttribute('data-day', `${year}-06-01`);
  }
  await expect(carried).toBeVisible();
});

test('going back keeps the address and the shown day the same', async ({page}) => {
  await openMap(page, '/');
  const zoom = async () => {
    const before = page.url();
    await page.keyboard.press('+');
    await expect.poll(() => page.url()).not.toBe(before);
    await idle(page);
  };
  await zoom();
  const days: string[] = [];
  for (let i = 0; i < 3; i++) {
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => new URL(page.url()).searchParams.get('datetime')).not.toBe(days.at(-1) ?? null);
    days.push(new URL(page.url()).searchParams.get('datetime')!);
    await idle(page);
    if (i < 2) await zoom();
  }
  for (const day of [days[1], days[0]]) {
    await page.goBack();
    await expect(page.locator('.panel-body')).toHaveAttribute('data-day', day!);
    await idle(page);
    expect(new URL(page.url()).searchParams.get('datetime')).toBe(day);
  }
  await page.reload();
  await idle(page);
  await expect(page.locator('.panel-body')).toHaveAttribute('data-day', days[0]!);
});

test('days without a change between them ask for no tiles', async ({page}) => {
  await openMap(page, '/?datetime=2019-06-01');
  const asked: string[] = [];
  page.on('request', (r) => r.url().includes('/tiles/') && asked.push(r.url()));
  await page.locator('.dated-edit summary').click();
  await page.locator('.pickday input[type=date]').fill('2018-03-01');
  await page.locator('.pickday button').click();
  await expect(page.locator('.when h1')).toContainText('2018');
  await idle(page);
  expect(asked).toEqual([]);
});

test('the slider takes a year to its last day', async ({page}) => {
  await openMap(page);
  await page.locator('.years input').focus();
  await page.locator('.years input').fill('1999');
  await expect(page.locator('.when h1')).toContainText('12月31日');
  await expect(page.locator('.when h1')).toContainText('1999');
  await expect(page).toHaveURL(/datetime=1999-12-31/);
});

test('what is not known on a day is hatched and said', async ({page}) => {
  await openMap(page, '/?datetime=1990-01-01');
  expect((await drawn(page, 'unrefined', 'holder')).length).toBeGreaterThan(0);
  await expect(page.locator('.notknown')).toContainText('不知道的部分');
  await openMap(page, '/');
  expect(await drawn(page, 'unrefined', 'holder')).toEqual([]);
  await expect(page.locator('.panel .notknown')).toHaveCount(0);
});

test('the address keeps day, place, camera and layers', async ({page}) => {
  await openMap(page, '/?datetime=2005-05-05&here=125.5,43.5&layers=fill,hatch,label,place#m=8/43.5/125.5');
  expect(await camera(page)).toEqual([125.5, 43.5, 8]);
  await expect(page.locator('.here')).toBeVisible();
  await expect(page.locator('[data-layer=place]')).toBeChecked();
  const box = (await page.locator('boundary-map').boundingBox())!;
  await page.mouse.move(box.x + 500, box.y + 300);
  await page.mouse.down();
  await page.mouse.move(box.x + 400, box.y + 300, {steps: 4});
  await page.mouse.up();
  await expect.poll(() => new URL(page.url()).hash).not.toBe('#m=8/43.5/125.5');
  await idle(page);
  const moved = await camera(page);
  expect(moved[0]).toBeGreaterThan(125.5);
  await page.reload();
  await idle(page);
  expect(await camera(page)).toEqual(moved);
  expect(page.url()).toContain('datetime=2005-05-05');
  await expect(page.locator('.pin')).toHaveCount(1);
});

test('short addresses that people type lead to the full one', async ({page}) => {
  await page.goto('/?t=2005-05-05');
  await expect(page).toHaveURL(/[?&]datetime=2005-05-05/);
});

test('a unit in the address is brought forward', async ({page}) => {
  await page.goto('/units');
  const link = await page.getByRole('link', {name: '敦化市'}).getAttribute('href');
  await openMap(page, `/?unit=${link!.match(/\d+/)![0]}`);
  await expect(page.locator('.selected h2')).toContainText('敦化市');
  expect(await drawn(page, 'chosen-county')).toEqual(['敦化市']);
  expect((await camera(page))[2]).toBeGreaterThan(6);
});

test('the map follows the dark theme', async ({page}) => {
  await page.emulateMedia({colorScheme: 'dark'});
  await openMap(page);
  await page.emulateMedia({colorScheme: 'light'});
  await expect.poll(() => drawn(page, 'county')).toHaveLength(60); // the new style draws itself over some frames
});

test('the script of the map stays within its budget', async ({page}) => {
  await openMap(page);
  const addresses = await page.evaluate(() => {
    const loaded = [...document.querySelectorAll<HTMLScriptElement>('script[src]')].map((script) => script.src);
    const library = new URL(document.querySelector<HTMLElement>('boundary-map')!.dataset.script!, location.href).href;
    return [...loaded, library, library.replace('.mjs', '-worker.mjs')];
  });
  const sizes = await Promise.all(addresses.map(async (address) => {
    const answer = await page.request.get(address, {headers: {'Accept-Encoding': 'gzip'}});
    expect(answer.headers()['content-encoding']).toBe('gzip');
    expect(answer.headers()['cache-control']).toContain('immutable');
    return Number(answer.headers()['content-length']);
  }));
  const worker = sizes.pop()!;
  expect(sizes.reduce((sum, n) => sum + n)).toBeLessThanOrEqual(320_000);
  expect(worker).toBeLessThanOrEqual(150_000);
});
