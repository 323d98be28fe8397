import { DEVICES } from './fixtures/accessible'
import { become, WAYS } from './fixtures/every-page'
import { measurePage } from './fixtures/measure-page'
import { Operator } from './fixtures/operator'
import { expect, test } from './fixtures/test'

/**
 * A slow phone on a slow network (100 ms latency, 2 Mbit/s). Skeletons are painted, so the shifts when they are replaced are
 * measured.
 */
const SLOW_NETWORK = { offline: false, latency: 100, downloadThroughput: 250_000, uploadThroughput: 250_000 }
const SLOW_CPU = { rate: 4 }
const LAYOUT_SHIFT_MAX = 0.02

for (const [route, { as, at }] of Object.entries(WAYS).filter(([route]) => route.startsWith('/settings/')))
  test(`nothing on ${route} moves during a slow load`, async ({ page, request, browser, baseURL }) => {
    await become(page, new Operator(request), as)
    const address = typeof at === 'string' ? at : await at(page)
    for (const [device, viewport] of Object.entries(DEVICES)) {
      const context = await browser.newContext({ ...(baseURL ? { baseURL } : {}), viewport })
      await context.addCookies(await page.context().cookies())
      const visit = await context.newPage()
      const slow = await context.newCDPSession(visit)
      await slow.send('Network.enable')
      await slow.send('Network.emulateNetworkConditions', SLOW_NETWORK)
      await slow.send('Emulation.setCPUThrottlingRate', SLOW_CPU)
      const { shift, moved } = await measurePage(visit, address)
      await context.close()
      expect.soft(shift, `${device}: ${moved.join('; ')}`).toBeLessThan(LAYOUT_SHIFT_MAX)
    }
  })
