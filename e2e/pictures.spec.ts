import type { Page } from '@playwright/test'
import { DEVICES, SCHEMES, settled } from './fixtures/accessible'
import { openBilling } from './fixtures/billing-page'
import { JOURNEYS } from './fixtures/journeys'
import { Operator } from './fixtures/operator'
import {
  newScene,
  PLAN_STATES,
  paySuperInEuros,
  restoreStripe,
  type StateOfPlan,
  someone,
} from './fixtures/plan-states'
import { test } from './fixtures/test'

/** `npm run pictures` makes the pictures in docs/screenshots. No test of `npm test` writes them. */
const FOLDER = 'docs/screenshots'
/** Pages so long that their pictures end at the bottom of the screen. */
const FIRST_SCREEN_ONLY = ['credits', 'usage', 'pricing', 'api', 'operator']
/** Views that are checked for accessibility but have no picture. */
const WITHOUT_PICTURE = /^(billing-success|operator-.+)$/
/** The states with the most text. */
const ON_A_PHONE_TOO: StateOfPlan[] = ['processing', 'unpaid']

for (const [name, journey] of Object.entries(JOURNEYS))
  for (const scheme of SCHEMES)
    test(`pictures of ${name} in ${scheme}`, async ({ page, request }) => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      await journey(page, new Operator(request), async (view) => {
        if (WITHOUT_PICTURE.test(view)) return
        for (const [device, size] of Object.entries(DEVICES)) {
          await page.setViewportSize(size)
          await settled(page)
          await page.screenshot({
            path: `${FOLDER}/${view}-${scheme}-${device}.png`,
            fullPage: !FIRST_SCREEN_ONLY.includes(view),
          })
        }
        await page.setViewportSize(DEVICES.desk)
      })
    })

// Last, because these move the product's clock.
test.afterEach(restoreStripe)

for (const state of Object.keys(PLAN_STATES) as StateOfPlan[])
  test(`pictures of a plan in state ${state}`, async ({ page, request }) => {
    await openBilling(page, await someone(state, request))
    await takeInLight(page, `billing-${state}`, ON_A_PHONE_TOO.includes(state) ? ['desk', 'phone'] : ['desk'])
  })

test('picture of a checkout that was paid in another currency', async ({ page, request }) => {
  const scene = await newScene(request)
  const session = await paySuperInEuros(scene)
  await openBilling(page, scene)
  await page.goto(`/settings/billing/success?session_id=${session}`)
  await takeInLight(page, 'billing-success-checking', ['desk'])
})

async function takeInLight(page: Page, view: string, devices: (keyof typeof DEVICES)[]): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  for (const device of devices) {
    await page.setViewportSize(DEVICES[device])
    await settled(page)
    await page.screenshot({ path: `${FOLDER}/${view}-light-${device}.png`, fullPage: true })
  }
}
