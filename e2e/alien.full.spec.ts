import { DEVICES, expectAccessible, SCHEMES } from './fixtures/accessible'
import { expect, test } from './fixtures/alien'
import { newPerson, signIn } from './fixtures/people'

const PUBLIC = ['/', '/guide', '/pricing', '/pricing?currency=kwd', '/docs/api']
const OWN = [
  '/settings/credits',
  '/settings/usage',
  '/settings/limits',
  '/settings/billing',
  '/settings/statement',
]
const STAFF = ['/operator/report']

test.describe.configure({ timeout: 600_000 })

test('with an unrelated catalogue, no page breaks an axe rule or overflows the screen, and each is pictured', async ({
  server,
  operator,
  page,
}, testInfo) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const check = async (address: string) => {
    for (const [device, size] of Object.entries(DEVICES)) {
      await page.setViewportSize(size)
      await page.goto(address)
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme })
        const name = `${address} in ${colorScheme} on a ${device}`
        await expectAccessible(page, name)
        const path = testInfo.outputPath(`${name.replaceAll(/\W+/g, '-')}.png`)
        // The API reference is longer than a picture can be.
        await page.screenshot({ path, fullPage: address !== '/docs/api' })
        await testInfo.attach(name, { path, contentType: 'image/png' })
      }
    }
  }
  for (const address of PUBLIC) await check(address)

  const user = await newPerson(operator)
  await server.pay(user, { plan: 'band_year' })
  await expect.poll(() => server.available(user)).toBe(12_000)
  const uses = [
    ['space.echo', { roomVolume: 62.5 }],
    ['score.sketch', { bars: 64, repeatedBars: 16, choir: true }],
    ['score.master', { bars: 48 }],
    ['editor.arrange', { bars: 200 }],
  ] as const
  for (const [operation, usage] of uses)
    expect((await server.post('/charges', { user, operation, usage })).status).toBe(201)
  await signIn(page, operator, { user, to: 'credits' })
  for (const address of OWN) await check(address)

  // A person in a trial.
  const other = await newPerson(operator)
  await server.pay(other, { plan: 'player_year' })
  await expect.poll(() => server.available(other)).toBe(900)
  await page.context().clearCookies()
  await signIn(page, operator, { user: other, to: 'billing' })
  await check('/settings/billing?trial')

  await server.signInStaff(page)
  for (const address of STAFF) await check(address)
})
