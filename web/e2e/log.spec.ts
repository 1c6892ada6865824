import {execFileSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {serious} from './axe';
import {expect, signIn, test} from './desk';
import {binary, discard, folder} from './server';

test.beforeEach(async ({page, staffed}) => {
  await signIn(page, 'audit-admin', staffed.password, '/desk/log');
});

test('an auditor finds an act, opens its entry and walks along the history of a row', async ({page}) => {
  await expect(page.locator('.logtable tbody tr').first()).toBeVisible();
  await page.getByLabel('事项').selectOption({label: '案件办理'});
  await page.getByRole('button', {name: '筛选'}).click();
  await expect(page).toHaveURL(/kind=case/);
  const acts = page.locator('.logtable .act-line');
  expect(await acts.count()).toBeGreaterThan(0);
  await page.locator('.logtable tbody th a').first().click();
  await expect(page.locator('h1')).toHaveText(/日志第 \d+ 条/);
  await page.locator('.leaves a[title="这一行的全部写入"]').first().click();
  await expect(page).toHaveURL(/subject=/);
  await expect(page.locator('.logtable tbody tr').first()).toBeVisible();
});

test('what the log gives out is proved without the server', async ({page}) => {
  const dir = folder();
  try {
    await page.goto('/desk/log');
    const last = Number(await page.locator('.logtable tbody th a').first().innerText());
    const file = async (path: string, name: string) => {
      const answer = await page.request.get(path);
      expect(answer.status(), path).toBe(200);
      writeFileSync(join(dir, name), await answer.body());
      return join(dir, name);
    };
    const log = await file('/desk/log/log.jsonl.gz', 'log.jsonl.gz');
    const entries = /^(\d+) entries/.exec(execFileSync(binary, ['audit', 'verify', '--log', log], {encoding: 'utf8'}))![1];
    expect(Number(entries)).toBeGreaterThanOrEqual(last); // what was read is sealed each minute
    const checkpoint = await file('/api/log/checkpoint.txt', 'checkpoint.txt');
    execFileSync(binary, ['audit', 'verify', '--log', log, '--checkpoint', checkpoint]);
    const proof = await file(`/desk/log/2/proof.json`, 'proof.json');
    execFileSync(binary, ['audit', 'verify', '--proof', proof]);
    writeFileSync(proof, readFileSync(proof, 'utf8').replace(/[0-9a-f](?=[0-9a-f]{20})/, (d) => (d === '0' ? '1' : '0')));
    expect(() => execFileSync(binary, ['audit', 'verify', '--proof', proof], {stdio: 'pipe'})).toThrow();
  } finally {
    discard(dir);
  }
});

test.describe('axe', () => {
  test.use({bypassCSP: true}); // axe runs as an injected script
  test('finds nothing serious, and no page scrolls sideways on a phone', async ({page}) => {
    test.slow();
    for (const [lang, colorScheme, width] of [['zh', 'light', 1280], ['en', 'dark', 390]] as const) {
      await page.emulateMedia({colorScheme});
      await page.setViewportSize({width, height: 844});
      for (const address of ['/desk/log', '/desk/log?kind=case', '/desk/log/access', '/desk/log/checkpoints', '/desk/log/2']) {
        await page.goto(`${address}${address.includes('?') ? '&' : '?'}lang=${lang}`);
        expect(await serious(page), address).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), `${address} at ${width}`).toBeLessThanOrEqual(0);
      }
    }
  });
});
