import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import type {Page} from '@playwright/test';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Axe {
  run(options: object): Promise<{violations: {id: string; impact: string; nodes: {html: string}[]}[]}>;
}

/** What axe finds on a page that is serious. It runs as an injected script: the page needs bypassCSP. */
export async function serious(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const {violations} = await (window as unknown as {axe: Axe}).axe.run({resultTypes: ['violations']});
    return violations.filter((v) => ['serious', 'critical'].includes(v.impact))
      .map((v) => `${location.pathname} ${v.id}: ${v.nodes.map((n) => n.html).join(' | ')}`);
  });
}
