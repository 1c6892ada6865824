import {defineConfig, devices} from '@playwright/test';

// The browser is the system's; nothing is downloaded. It draws without a
// graphics card, and finds no host but ours.
export default defineConfig({
  testDir: '.',
  outputDir: 'results',
  globalSetup: './global.ts',
  // make test-slow runs those, too, that do the same in another language or size.
  grepInvert: process.env.SLOW ? undefined : /@slow/,
  workers: 2,
  timeout: 60_000,
  expect: {timeout: 15_000},
  forbidOnly: !!process.env.CI,
  reporter: 'list',
  use: {
    ...devices['Desktop Chrome'],
    viewport: {width: 1000, height: 660},
    locale: 'zh-CN',
    reducedMotion: 'reduce',
    // A trace of every test costs a third of the run: TRACE=1 keeps those of what fails.
    trace: process.env.TRACE ? 'retain-on-failure' : 'off',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
        '--disable-sync', '--enable-unsafe-swiftshader', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
      ],
    },
  } as Parameters<typeof defineConfig>[0]['use'],
});
