// The demo page's controls, for its tests and its screenshots.

/** Opens the demo and waits for the model. `page.faults` and `page.elsewhere` collect errors and foreign requests. */
export async function openDemo(browser, url, { width = 1280, height = 900, scheme = 'light', mobile = false } = {}) {
  const page = await browser.newPage();
  page.faults = [];
  page.elsewhere = [];
  page.on('pageerror', (error) => page.faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') page.faults.push(message.text());
  });
  page.on('request', (request) => {
    const asked = request.url();
    if (!asked.startsWith(`${url}/`) && !asked.startsWith('data:') && !asked.startsWith('blob:')) page.elsewhere.push(asked);
  });
  await page.setViewport({ width, height, deviceScaleFactor: mobile ? 2 : 1, isMobile: false });
  if (scheme === 'dark') await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
  await page.goto(`${url}/`, { waitUntil: 'load' });
  await page.waitForFunction(() => document.querySelector('#answer').dataset.state === 'idle', { timeout: 60_000 });
  return page;
}

/** Clicks a suggested question. */
export const pick = (page, question) =>
  page.evaluate((question) => {
    const button = [...document.querySelectorAll('#suggestion-list button')].find(({ textContent }) => textContent === question);
    button.click();
  }, question);

/** Waits for the answer to the question asked last, and reads it off the page. */
export async function answered(page) {
  await page.waitForFunction(() => ['answered', 'refused', 'error'].includes(document.querySelector('#answer').dataset.state), { timeout: 60_000 });
  return page.evaluate(() => {
    const text = (selector) => document.querySelector(selector)?.textContent ?? null;
    return {
      state: document.querySelector('#answer').dataset.state,
      text: text('#answer-text'),
      mark: text('#passage mark'),
      confidence: text('#confidence'),
      time: text('#time'),
    };
  });
}
