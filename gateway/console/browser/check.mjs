// Drives the page in headless Chromium as somebody would who has never been
// here: sees the examples, types a query, runs it, reads the answer and what the
// strip says of it, opens the documentation and the settings. Fails where a request leaves the origin or
// fails, the content security policy is violated, or the console shows an error.
//
//   node check.mjs URL [--query QUERY] [--follow SUBSCRIPTION] [--expect TEXT] [--screenshot FILE [--tab TITLE]]
//
// QUERY is typed into an empty tab, and TEXT must be in what is shown as its
// answer, of SUBSCRIPTION in that of its first. FILE gets a picture of the tab called TITLE (the first) after it was
// run. Something has to serve URL; ../web/node_modules must be there (npm ci).
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';

const { chromium } = createRequire(new URL('../web/package.json', import.meta.url))('playwright-core');

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: {
    query: { type: 'string', default: '{ order(id: 1001) { number } }' },
    follow: { type: 'string', default: 'subscription { order(id: 1001) { number } }' },
    expect: { type: 'string', default: '"number": "1001"' },
    screenshot: { type: 'string' },
    tab: { type: 'string' },
  },
});
const [url] = positionals;
assert(positionals.length === 1, 'usage: node check.mjs URL [--query …] [--follow …] [--expect …] [--screenshot … [--tab …]]');

const patience = 20_000; // ms
const trouble = [];
let requests = 0;

// open loads the page in a browser that knows nothing of it.
async function open(browser, settings) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 760 }, ...settings });
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  page.on('request', (request) => {
    requests++;
    const { origin, protocol } = new URL(request.url());
    if (origin !== new URL(url).origin && !['data:', 'blob:'].includes(protocol)) {
      trouble.push(`a request left the origin: ${request.url()}`);
    }
  });
  page.on('websocket', (socket) => trouble.push(`a socket was opened: ${socket.url()}`));
  page.on('requestfailed', (request) => trouble.push(`${request.url()}: ${request.failure().errorText}`));
  page.on('response', (response) => {
    if (response.status() >= 400) {
      trouble.push(`${response.url()}: ${response.status()}`);
    }
  });
  page.on('pageerror', (error) => trouble.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') {
      trouble.push(`console: ${message.text()}`);
    }
  });
  await context.exposeFunction('violated', (text) => trouble.push(`policy violated: ${text}`));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      window.violated(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
  });
  const response = await page.goto(url);
  assert.match(response.headers()['content-security-policy'] ?? '', /^default-src 'self';/);
  await page.locator('.graphiql-query-editor .view-lines').waitFor();
  return page;
}

const answer = (page) => page.locator('.graphiql-response .view-lines');

// shows waits until an element has a text; the editor writes blanks of its own.
async function shows(locator, text) {
  const end = Date.now() + patience;
  for (;;) {
    const shown = (await locator.innerText()).replaceAll('\u00a0', ' ');
    if (shown.includes(text)) {
      return;
    }
    assert(Date.now() < end, `${JSON.stringify(text)} is not shown, but ${JSON.stringify(shown)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const strip = (page) => page.getByRole('list', { name: 'Freshness' });

// says has the gateway answer one run with body, and waits for what the strip
// makes of it. Only what names no part may be called fresh.
async function says(page, body, text) {
  await page.route('**/graphql', (route) =>
    body === null ? route.abort('connectionrefused') : route.fulfill({ contentType: 'application/json', body }),
  );
  await run(page);
  await shows(strip(page), text);
  await page.unroute('**/graphql');
}

// verdicts are what the strip says of answers that are not whole.
async function verdicts(browser) {
  const page = await open(browser, { colorScheme: 'light' });
  await page.waitForFunction(() => performance.getEntriesByName(new URL('graphql', document.baseURI).href).length > 0); // introspection
  await says(page, '{"data":{"a":1}}', 'every part is fresh');
  const outage = '{"message":"Request failed","path":["a"],"extensions":{"code":"UPSTREAM_UNAVAILABLE"}}';
  const old = '{"path":["b"],"source":"shop","state":"STANDING_IN","ageSeconds":300,"reason":"TIMEOUT"}';
  for (const [body, text] of [
    [`{"errors":[${outage}],"data":{"a":null}}`, '1 error: a part is missing'],
    [`{"errors":[${outage},${outage}],"data":{"a":null},"extensions":{"freshness":[${old}]}}`, 'b shop: an old answer stands in, 5 min old (TIMEOUT)'],
    [`{"errors":[${outage}],"data":null}`, 'no data came: 1 error'],
    ['{"data":null}', 'no data came'],
    ['{"errors":[{"message":"Syntax error"}]}', 'no data: 1 error'],
    ['{}', 'no data'],
    ['<html>502</html>', 'no data: 1 error'],
    ['[]', 'no data: 1 error'],
    [null, 'no data: 1 error'],
  ]) {
    await says(page, body, text);
    const shown = await strip(page).innerText();
    assert(!shown.includes('every part'), `${body} is not fresh: ${shown}`);
    assert(!(await answer(page).innerText()).includes('at http'), `${body} shows no stack`);
  }
  await page.context().close();
}

// traced switches the trace on: what an answer took is then shown.
async function traced(browser) {
  const page = await open(browser, { colorScheme: 'light' });
  await page.getByRole('checkbox', { name: 'trace' }).check();
  await run(page);
  await shows(strip(page), ' ms, ');
  await page.context().close();
}

// narrow looks at the page as on a phone: one thing stands below the other.
async function narrow(browser) {
  const page = await open(browser, { colorScheme: 'light', viewport: { width: 390, height: 844 } });
  await run(page);
  await shows(answer(page), '"data"');
  for (const part of ['.graphiql-editors', '.graphiql-response', '.freshness']) {
    const { x, width } = await page.locator(part).boundingBox();
    assert(width > 330 && x >= 0 && x + width <= 390, `${part} is ${width} px wide, from ${x}`);
  }
  await page.context().close();
}

// type puts a text into an empty tab.
async function type(page, text) {
  await page.getByRole('button', { name: 'New tab' }).click();
  const editor = page.locator('.graphiql-query-editor .view-lines');
  await editor.click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.press('Delete');
  // A closing bracket that the editor has put there itself is typed over.
  await page.keyboard.type(text, { delay: 5 });
  await page.keyboard.press('Escape'); // what it suggests
  await shows(editor, text);
}

// follows follows something, and stops: what comes later is told by curl, or by nobody.
async function follows(browser) {
  const page = await open(browser, { colorScheme: 'light' });
  await type(page, options.follow);
  await run(page);
  await shows(answer(page), options.expect);
  await shows(strip(page), 'every part is fresh');
  await page.getByRole('button', { name: /^Stop query/ }).click();
  await page.getByRole('button', { name: /^Execute query/ }).waitFor();
  await page.context().close();
}

const run = (page) => page.getByRole('button', { name: /^Execute query/ }).click();

// brightness is that of the page's background, from 0 to 255.
const brightness = (page) =>
  page.evaluate(() => {
    const paint = getComputedStyle(document.querySelector('.graphiql-container')).backgroundColor;
    return Math.max(...paint.match(/[\d.]+/g).slice(0, 3).map(Number));
  });

async function tour(browser) {
  const page = await open(browser, { colorScheme: 'light' });
  const examples = await page.evaluate(() => fetch('console/examples.json').then((response) => response.json()));
  const tabs = page.getByRole('tab');
  assert.equal(await tabs.count(), Math.max(examples.length, 1), 'there is a tab for each example');

  await type(page, options.query);
  await run(page);
  await shows(answer(page), options.expect);
  await strip(page).waitFor();

  await page.getByRole('button', { name: /^Prettify query/ }).click();
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  await page.locator('.graphiql-doc-explorer').getByRole('link', { name: 'Query' }).first().click();
  await page.getByRole('button', { name: 'Open settings dialog' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Dark' }).click();
  assert(await brightness(page) < 100, 'the theme called dark is dark');
  await page.keyboard.press('Escape');
  await page.context().close();
  return examples.length;
}

async function themes(browser) {
  for (const [colorScheme, fits] of [['light', (b) => b > 200], ['dark', (b) => b < 100]]) {
    const page = await open(browser, { colorScheme });
    assert(fits(await brightness(page)), `${colorScheme}, as the system is`);
    await page.context().close();
  }
}

async function picture(browser, path) {
  const page = await open(browser, { colorScheme: 'light', deviceScaleFactor: 1.25, viewport: { width: 1480, height: 780 } });
  if (options.tab) {
    await page.getByRole('tab', { name: options.tab }).click();
  }
  await run(page);
  await shows(answer(page), '"data"');
  await strip(page).waitFor();
  await page.mouse.move(0, 0);
  await page.waitForTimeout(1000); // colours come after the text
  await page.screenshot({ path });
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
  const examples = await tour(browser);
  await themes(browser);
  await traced(browser);
  const before = trouble.length; // what is stopped has no answer
  await follows(browser);
  trouble.splice(before, Infinity, ...trouble.slice(before).filter((line) => !/graphql: net::ERR_ABORTED/.test(line)));
  await narrow(browser);
  const found = trouble.length; // verdicts makes some
  await verdicts(browser);
  trouble.splice(found, Infinity, ...trouble.slice(found).filter((line) => !/graphql|ERR_CONNECTION_REFUSED/.test(line)));
  if (options.screenshot) {
    await picture(browser, options.screenshot);
  }
  for (const line of new Set(trouble)) {
    console.error(line);
    process.exitCode = 1;
  }
  if (trouble.length === 0) {
    console.log(`the page works: ${examples} examples, ${requests} requests, all to ${new URL(url).origin}`);
  }
} finally {
  await browser.close();
}
