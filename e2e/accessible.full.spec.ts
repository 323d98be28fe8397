import { DEVICES, expectAccessible, expectNothingCut, expectNoWider, SCHEMES } from './fixtures/accessible'
import { become, waysByVisitor } from './fixtures/every-page'
import { JOURNEYS } from './fixtures/journeys'
import { Operator } from './fixtures/operator'
import { signInAs } from './fixtures/people'
import { expect, test } from './fixtures/test'

/** A desktop at 200% zoom, and the narrowest screen that WCAG requires. */
const NARROW = { 'at 200 %': { width: 640, height: 450 }, 'at 320 px': { width: 320, height: 640 } } as const

test.describe.configure({ timeout: 600_000 })

for (const [visitor, ways] of waysByVisitor())
  test(`no page for ${visitor} breaks an axe rule in any colour scheme, on any device or at any zoom`, async ({
    page,
    request,
  }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await become(page, new Operator(request), visitor)
    for (const { at } of ways) {
      const address = typeof at === 'string' ? at : await at(page)
      for (const [device, size] of Object.entries({ ...DEVICES, ...NARROW })) {
        await page.setViewportSize(size)
        await page.goto(address)
        for (const colorScheme of SCHEMES) {
          await page.emulateMedia({ colorScheme })
          await expectAccessible(page, `${address} in ${colorScheme}, ${device}`)
        }
        if (device in NARROW) await expectNothingCut(page, `${address} ${device}`)
      }
    }
  })

for (const [name, journey] of Object.entries(JOURNEYS))
  for (const colorScheme of SCHEMES)
    test(`no state of ${name} breaks an axe rule in ${colorScheme} on a desktop or a phone`, async ({
      page,
      request,
    }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await journey(page, new Operator(request), async (view) => {
        for (const [device, size] of Object.entries(DEVICES)) {
          await page.setViewportSize(size)
          await expectAccessible(page, `${view} on a ${device}`)
        }
        await page.setViewportSize(DEVICES.desk)
      })
    })

test('at 320 px the filters of the usage page can be opened', async ({ page }) => {
  await page.setViewportSize(NARROW['at 320 px'])
  await signInAs(page, 'Sam')
  await page.goto('/settings/usage')
  await expectNoWider(page)
  await page.getByRole('button', { name: 'Filters' }).click()
  await expect(page.getByRole('combobox', { name: 'Operation' })).toBeVisible()
})
