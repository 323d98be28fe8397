import { appPages } from '@/tools/app-pages'
import { DEVICES, expectAccessible, expectNoWider } from './fixtures/accessible'
import { become, WAYS, waysByVisitor } from './fixtures/every-page'
import { Operator } from './fixtures/operator'
import { expect, test } from './fixtures/test'

/** Needs a catalogue with several plans: plans.spec.ts checks it. */
const ELSEWHERE = ['/settings/billing/change']

test('every page in the app folder is checked', () => {
  expect([...Object.keys(WAYS), ...ELSEWHERE].sort()).toEqual(appPages())
})

for (const [visitor, ways] of waysByVisitor())
  test(`no page for ${visitor} breaks an axe rule on a light desktop or is wider than a phone`, async ({
    page,
    request,
  }) => {
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
    await become(page, new Operator(request), visitor)
    for (const { at } of ways) {
      await page.setViewportSize(DEVICES.desk)
      await page.goto(typeof at === 'string' ? at : await at(page))
      await expectAccessible(page)
      await page.setViewportSize(DEVICES.phone)
      await expectNoWider(page, `${page.url()} on a phone`)
    }
  })
