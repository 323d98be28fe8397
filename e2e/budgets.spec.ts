import { gzipSync } from 'node:zlib'
import type { Page } from '@playwright/test'
import { appPages } from '@/tools/app-pages'
import { expectAccessible, expectNoWider } from './fixtures/accessible'
import { become, WAYS, waysByVisitor } from './fixtures/every-page'
import { Operator } from './fixtures/operator'
import { expect, test } from './fixtures/test'

/** Of the scripts that a settings page names itself, gzipped: what a new visitor loads before the page answers to them. */
const FIRST_SCRIPT_BYTES_MAX = 250_000
/** Of all scripts, with the code that draws charts, which comes afterwards into the space that is kept for it. */
const SCRIPT_BYTES_MAX = 330_000
/** A tenth is what browsers call good; a page of skeletons of the right size has nearly none. */
const LAYOUT_SHIFT_MAX = 0.02
/**
 * A slow phone on a slow network (100 ms away, 2 Mbit/s): what a page shows before its content comes is painted, and so
 * whatever moves when it comes is seen to.
 */
const SLOW_NETWORK = { offline: false, latency: 100, downloadThroughput: 250_000, uploadThroughput: 250_000 }
const SLOW_CPU = { rate: 4 }

test('every page of the app folder is gone over', () => {
  expect(Object.keys(WAYS).sort()).toEqual(appPages())
})

test.describe('accessible', () => {
  test.setTimeout(180_000)
  for (const scheme of ['light', 'dark'] as const) {
    for (const [visitor, ways] of waysByVisitor()) {
      test(`axe has nothing against any page in ${scheme}, and none is wider than a phone, looked at as ${visitor}`, async ({
        page,
        request,
      }) => {
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
        await become(page, new Operator(request), visitor)
        for (const { at } of ways) {
          await page.setViewportSize({ width: 1280, height: 720 })
          await page.goto(typeof at === 'string' ? at : await at(page))
          await expectAccessible(page)
          // A phone, and a screen of 640 at 200 %.
          for (const width of [390, 320]) {
            await page.setViewportSize({ width, height: 844 })
            await expectNoWider(page, `${page.url()} at ${width}`)
          }
        }
      })
    }
  }
})

test.describe('light', () => {
  test.setTimeout(120_000)
  const settings = Object.entries(WAYS).filter(([route]) => route.startsWith('/settings/'))
  for (const [route, { as, at }] of settings) {
    test(`${route} loads little and stays in its place`, async ({ page, request, browser, baseURL }) => {
      await become(page, new Operator(request), as)
      const address = typeof at === 'string' ? at : await at(page)
      for (const viewport of [
        { width: 1280, height: 900 },
        { width: 390, height: 844 },
      ]) {
        // A new visitor, in whose cache there is nothing.
        const context = await browser.newContext({ ...(baseURL ? { baseURL } : {}), viewport })
        await context.addCookies(await page.context().cookies())
        const visit = await context.newPage()
        const slow = await context.newCDPSession(visit)
        await slow.send('Network.enable')
        await slow.send('Network.emulateNetworkConditions', SLOW_NETWORK)
        await slow.send('Emulation.setCPUThrottlingRate', SLOW_CPU)
        const found = await measure(visit, address)
        await context.close()
        const { first, all, shift, moved } = found
        test.info().annotations.push({ type: `${viewport.width} px`, description: JSON.stringify(found) })
        expect
          .soft(first, `scripts at first, ${viewport.width} px`)
          .toBeLessThanOrEqual(FIRST_SCRIPT_BYTES_MAX)
        expect.soft(all, `all scripts, ${viewport.width} px`).toBeLessThanOrEqual(SCRIPT_BYTES_MAX)
        expect
          .soft(shift, `layout shift, ${viewport.width} px, of ${moved.join('; ')}`)
          .toBeLessThan(LAYOUT_SHIFT_MAX)
      }
    })
  }
})

/** `moved`: what did, from where to where, for whoever reads that it was too much. */
type Measured = { first: number; all: number; shift: number; moved: string[] }

/** Opens a page until it is all there: the scripts it loaded, gzipped, and how far its parts moved meanwhile. */
async function measure(page: Page, address: string): Promise<Measured> {
  const scripts = new Map<string, Promise<number>>()
  page.on('response', (response) => {
    if (response.request().resourceType() !== 'script') return
    const size = response.body().then((body) => gzipSync(body).length)
    // What counts is awaited below; a script that comes after that ends with its page, and fails nothing.
    size.catch(() => undefined)
    scripts.set(new URL(response.url()).pathname, size)
  })
  await page.addInitScript(() => {
    const found: { shift: number; moved: string[] } = { shift: 0, moved: [] }
    Object.assign(window, { layoutShifts: found })
    const place = ({ x, y, width, height }: DOMRectReadOnly) => `${x},${y} ${width}×${height}`
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (!('value' in entry) || typeof entry.value !== 'number') continue
        found.shift += entry.value
        for (const { node, previousRect, currentRect } of Reflect.get(entry, 'sources') ?? []) {
          const what = `${node?.nodeName} “${node?.textContent?.slice(0, 40)}”`
          found.moved.push(`${what} ${place(previousRect)} → ${place(currentRect)}`)
        }
      }
    }).observe({ type: 'layout-shift', buffered: true })
  })
  const answer = await page.goto(address, { waitUntil: 'load' })
  const named = scriptsIn((await answer?.text()) ?? '')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.locator('[aria-busy=true]')).toHaveCount(0)
  await page.waitForLoadState('networkidle')
  const { shift, moved } = await page.evaluate(
    (): Pick<Measured, 'shift' | 'moved'> => Reflect.get(window, 'layoutShifts'),
  )
  let first = 0
  let all = 0
  for (const [path, size] of scripts) {
    all += await size
    if (named.has(path)) first += await size
  }
  return { first, all, shift, moved }
}

/** What the document itself asks the browser to load, by path; whoever knows modules leaves out the rest. */
function scriptsIn(html: string): Set<string> {
  const named = html.matchAll(/(?:src|href)="(\/_next\/static\/[^"?]+\.js)[^"]*"/g)
  return new Set([...named].map(([, path]) => path ?? ''))
}
