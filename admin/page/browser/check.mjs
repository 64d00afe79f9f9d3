// Drives the page about writes in headless Chromium as somebody would who was called at night: sees what needs a
// person, reads it, says what became of it, holds a source, cancels, sends now, resumes, erases. With a mouse and with
// keys alone, light and dark, wide and narrow. Fails where a request leaves the origin or fails, where a token is in an
// address that is asked for, where the content security policy is violated, or where the console shows an error.
//
//   node check.mjs PAGE GATEWAY SANDBOX [--screenshots DIR]
//
// PAGE is the address of the page with its token, GATEWAY one that serves graph.graphqls over the SANDBOX with everything
// held (-outbox hold), as .ci/run starts them. gateway/console/web/node_modules must be there (npm ci).
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { chromium } = createRequire(new URL('../../../gateway/console/web/package.json', import.meta.url))('playwright-core');

const { positionals, values: options } = parseArgs({ allowPositionals: true, options: { screenshots: { type: 'string' } } });
assert(positionals.length === 3, 'usage: node check.mjs PAGE GATEWAY SANDBOX [--screenshots DIR]');
const [address, gateway, sandbox] = positionals;
const url = new URL(address);
const token = decodeURIComponent(url.hash.slice(1));

const patience = 20_000; // ms
const trouble = [];
let requests = 0;

// open loads the page in a browser that knows nothing of it.
async function open(browser, settings = {}, at = address) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'light', ...settings });
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  page.on('request', (request) => {
    requests++;
    if (new URL(request.url()).origin !== url.origin) {
      trouble.push(`a request left the origin: ${request.url()}`);
    }
    if (request.url().includes(token) && request.url() !== address) { // who asks for a page leaves out what stands behind #
      trouble.push(`the token is in an address: ${request.url()}`);
    }
  });
  page.on('websocket', (socket) => trouble.push(`a socket was opened: ${socket.url()}`));
  page.on('requestfailed', (request) => trouble.push(`${request.url()}: ${request.failure().errorText}`));
  page.on('response', (response) => response.status() >= 400 && trouble.push(`${response.url()}: ${response.status()}`));
  page.on('pageerror', (error) => trouble.push(`uncaught: ${error.message}`));
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && trouble.push(`console: ${message.text()}`));
  await context.exposeFunction('violated', (text) => trouble.push(`policy violated: ${text}`));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      window.violated(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
    window.said = new Set(); // what it has said for a while
    new MutationObserver(() => window.said.add(document.getElementById('toasts')?.innerText)).observe(document, { childList: true, subtree: true, characterData: true });
  });
  const response = await page.goto(at);
  assert.match(response.headers()['content-security-policy'] ?? '', /^default-src 'none';/);
  return page;
}

// expecting drops the trouble that do makes, where it is of this kind.
async function expecting(kind, what) {
  const before = trouble.length;
  await what();
  trouble.splice(before, Infinity, ...trouble.slice(before).filter((line) => !kind.test(line)));
}

async function until(what, is) {
  const end = Date.now() + patience;
  for (let last; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    try {
      last = await is();
    } catch (error) {
      last = error.message;
    }
    if (last === true) {
      return;
    }
    assert(Date.now() < end, `${what}: ${JSON.stringify(last)}`);
  }
}

// Of the world behind the page.

async function ask(query, key) {
  const response = await fetch(`${gateway}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(key ? { 'Idempotency-Key': key } : {}) },
    body: JSON.stringify({ query }),
  });
  return response.json();
}

const payment = 'pi_3Sandbox0000000000001001';
const refund = (of, cents, key) => ask(`mutation { refund(payment: ${JSON.stringify(of)}, cents: ${cents}) { id write { id state } } }`, key);
const note = (text) => ask(`mutation { note(order: "1001", text: ${JSON.stringify(text)}) { id write { id state } } }`);
const fault = (source, fault) => fetch(`${sandbox}/_faults/${source}`, { method: 'PUT', body: JSON.stringify(fault) });
const mend = (source) => fetch(`${sandbox}/_faults/${source}`, { method: 'DELETE' });
const stateOf = async (id) => (await ask(`{ write(id: "${id}") { state } }`)).data.write?.state ?? 'none';

// Of the page.

const row = (page, id) => page.locator(`tr[data-id="${id.slice(0, 26)}"]`);
const shows = (page, id, state) => until(`${id} is shown as ${state}`, async () => (await row(page, id).locator('.state').innerText()) === state);
const press = (page, name) => page.getByRole('complementary', { name: 'One write' }).getByRole('button', { name, exact: true }).click();
const confirm = (page, name) => page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
const said = (page, text) => until(`it says ${text}`, async () => {
  const all = await page.evaluate(() => [...window.said, document.getElementById('notices').innerText]);
  return all.join().includes(text) || all;
});

async function picture(page, name) {
  if (options.screenshots) {
    await page.screenshot({ path: join(options.screenshots, `${name}.png`) });
  }
}

// restored is a gateway that was started with everything held, as after a backup was put back. It returns the id of a
// write that is made once somebody resumes.
async function restored(browser) {
  const { id, state } = (await refund(payment, 100)).data.refund.write;
  assert.equal(state, 'HELD');
  const page = await open(browser);
  await said(page, 'Nothing is sent to any source');
  await shows(page, id, 'held');
  await page.getByRole('button', { name: 'Resume all' }).click();
  await page.getByRole('dialog').getByText('1 write waits').waitFor();
  await confirm(page, 'Resume all');
  await shows(page, id, 'applied');
  await until('nothing is held', async () => (await page.locator('#notices').innerText()) === '');
  await page.context().close();
  return id;
}

// night is what somebody does who was called: one write of which nobody knows, and an API that is out. made is one that
// was made before.
async function night(browser, made) {
  await fault('stripe', { reset: true });
  await fault('woocommerce', { cutAfter: true });
  const queued = (await refund(payment, 200, 'order-1001')).data.refund.write.id;
  const behind = (await refund(payment, 300)).data.refund.write.id;
  const unknown = (await note('Called the warehouse.')).errors[0].extensions.write;
  const lost = (await note('Called the customer.')).data.note.write.id; // behind it, in its lane

  const page = await open(browser);
  await shows(page, unknown, 'unknown');
  assert.equal(page.url(), `${url.origin}/`, 'the token is gone from the address');
  assert.match(await page.title(), /^\(1\) /);
  const rows = await page.locator('tr.write').evaluateAll((all) => all.map((one) => one.dataset.id));
  assert.equal(rows[0], unknown.slice(0, 26), 'what needs a person comes first');
  assert.equal(rows.at(-1), made.slice(0, 26), 'what is over comes last');
  await shows(page, queued, 'queued');
  await picture(page, 'writes');

  // A source is held, and resumed.
  await page.getByRole('button', { name: 'Hold stripe' }).click();
  await confirm(page, 'Hold it');
  await shows(page, queued, 'held');

  // What others have written is text.
  const text = '<img src=x onerror=alert(1)>';
  const strange = (await refund(text, 400)).data.refund.write.id; // it was never sent, so that it can be cancelled
  await row(page, strange).click();
  await page.getByRole('complementary').getByText(text, { exact: true }).waitFor();
  assert.equal(await page.locator('#work img').count(), 0);
  await press(page, 'Cancel');
  await confirm(page, 'Leave it');
  assert.equal(await stateOf(strange), 'HELD', 'nothing is done without a yes');
  await press(page, 'Cancel');
  await confirm(page, 'Cancel it');
  await said(page, 'is CANCELLED');
  assert.equal(await stateOf(strange), 'CANCELLED');

  await mend('stripe');
  await row(page, queued).click();
  await page.getByText('Resume stripe to have it sent.').waitFor();
  assert.equal(await stateOf(queued), 'HELD');
  await page.getByRole('button', { name: 'Resume stripe' }).click();
  await confirm(page, 'Resume it');
  await shows(page, queued, 'applied');
  await shows(page, behind, 'applied');

  // Of one that is unknown a person says what became of it, without a mouse.
  await page.locator('[data-row]').first().focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await page.getByRole('complementary').getByText(unknown.slice(0, 26)).waitFor();
  await until('what was opened has the focus', () => page.evaluate(() => document.activeElement.id === 'detail' || document.activeElement.outerHTML));
  await page.getByRole('button', { name: 'Show it' }).click();
  await page.locator('.payload').getByText('POST /woocommerce/wp-json/wc/v3/orders/1001/notes').waitFor();
  await picture(page, 'unknown');
  await page.keyboard.press('Escape');
  await until('the focus is back where it was', () => page.evaluate((id) => document.activeElement.dataset.id === id, unknown.slice(0, 26)));
  assert.equal(await page.locator('.payload').count(), 0, 'what was sent is not shown any more');
  await page.keyboard.press('Enter');
  await until('it is open again', () => page.evaluate(() => document.activeElement.id === 'detail'));
  for (const name of ['Close', 'It was made']) {
    await page.keyboard.press('Tab');
    await until(`${name} has the focus`, () => page.evaluate((name) => [document.activeElement.textContent, document.activeElement.ariaLabel].includes(name), name));
  }
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab'); // "Leave it" comes first
  await page.keyboard.press('Enter');
  await said(page, 'is APPLIED');

  // The next in its lane was sent then, and is unknown, too: it was made, and the reply was cut.
  await shows(page, lost, 'unknown');
  await mend('woocommerce');
  await row(page, lost).click();
  await page.getByRole('complementary').getByText(lost.slice(0, 26)).waitFor();
  await press(page, 'It was not made');
  await confirm(page, 'It was not made');
  await shows(page, lost, 'applied');

  // What is over can be erased.
  await press(page, 'Erase');
  await confirm(page, 'Erase it');
  await said(page, 'is erased');
  await until('it is gone', async () => (await row(page, lost).count()) === 0);
  assert.equal(await stateOf(lost), 'none');
  assert.equal(await page.getByRole('complementary').count(), 0);
  await page.context().close();
}

// filters narrow the list down, and stay when the page is loaded again.
async function filters(browser, made) {
  const page = await open(browser);
  await page.getByRole('button', { name: 'applied of stripe' }).click();
  await until('only stripe is shown', async () => {
    const all = await page.locator('tr.write .source').allInnerTexts();
    return all.length > 0 && all.every((source) => source === 'stripe');
  });
  const over = await page.locator('tr.write').evaluateAll((all) => all.map((one) => one.dataset.id));
  assert.equal(over.at(-1), made.slice(0, 26), 'what is over is shown the newest first');
  await page.reload();
  await page.getByRole('button', { name: 'No more only state APPLIED' }).click();
  await page.getByRole('button', { name: 'No more only source stripe' }).click();
  await until('both are shown', async () => new Set(await page.locator('tr.write .source').allInnerTexts()).size === 2);
  assert.equal(await page.locator('[data-row][tabindex="0"]').count(), 1, 'the list is one stop for Tab');
  await page.getByRole('button', { name: /^Need a person/ }).click();
  await page.getByText('There are none.').waitFor();
  await page.keyboard.press('/');
  await expecting(/404/, async () => {
    await page.keyboard.type(`${'a'.repeat(26)}-secret`);
    await page.keyboard.press('Enter');
    await said(page, 'there is no such write');
  });
  await page.context().close();
}

// crowd does something about many at once.
async function crowd(browser) {
  const page = await open(browser);
  await page.getByRole('button', { name: 'Hold woocommerce' }).click();
  await confirm(page, 'Hold it');
  await said(page, 'woocommerce is held.');
  const ids = [];
  for (const text of ['one', 'two', 'three']) {
    ids.push((await note(text)).data.note.write.id);
  }
  await page.getByRole('button', { name: '3 held of woocommerce' }).click();
  await page.getByRole('button', { name: 'Cancel all' }).click();
  await page.getByRole('dialog').getByText('Cancel 3 writes?').waitFor();
  await confirm(page, 'Cancel them');
  await said(page, '3 writes are cancelled.');
  for (const id of ids) {
    assert.equal(await stateOf(id), 'CANCELLED');
  }
  await page.getByRole('button', { name: 'Resume woocommerce' }).click();
  await page.getByText('Nothing waits for it now.').waitFor();
  await confirm(page, 'Resume it');
  await said(page, 'woocommerce is sent to again.');
  await page.context().close();
}

// gates let nobody in without a token, say so, and take one that is typed.
async function gates(browser) {
  const page = await open(browser, {}, url.origin);
  await page.getByText('Who are you?').waitFor();
  assert(await page.locator('#work').isHidden());
  await expecting(/401/, async () => {
    await page.getByLabel('Token').fill('x'.repeat(43));
    await page.keyboard.press('Enter');
    await page.getByText('That token is not one of ours').waitFor();
  });
  await page.getByLabel('Token').fill(token);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Hold stripe' }).waitFor();
  await page.reload();
  await page.getByRole('button', { name: 'Hold stripe' }).waitFor(); // the tab knows it
  const other = await page.context().newPage();
  await other.goto(url.origin);
  await other.getByText('Who are you?').waitFor(); // another tab does not
  await page.context().close();
}

// outage is when the gateway does not answer: what was known stays, and it is said.
async function outage(browser) {
  const page = await open(browser);
  await page.getByRole('button', { name: 'Hold stripe' }).waitFor();
  await expecting(/ERR_CONNECTION_REFUSED/, async () => {
    await page.route('**/v1/**', (route) => route.abort('connectionrefused'));
    await said(page, 'The gateway does not answer');
    assert(await page.getByRole('button', { name: 'Hold stripe' }).isVisible());
    await page.unroute('**/v1/**');
    await until('it is well again', async () => (await page.locator('#notices').innerText()) === '');
  });
  await page.context().close();
}

// brightness is that of the page's background, from 0 to 255.
const brightness = (page) =>
  page.evaluate(() => Math.max(...getComputedStyle(document.documentElement).backgroundColor.match(/[\d.]+/g).slice(0, 3).map(Number)));

async function themes(browser) {
  for (const [colorScheme, fits] of [['light', (b) => b > 200], ['dark', (b) => b < 100]]) {
    const page = await open(browser, { colorScheme });
    await page.locator('tr.write').first().waitFor();
    assert(fits(await brightness(page)), `${colorScheme}, as the system is`);
    await picture(page, colorScheme);
    await page.getByRole('button', { name: /^Theme/ }).click();
    await page.getByRole('button', { name: 'Theme: light' }).click();
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
    assert((await brightness(page)) < 100, 'dark, as somebody wants it');
    await page.context().close();
  }
}

// legible is that every text stands out from what is behind it (WCAG 2.2, 1.4.3), in both themes.
async function legible(browser) {
  for (const colorScheme of ['light', 'dark']) {
    const page = await open(browser, { colorScheme });
    await page.locator('[data-row]').first().click();
    await page.getByRole('complementary').waitFor();
    const faint = await page.evaluate(() => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true });
      const paint = (colors) => { // the colours over each other, as red, green and blue
        canvas.clearRect(0, 0, 1, 1);
        for (const color of colors) {
          canvas.fillStyle = color;
          canvas.fillRect(0, 0, 1, 1);
        }
        return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
      };
      const light = (rgb) => rgb.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
      const found = [];
      for (const element of document.body.querySelectorAll('*')) {
        const text = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data.trim()).join('');
        if (!text || !element.checkVisibility()) {
          continue;
        }
        const behind = [];
        for (let up = element; up; up = up.parentElement) {
          behind.unshift(getComputedStyle(up).backgroundColor);
        }
        const [a, b] = [light(paint(behind)), light(paint([...behind, getComputedStyle(element).color]))];
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (contrast < 4.5) {
          found.push(`${text}: ${contrast.toFixed(2)}`);
        }
      }
      return found;
    });
    assert.deepEqual(faint, [], `${colorScheme}: too faint`);
    await page.context().close();
  }
}

// wide looks at the page with one write beside the others: nothing stands out of where it belongs.
async function wide(browser) {
  const page = await open(browser);
  await page.locator('[data-row]').first().click();
  await page.getByRole('complementary').waitFor();
  const sections = await page.locator('main > section, aside').evaluateAll((all) => all.map((one) => one.scrollWidth - one.clientWidth));
  assert.deepEqual(sections, [0, 0, 0]);
  await picture(page, 'wide');
  await page.context().close();
}

// narrow looks at the page as on a phone: nothing stands out to the right, and one write lies over the others.
async function narrow(browser) {
  const page = await open(browser, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
  await page.locator('tr.write').first().waitFor();
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth);
  assert(await wide() <= 360, `${await wide()} px wide`);
  await picture(page, 'narrow');
  await page.locator('[data-row]').first().tap();
  const one = page.getByRole('complementary');
  await one.waitFor();
  const { x, y, width, height } = await one.boundingBox();
  assert.deepEqual([x, y, width, height], [0, 0, 360, 740]);
  await picture(page, 'narrow-one');
  await one.getByRole('button', { name: 'Close' }).tap();
  await until('it is closed', async () => (await one.count()) === 0);
  await page.context().close();
}

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
  ],
});
try {
  const made = await restored(browser);
  await night(browser, made);
  await filters(browser, made);
  await crowd(browser);
  await gates(browser);
  await outage(browser);
  await themes(browser);
  await legible(browser);
  await wide(browser);
  await narrow(browser);
  for (const line of new Set(trouble)) {
    console.error(line);
    process.exitCode = 1;
  }
  if (trouble.length === 0) {
    console.log(`the page about writes works: ${requests} requests, all to ${url.origin}`);
  }
} finally {
  await browser.close();
}
