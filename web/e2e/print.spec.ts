import {readFileSync} from 'node:fs';
import {expect, openMap, test} from './page';

/** The size of the first page of a PDF in millimetres, and how many there are. */
function pages(pdf: Buffer): {wide: number; high: number; n: number} {
  const text = pdf.toString('latin1');
  const [, wide, high] = /\/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]/.exec(text)!.map(Number) as [number, number, number];
  return {wide: Math.round((wide * 25.4) / 72), high: Math.round((high * 25.4) / 72), n: [...text.matchAll(/\/Type\s*\/Page\b/g)].length};
}

for (const [paper, orientation, wide, high] of [['A4', 'portrait', 210, 297], ['A3', 'landscape', 420, 297], ['A0', 'landscape', 1189, 841]] as const) {
  test(`a sheet of ${paper} ${orientation} prints as one page of that size`, async ({page}) => {
    await page.goto(`/print?datetime=2020-06-05&t2=2019-06-01&paper=${paper}&orientation=${orientation}`);
    await expect(page.locator('.paper')).toBeVisible();
    const size = pages(await page.pdf({preferCSSPageSize: true, printBackground: true}));
    expect(size).toEqual({wide, high, n: 1});
  });
}

test('choices show another sheet, and the reader’s title stays on it', async ({page}) => {
  await page.goto('/print?datetime=2020-06-05');
  await page.locator('#heading').fill('关于公主岭市代管关系的会议图');
  await page.locator('label.pill', {hasText: 'A4'}).click();
  await expect(page).toHaveURL(/paper=A4/);
  await page.locator('input[name=t2]').fill('2019-06-01');
  await expect(page).toHaveURL(/t2=2019-06-01/);
  expect(page.url()).not.toContain(encodeURIComponent('会议图'));
  await expect(page.locator('#heading')).toHaveValue('关于公主岭市代管关系的会议图');
  await expect.poll(() => page.locator('.paper').getAttribute('src')).toMatch(/^blob:/);
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('[data-svg]').click()]);
  const drawn = readFileSync(await download.path(), 'utf8');
  expect(drawn).toContain('关于公主岭市代管关系的会议图');
  expect(drawn).toContain('变更前');
});

test('a sheet is saved as PNG at 300 dpi', async ({page}) => {
  await page.goto('/print?datetime=2020-06-05&paper=A4');
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('[data-png]').click()]);
  expect(download.suggestedFilename()).toBe('jieming-2020-06-05-a4-landscape.png');
  const png = readFileSync(await download.path());
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([3508, 2480]);
  expect(png.length).toBeGreaterThan(200_000);
});

test('the live map is saved as PNG, and leads to the sheet of what it shows', async ({page}) => {
  await openMap(page, '/?datetime=2019-06-01#m=8/43.5/125.5');
  await page.keyboard.press('s');
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#share [data-do=image]').click()]);
  expect(download.suggestedFilename()).toBe('jieming-2019-06-01.png');
  expect(readFileSync(await download.path()).readUInt32BE(16)).toBeGreaterThan(1000);
  await page.keyboard.press('s');
  await page.locator('#share a[href^="/print"]').click();
  await expect(page).toHaveURL(/datetime=2019-06-01&bbox=/);
  await page.locator('input[name=area][value=view]').check();
  await expect(page).toHaveURL(/area=view/);
});

test('the map page prints text and drawing of one day, or says that they differ', async ({page}) => {
  await openMap(page, '/');
  let late = (): void => undefined;
  const held = new Promise<void>((go) => (late = go));
  await page.route(/map\.svg\?datetime=2020-06-05/, async (route) => {
    await held;
    await route.continue();
  });
  await page.keyboard.press('ArrowLeft');
  await expect(page.locator('.panel-body')).toHaveAttribute('data-day', '2020-06-05');
  const print = async () => {
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    await page.emulateMedia({media: 'print'});
  };
  const screen = async () => {
    await page.emulateMedia({media: 'screen'});
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  };
  await print();
  await expect(page.locator('.drawn')).toBeHidden();
  await screen();
  late();
  await expect(page.locator('.drawn img')).toHaveAttribute('src', /datetime=2020-06-05/);
  await print();
  expect(await page.locator('.drawn').evaluate((e) => [getComputedStyle(e).opacity, getComputedStyle(e).visibility])).toEqual(['1', 'visible']);
  await screen();
});
