import {serious} from './axe';
import {expect, idle, openMap, test} from './page';


test.describe('without script', () => {
  test.use({javaScriptEnabled: false});

  test('the map is a drawing with links, and time can be stepped through', async ({page}) => {
    await page.goto('/?datetime=2019-06-01');
    await expect(page.locator('.drawn svg .label.name').first()).toBeVisible();
    await expect(page.locator('.drawn svg a[href^="/id/unit/"]')).not.toHaveCount(0);
    await page.locator('a[rel=next]').click();
    await expect(page.locator('.when h1')).toContainText('2020');
    await page.locator('.dated-edit summary').click();
    await page.locator('.pickday input[type=date]').fill('1990-01-01');
    await page.locator('.pickday button').click();
    await expect(page.locator('.notknown')).toContainText('不知道的部分');
  });

  test('the page of a unit reads whole', async ({page}) => {
    await page.goto('/units?datetime=2019-06-01');
    await page.getByRole('link', {name: '公主岭市'}).click();
    await expect(page.locator('h1')).toHaveText('公主岭市');
    await expect(page.locator('.facts').first()).toContainText('220381');
    await expect(page.locator('.facts').first()).toContainText('四平市');
    await expect(page.locator('.history')).toContainText('国函〔2020〕84号');
    await expect(page.locator('.locator svg .chosen')).toHaveCount(1);
    await page.getByRole('link', {name: '国函〔2020〕84号'}).click();
    await expect(page.locator('.facts').first()).toContainText('2020年6月5日');
  });
});

test.describe('without WebGL2', () => {
  test('the drawing stays, and says so', async ({page}) => {
    await page.addInitScript(() => {
      HTMLCanvasElement.prototype.getContext = () => null;
    });
    await page.goto('/');
    await expect(page.locator('.notice')).toContainText('WebGL2');
    await expect(page.locator('.drawn svg')).toBeVisible();
    await page.locator('a[rel=prev]').click();
    await expect(page).toHaveURL(/datetime=/);
    // The step is taken in place: the drawing of the other day comes as an image.
    await expect(page.locator('.drawn img')).toHaveAttribute('src', /datetime=/);
    await expect(page.locator('.drawn img')).toBeVisible();
  });
});

test('a page refused by its address says why, in the reader’s language', async ({page, complaints}) => {
  for (const [address, status, text] of [['/?datetime=2020-13-01', 400, 'datetime'], ['/id/unit/99999999', 404, 'Not found']] as const) {
    const response = await page.goto(`${address}${address.includes('?') ? '&' : '?'}lang=en`);
    expect(response!.status()).toBe(status);
    await expect(page.locator('main')).toContainText(text);
  }
  complaints.length = 0; // the browser reports the two statuses itself
});

test('no page scrolls sideways on a phone or at 200 % zoom', async ({page}) => {
  for (const width of [390, 640]) {
    await page.setViewportSize({width, height: 844});
    for (const address of await everyPage(page)) {
      await page.goto(address);
      const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      expect(content, `${address} at ${width}`).toBeLessThanOrEqual(window!);
    }
  }
});

test('the keyboard reaches everything', async ({page}) => {
  await openMap(page);
  await page.keyboard.press('Tab');
  await expect(page.locator('.skip').first()).toBeFocused();
  await expect(page.locator('.skip').first()).toBeInViewport();
  const reached = new Set<string>();
  await page.locator('.dated-edit summary').press('Enter'); // unfolds the field for a date
  await page.locator('.skip').first().focus();
  for (let i = 0; i < 75; i++) {
    await page.keyboard.press('Tab');
    reached.add(await page.evaluate(() => {
      const at = document.activeElement!;
      return at.matches('canvas') ? 'canvas' : at.getAttribute('rel') ?? at.getAttribute('type') ?? at.localName;
    }));
  }
  for (const what of ['a', 'prev', 'date', 'canvas', 'range', 'checkbox', 'summary']) expect([...reached]).toContain(what);
  await page.locator('a[rel=prev]').focus();
  await page.keyboard.press('Enter');
  await idle(page);
  await expect(page.locator('a[rel=prev]')).toBeFocused();
});

test.describe('axe', () => {
  test.use({bypassCSP: true}); // axe runs as an injected script
  for (const [lang, theme, tag] of [['zh', 'light', '@quick'], ['en', 'dark', '@slow']] as const) {
    test(`finds nothing serious: ${lang}, ${theme}`, {tag}, async ({page}) => {
      await page.emulateMedia({colorScheme: theme});
      for (const address of await everyPage(page)) {
        await page.goto(`${address}${address.includes('?') ? '&' : '?'}lang=${lang}`);
        expect(await serious(page), address).toEqual([]);
      }
    });
  }
});

/** One address of every kind of page. */
async function everyPage(page: import('@playwright/test').Page): Promise<string[]> {
  await page.goto('/units?datetime=2019-06-01');
  const unit = await page.getByRole('link', {name: '公主岭市'}).getAttribute('href');
  const answer = await page.request.get('/ogc/collections/boundary-lines/items?limit=1');
  const line = ((await answer.json()) as {features: {id: number}[]}).features[0]!.id;
  await page.goto('/events');
  const event = await page.locator('.paper').first().getAttribute('href');
  await page.goto('/reports');
  const report = await page.locator('.reportlist a').first().getAttribute('href');
  return ['/', '/?datetime=1990-01-01', '/units', unit!, '/events', event!, `/id/line/${line}`, '/download', '/print', '/search?q=220', '/reports', ...(report ? [report] : []), '/about'];
}
