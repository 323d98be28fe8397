import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Page } from '@playwright/test'
import { pay } from './fixtures/checkout'
import { Operator } from './fixtures/operator'
import { availableOf, newPerson, signIn, signInSupport, useUpFree } from './fixtures/people'
import { expect, test } from './fixtures/test'

const emailOf = (user: string) => `${user.slice(-12)}@e2e.example`

async function find(page: Page, query: string): Promise<void> {
  await page.goto('/operator')
  await page.getByLabel('Search', { exact: true }).fill(query)
  await page.keyboard.press('Enter')
}

test.describe('using only /operator', () => {
  test('a double charge is found by e-mail, reported, and refunded once', async ({ page, request }) => {
    const operator = new Operator(request)
    const user = await newPerson(operator)
    const use = { user, operation: 'web.extract', usage: { pages: 3 } }
    for (const _ of ['first', 'again']) expect((await operator.post('/charges', use)).status()).toBe(201)
    expect(await availableOf(operator, user)).toBe(952)

    await signInSupport(page)
    await find(page, emailOf(user))
    await expect(page).toHaveURL(/\/operator\/accounts\/usr_[0-9a-f]{32}$/)
    await expect(page.getByText(/^Web Content Extraction, 24 credits, twice within/)).toBeVisible()
    await page.getByRole('link', { name: /^Second charge/ }).click()
    await page.getByLabel('Reason').fill('Charged twice: our server sent it again')
    await page.getByRole('button', { name: 'Refund credits' }).dblclick()
    await expect(page.getByText('Refunded 24 credits of a charge')).toBeVisible()
    await expect(page.getByText('976 credits available, 0 held')).toBeVisible()
    expect(await availableOf(operator, user)).toBe(976)

    await page.getByRole('link', { name: 'Back to the account' }).click()
    const timeline = page.getByRole('region', { name: 'Timeline' })
    await expect(timeline.getByRole('row', { name: /Refund/ }).first()).toContainText('976')
    await expect(timeline).toContainText('“Charged twice: our server sent it again” — olga@demo.example')
    await expect(page.getByText(/twice within/)).toHaveCount(0)
  })

  test('the refund of a partly spent pack is previewed and then made', async ({ page, request }) => {
    const operator = new Operator(request)
    const user = await newPerson(operator)
    await useUpFree(operator, user)
    await signIn(page, operator, { user, to: 'billing' })
    await page.getByRole('button', { name: 'Buy 2,000 credits for $6' }).click()
    await pay(page)
    const spent = { user, operation: 'speech.tts', usage: { characters: 150_000 } }
    expect((await operator.post('/charges', spent)).status()).toBe(201)
    expect(await availableOf(operator, user)).toBe(500)

    await signInSupport(page)
    await find(page, user)
    await page.getByRole('link', { name: 'Packs' }).first().click()
    await page.getByRole('link', { name: 'see the payment' }).click()
    const effect = page.getByRole('list', { name: 'Effect of the refund' })
    await expect(effect).toContainText(
      'It bought 2,000 credits. 500 credits are unspent, and 500 credits are taken back.',
    )
    await expect(effect).toContainText('1,500 credits are already spent')
    await page.getByRole('link', { name: 'Only the unspent share: $1.50' }).click()
    await expect(effect).toContainText('$1.50 is returned')
    await expect(effect).toContainText('and 500 credits are taken back')
    await expect(effect).toContainText('from 500 to 0 credits')
    expect(await availableOf(operator, user)).toBe(500)

    await page.getByRole('link', { name: 'All that is left: $6' }).click()
    await page.getByLabel('Reason').fill('Bought by mistake')
    await page.getByRole('button', { name: 'Refund $6' }).click()
    await expect(page.getByText('Refunded $6 of a payment')).toBeVisible()
    await expect(page.getByText('0 credits available, 0 held')).toBeVisible()
    await page.getByRole('link', { name: '2,000 credits' }).click()
    const shortfall = page.getByText('Shortfall').locator('..')
    await expect(shortfall).toContainText('1,500 credits')
    expect(await availableOf(operator, user)).toBe(0)
  })

  test('staff grant credits, revoke the unspent part and release a hold', async ({ page, request }) => {
    const operator = new Operator(request)
    const user = await newPerson(operator)
    const held = await operator.post('/holds', {
      user,
      operation: 'web.extract',
      usage: { pages: 5 },
      reference: `job ${user}`,
    })
    expect(held.status()).toBe(201)

    await signInSupport(page)
    await find(page, `job ${user}`)
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Hold of 40 credits')
    await page.getByLabel('Reason').fill('Its server is gone')
    await page.getByRole('button', { name: 'Release the hold of 40 credits' }).click()
    await expect(page.getByText('1,000 credits available, 0 held')).toBeVisible()

    await page.getByRole('link', { name: 'Back to the account' }).click()
    await page.getByRole('link', { name: 'Give credits…' }).click()
    const amount = page.getByLabel('Amount', { exact: true })
    await amount.fill('twenty')
    await page.getByLabel('Reason').fill('For the trouble')
    await page.getByRole('button', { name: 'Give credits' }).click()
    await expect(page.getByText('Enter an amount of credits such as 40 or 12.5.')).toBeVisible()
    await expect(page.getByLabel('Reason')).toHaveValue('For the trouble')
    await amount.fill('20')
    await page.getByRole('button', { name: 'Give credits' }).click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Grant of 20 credits')
    expect(await availableOf(operator, user)).toBe(1_020)
    await page.getByLabel('Reason').fill('Meant for somebody else')
    await page.getByRole('button', { name: 'Take back 20 credits' }).click()
    await expect(page.getByText('1,000 credits available, 0 held')).toBeVisible()
  })
})

test.describe('a person who is not staff', () => {
  test.use({ expectedConsoleErrors: [/404/] })

  type Names = { user: string; subject: string; endpoint: string }

  /** The URL of a file below app/ with its parameters filled in. */
  function addressOf(file: string, { user, subject, endpoint }: Names): string {
    const folder = path.posix.relative('app', path.dirname(file))
    const named = `/${folder}`.replace('[user]', user).replace('[subject]', subject)
    return named.replace('[endpoint]', endpoint).replace('[version]', '1')
  }

  /** Every page and download below /operator. */
  function pages(names: Names): string[] {
    return readdirSync('app/operator', { recursive: true, encoding: 'utf8' })
      .filter((file) => ['page.tsx', 'route.ts'].includes(path.basename(file)))
      .map((file) => addressOf(path.join('app/operator', file), names))
  }

  /** Every action of the build that only these pages can send, with the page that sends it. */
  function actions(names: Names): { id: string; address: string }[] {
    const manifest = JSON.parse(readFileSync('.next/server/server-reference-manifest.json', 'utf8')) as {
      node: Record<string, { workers: Record<string, unknown> }>
    }
    return Object.entries(manifest.node).flatMap(([id, { workers }]) => {
      const files = Object.keys(workers)
      if (!files.every((file) => file.startsWith('app/operator/'))) return []
      return files.map((file) => ({ id, address: addressOf(file, names) }))
    })
  }

  test('can reach no operator page and no operator action, signed in or not', async ({ page, request }) => {
    const operator = new Operator(request)
    const user = await newPerson(operator)
    const made = await operator.post('/charges', { user, operation: 'web.extract', usage: { pages: 1 } })
    const charge = await made.json()
    const endpoint = await (await operator.post('/webhook-endpoints', { url: 'http://127.0.0.1:9/' })).json()
    const names = { user: charge.user, subject: charge.id, endpoint: endpoint.id }
    const addresses = pages(names)
    expect(addresses).toContain(`/operator/accounts/${charge.user}/${charge.id}`)
    const sendable = actions(names)
    expect(new Set(sendable.map(({ id }) => id)).size).toBeGreaterThanOrEqual(8)

    const hold = await operator.post('/holds', { user, operation: 'web.extract', usage: { pages: 1 } })
    const grant = await operator.post('/grants', { user, amount: 1, reason: 'a test' })
    const firstEvent = async () => (await (await operator.get('/events?limit=1')).json()).data[0]?.id
    await expect.poll(firstEvent).toMatch(/^evt_/)
    const event: string = await firstEvent()
    /** Objects that an action can name. Each action accepts ids of one kind. */
    const subjects = [charge.id, (await hold.json()).id, (await grant.json()).id]
    /** Sends an action as a page would, without a reason. */
    const send = ({ id, address }: { id: string; address: string }, subject = charge.id) => {
      // The form and an empty state. React needs the fields before the reference to them.
      const form = new FormData()
      form.set('_1_user', charge.user)
      form.set('_1_subject', subject)
      form.set('_1_endpoint', endpoint.id)
      form.set('_1_event', event)
      form.set('_1_version', '1')
      form.set('0', '[null,"$K1"]')
      return page.request.post(address, {
        headers: { 'Next-Action': id, Origin: new URL(page.url()).origin },
        multipart: form,
      })
    }
    const refuse = async () => {
      for (const address of addresses) expect((await page.request.get(address)).status(), address).toBe(404)
      expect((await page.goto('/operator'))?.status()).toBe(404)
      await expect(page.getByText('There is no page at this address.')).toBeVisible()
      for (const action of sendable)
        expect((await send(action)).status(), `${action.id} from ${action.address}`).toBe(404)
    }
    await refuse()
    await signIn(page, operator, { user, to: 'credits' })
    await refuse()

    await signInSupport(page)
    for (const address of addresses) {
      // A download without parameters says what is missing.
      expect([200, 422], address).toContain((await page.request.get(address)).status())
    }
    // The same requests reach their actions when staff send them, so the caller was the reason for the refusals above.
    for (const action of sendable) {
      const answers = await Promise.all(subjects.map((subject) => send(action, subject)))
      const found = answers.find((answer) => answer.status() !== 404)
      // An action that needs no reason is done, and leads to its page.
      expect([200, 303], `${action.id} from ${action.address}`).toContain(found?.status())
      expect(found?.headers()['x-nextjs-action-not-found'], action.id).toBeUndefined()
    }
    const gone = `/operator/accounts/usr_${'0'.repeat(32)}`
    expect((await page.goto(gone))?.status()).toBe(404)
  })
})
