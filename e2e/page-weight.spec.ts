import { DEVICES } from './fixtures/accessible'
import { become, WAYS } from './fixtures/every-page'
import { measurePage } from './fixtures/measure-page'
import { Operator } from './fixtures/operator'
import { expect, test } from './fixtures/test'

/** Of the scripts that a settings page names itself, gzipped: what a new visitor loads before the page answers to them. */
const FIRST_SCRIPT_BYTES_MAX = 250_000
/** Of all scripts, with the code that draws charts, which comes afterwards into the space that is kept for it. */
const SCRIPT_BYTES_MAX = 330_000
/** A tenth is what browsers call good; a page of skeletons of the right size has nearly none. */
const LAYOUT_SHIFT_MAX = 0.01

for (const [route, { as, at }] of Object.entries(WAYS).filter(([route]) => route.startsWith('/settings/')))
  test(`${route} loads few scripts, and nothing on it moves while it loads`, async ({
    page,
    request,
    browser,
    baseURL,
  }) => {
    await become(page, new Operator(request), as)
    const address = typeof at === 'string' ? at : await at(page)
    for (const [device, viewport] of Object.entries(DEVICES)) {
      // A new visitor: nothing is in the cache.
      const context = await browser.newContext({ ...(baseURL ? { baseURL } : {}), viewport })
      await context.addCookies(await page.context().cookies())
      const { firstScripts, allScripts, shift, moved } = await measurePage(await context.newPage(), address)
      await context.close()
      expect.soft(firstScripts, `first scripts, ${device}`).toBeLessThanOrEqual(FIRST_SCRIPT_BYTES_MAX)
      expect.soft(allScripts, `all scripts, ${device}`).toBeLessThanOrEqual(SCRIPT_BYTES_MAX)
      expect.soft(shift, `${device}: ${moved.join('; ')}`).toBeLessThan(LAYOUT_SHIFT_MAX)
    }
  })
