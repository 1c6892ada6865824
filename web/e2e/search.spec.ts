import {expect, idle, openMap, test} from './page';

test('a unit is found as one types: by characters, pinyin, initials and code', async ({page}) => {
  await openMap(page, '/?datetime=2021-01-01');
  await page.keyboard.press('/');
  const box = page.locator('#q');
  await expect(box).toBeFocused();
  for (const typed of ['公主岭', 'gongzhuling', 'gzl', '220184']) {
    await box.fill(typed);
    await expect(page.locator('#found li').first()).toContainText('公主岭市');
    await expect(page.locator('#found li').first()).toContainText('Gongzhuling Shi');
  }
  await box.fill('220381');
  await expect(page.locator('#found li').first()).toContainText('曾用代码 220381');
  await page.keyboard.press('ArrowDown');
  await expect(box).toHaveAttribute('aria-activedescendant', 'found-0');
  await page.keyboard.press('Enter');
  await expect(page.locator('.selected h2')).toContainText('公主岭市');
  await idle(page);
  await expect(page).toHaveURL(/unit=\d+.*#m=/);
});

test('the generic element is a filter, and nothing found is said', async ({page}) => {
  await openMap(page);
  await page.locator('#q').fill('市');
  await expect(page.locator('#found li')).not.toHaveCount(0);
  await page.locator('#q').fill('朝阳');
  const chips = page.locator('.generics button');
  await expect(page.locator('#found li').first()).toContainText('朝阳');
  await expect(chips).toContainText(['区', '社区', '镇']);
  await chips.last().click();
  await expect(chips.last()).toHaveAttribute('aria-pressed', 'true');
  await expect(page.locator('#found .name')).toHaveText(['朝阳坡镇']);
  await page.locator('#q').fill('绝无此名');
  await expect(page.locator('.found-none')).toHaveText('没有找到');
  await page.keyboard.press('Escape');
  await expect(page.locator('#q')).toHaveValue('');
});

test('a former name leads to what stands for it on the day', async ({page}) => {
  await openMap(page, '/?datetime=2021-01-01');
  await page.locator('#q').fill('怀德县');
  await expect(page.locator('#found li').first()).toContainText('曾用名 怀德县');
});

test('what has no place of its own says whose place the map goes to', async ({page}) => {
  await openMap(page, '/?datetime=2021-01-01');
  await page.locator('#q').fill('朝阳社区');
  const village = page.locator('#found li.village').first();
  await expect(village).toContainText('地图指向公主岭市');
});

test.describe('without script', () => {
  test.use({javaScriptEnabled: false});
  test('search is a page', async ({page}) => {
    await page.goto('/?datetime=2019-06-01');
    await page.locator('#q').fill('gongzhuling');
    await page.locator('#q').press('Enter');
    await expect(page).toHaveURL(/\/search\?.*datetime=2019-06-01/);
    await page.getByRole('link', {name: '公主岭市'}).first().click();
    await expect(page.locator('.facts').first()).toContainText('220381');
  });
});
