import { DEVICES } from './fixtures/accessible'
import { become, WAYS } from './fixtures/every-page'
import { measurePage } from './fixtures/measure-page'
import { Operator } from './fixtures/operator'
import { expect, test } from './fixtures/test'

/**
 * The limit for the gzipped scripts that a settings page names itself, which a new visitor loads before the page
 * responds.
 */
const FIRST_SCRIPT_BYTES_MAX = 250_000
/** The limit for all scripts, including those of charts, which load later into reserved space. */
const SCRIPT_BYTES_MAX = 330_000
/** Browsers rate 0.1 as good; a page with skeletons of the right size has nearly none. */
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
      // A new visitor with an empty cache.
      const context = await browser.newContext({ ...(baseURL ? { baseURL } : {}), viewport })
      await context.addCookies(await page.context().cookies())
      const { firstScripts, allScripts, shift, moved } = await measurePage(await context.newPage(), address)
      await context.close()
      expect.soft(firstScripts, `first scripts, ${device}`).toBeLessThanOrEqual(FIRST_SCRIPT_BYTES_MAX)
      expect.soft(allScripts, `all scripts, ${device}`).toBeLessThanOrEqual(SCRIPT_BYTES_MAX)
      expect.soft(shift, `${device}: ${moved.join('; ')}`).toBeLessThan(LAYOUT_SHIFT_MAX)
    }
  })
