import type { APIRequestContext } from '@playwright/test'
import { migrate } from '@/lib/db/migrate'
import { DatabaseProcess, ServerProcess } from '@/tools/crash/processes'
import { Mailbox } from './fixtures/mailbox'
import { Operator } from './fixtures/operator'
import { newPerson } from './fixtures/people'
import { expect, test } from './fixtures/test'

/** Requests that mail filters, chats and browsers make before a click. None of them may use up a link. */
async function look(request: APIRequestContext, link: string): Promise<void> {
  const prefetches: Record<string, string>[] = [
    {},
    { 'sec-purpose': 'prefetch;prerender', purpose: 'prefetch' },
    { rsc: '1', 'next-router-prefetch': '1' },
    { 'user-agent': 'Mozilla/5.0 (compatible; link scanner)' },
  ]
  for (const headers of prefetches) {
    const seen = await request.get(link, { headers })
    expect(seen.status()).toBe(200)
    expect(seen.headers()['set-cookie']).toBeUndefined()
    expect(seen.headers()['cache-control']).toContain('no-store')
  }
  const head = await request.head(link)
  expect([head.status(), head.headers()['set-cookie']]).toEqual([200, undefined])
}

for (const javaScriptEnabled of [true, false])
  test.describe(`a portal link, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, () => {
    test.use({ javaScriptEnabled })

    test('survives scanners, names the person, and works once, by its button', async ({ page, request }) => {
      const operator = new Operator(request)
      const user = `mara-${crypto.randomUUID()}`
      await operator.put(`/users/${user}`, { email: `${user}@e2e.example`, name: 'Mara' })
      const made = await operator.post('/portal-links', { user, page: 'credits' })
      const { url } = await made.json()
      await look(request, url)
      await page.goto(url)
      await expect(page.getByText('This link signs you in as Mara.')).toBeVisible()
      await look(request, url)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await expect(page).toHaveURL(/\/settings\/credits$/)
      await expect(page.getByRole('heading', { name: '1,000 credits left' })).toBeVisible()
      await page.goto(url)
      await expect(page).toHaveURL(/\/signin\?error=link$/)
      await expect(page.getByText('This link no longer works')).toBeVisible()
    })
  })

test('the button of a portal link cannot be pressed from another site', async ({ request }) => {
  const operator = new Operator(request)
  const made = await operator.post('/portal-links', { user: await newPerson(operator), page: 'credits' })
  const { url } = await made.json()
  const headers = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' }
  const refused = await request.post(`${url}/open`, { headers, maxRedirects: 0 })
  expect([refused.status(), refused.headers()['set-cookie']]).toEqual([403, undefined])
  const opened = await request.post(`${url}/open`, {
    headers: { origin: new URL(url).origin },
    maxRedirects: 0,
  })
  expect([opened.status(), opened.headers().location]).toEqual([303, '/settings/credits'])
})

test.describe('a mailed link', () => {
  let mailbox: Mailbox
  let database: DatabaseProcess
  let server: ServerProcess
  test.beforeAll(async () => {
    mailbox = await Mailbox.open()
    database = await DatabaseProcess.open()
    await migrate(database.url)
    server = await ServerProcess.create(database, {
      EMAIL_SERVER: mailbox.address,
      EMAIL_FROM: 'AI Credits <credits@e2e.example>',
      STRIPE_SECRET_KEY: 'sk_test_nobody_buys_here',
      STRIPE_WEBHOOK_SECRET: 'whsec_nobody_buys_here',
      STRIPE_API_URL: 'http://127.0.0.1:9',
    })
    await server.start()
  })
  test.afterAll(async () => {
    await server.kill()
    await database.remove()
    await mailbox.close()
  })

  test('survives scanners and works once, by its button, without JavaScript', async ({
    page,
    request,
    browser,
  }) => {
    await page.goto(`${server.origin}/signin?returnTo=/settings/usage`)
    await page.getByLabel('E-mail address').fill('eve@e2e.example')
    await page.getByRole('button', { name: 'E-mail me a link' }).click()
    await expect(page.getByRole('heading', { name: 'Check your mail' })).toBeVisible()
    const link = mailbox.links().at(-1) ?? ''
    expect(new URL(link).pathname).toBe('/signin/link')
    await look(request, link)
    // The URL that next-auth itself would send, and once did.
    const direct = link.replace('/signin/link', '/api/auth/callback/email')
    await look(request, direct)
    const foreign = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' }
    expect((await request.post(direct, { headers: foreign, maxRedirects: 0 })).status()).toBe(403)

    const reader = await browser.newPage({ javaScriptEnabled: false })
    await reader.goto(link)
    await expect(reader.getByText('This link signs you in as eve@e2e.example.')).toBeVisible()
    await look(request, link)
    await reader.getByRole('button', { name: 'Sign in', exact: true }).click()
    await expect(reader).toHaveURL(`${server.origin}/settings/usage`)
    await expect(reader.getByText('Nothing has been used yet.')).toBeVisible()
    await reader.goto(link)
    await reader.getByRole('button', { name: 'Sign in', exact: true }).click()
    await expect(reader.getByText('This link no longer works')).toBeVisible()
    await reader.close()
  })

  test('signs no one in with a guessed token, and is not found without one', async ({ request }) => {
    const missing = await request.get(`${server.origin}/signin/link`, { maxRedirects: 0 })
    expect(missing.headers().location).toBe('/signin?error=Verification')
    const wrong = `${server.origin}/api/auth/callback/email?token=guess&email=eve%40e2e.example`
    const pressed = await request.post(wrong, { headers: { origin: server.origin }, maxRedirects: 0 })
    expect(pressed.headers().location).toContain('error=Verification')
  })
})
