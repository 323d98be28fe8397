import { DEVICES, SCHEMES, settled } from './fixtures/accessible'
import { pay } from './fixtures/checkout'
import { JOURNEYS } from './fixtures/journeys'
import { Operator } from './fixtures/operator'
import { newPerson, signIn } from './fixtures/people'
import { expect, test } from './fixtures/test'

/** `npm run pictures` makes the pictures in docs/screenshots. No test of `npm test` writes them. */
const FOLDER = 'docs/screenshots'
/** Pages that are so long that their pictures end at the bottom of the screen. */
const FIRST_SCREEN_ONLY = ['credits', 'usage', 'pricing', 'api', 'operator']
/** Views that are checked for accessibility but have no picture. */
const WITHOUT_PICTURE = /^(billing-success|operator-.+)$/

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

// The last picture, because it moves the product's clock.
test('picture of a failed payment', async ({ page, request }) => {
  const operator = new Operator(request)
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  await page.setViewportSize(DEVICES.desk)
  await signIn(page, operator, { user: await newPerson(operator), to: 'billing' })
  await page.getByRole('button', { name: 'Upgrade to Super for $20 a month' }).click()
  await pay(page, 'Card that works now and fails at renewal (0341)')
  await operator.moveClockBy(31.5)
  await page.goto('/settings/billing')
  await expect(page.getByText('The payment for Super failed.')).toBeVisible()
  await settled(page)
  await page.screenshot({ path: `${FOLDER}/billing-past-due-light-desk.png`, fullPage: true })
})
