import { appPages } from '@/tools/app-pages'
import { onCheckout } from './fixtures/checkout'
import { Operator } from './fixtures/operator'
import { newPerson, signIn } from './fixtures/people'
import { expect, test } from './fixtures/test'

const FOREIGN = 'https://elsewhere.example'

/** The public pages. Anything added here is visible to everyone. */
const PUBLIC = ['/', '/pricing', '/guide', '/signin', '/signin/sent', '/apps', '/docs/api']

/** Every page in the sources by its path, with an impossible value for each parameter. */
const pages = appPages().map((route) => route.replace(/\[[^\]]*\]/g, 'nobody'))

test.describe('a visitor', () => {
  for (const address of pages)
    test(`${PUBLIC.includes(address) ? 'can see' : 'cannot see'} ${address}`, async ({ request }) => {
      const answer = await request.get(address, { maxRedirects: 0 })
      if (PUBLIC.includes(address)) expect(answer.status()).toBe(200)
      else if (answer.status() !== 404) {
        expect([303, 307]).toContain(answer.status())
        const { location } = answer.headers()
        // /settings redirects to its first page, which redirects to the sign-in page.
        expect(location).toMatch(
          address === '/settings' ? /^\/settings\/credits$/ : /^\/signin\?(returnTo=%2F|error=)/,
        )
      }
    })
})

test('pages, API answers and files carry security headers', async ({ request }) => {
  const page = (await request.get('/pricing')).headers()
  const policy = page['content-security-policy'] ?? ''
  const scripts = /script-src ([^;]*)/.exec(policy)?.[1]
  expect(scripts).toMatch(/^'self' 'nonce-[A-Za-z0-9+/]{22}==' 'strict-dynamic'$/)
  for (const rule of ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"])
    expect(policy).toContain(rule)
  expect(policy).toMatch(/form-action 'self' https:\/\/checkout\.stripe\.com https:\/\/billing\.stripe\.com/)
  expect(page).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'strict-origin-when-cross-origin',
    'permissions-policy': expect.stringContaining('camera=()'),
    'x-request-id': expect.stringMatching(/^[\w-]{36}$/),
  })
  // Browsers ignore this header over plain http.
  expect(page).not.toHaveProperty('strict-transport-security')
  for (const answer of ['/api/v1/operations', '/api/v1/nowhere', '/api/openapi.json', '/api/metrics'])
    expect((await request.get(answer)).headers(), answer).toMatchObject({
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    })
  const file =
    /\/_next\/static\/chunks\/[^"]+\.js/.exec(await (await request.get('/pricing')).text())?.[0] ?? ''
  const { 'cache-control': cached, 'x-content-type-options': sniffing } = (await request.get(file)).headers()
  expect(cached).toContain('immutable')
  expect(sniffing).toBe('nosniff')
  // Every page has its own nonce.
  expect((await request.get('/pricing')).headers()['content-security-policy']).not.toBe(policy)
})

test.describe('an injected script', () => {
  // React reports the injected element.
  test.use({ expectedConsoleErrors: [/Content Security Policy|Minified React error #418/] })

  test('does not run', async ({ page }) => {
    const smuggled = `<script>document.title = 'smuggled'</script><img src="data:," onerror="document.title = 'smuggled'">`
    await page.route('**/pricing', async (route) => {
      const answer = await route.fetch()
      const body = (await answer.text()).replace('</main>', `${smuggled}</main>`)
      expect(body).toContain(smuggled)
      await route.fulfill({ response: answer, body })
    })
    await page.goto('/pricing')
    await page.waitForLoadState('networkidle')
    expect(await page.title()).not.toBe('smuggled')
  })
})

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false })

  test('a purchase form still leads to Stripe', async ({ page, request }) => {
    const operator = new Operator(request)
    const user = await newPerson(operator)
    await signIn(page, operator, { user, to: 'billing' })
    await page.getByRole('button', { name: /^Buy 2,000 credits/ }).click()
    await onCheckout(page)
  })
})

test.describe('another site whose requests include the cookie', () => {
  test('cannot submit our forms', async ({ page, request }) => {
    const operator = new Operator(request)
    const user = await newPerson(operator)
    await signIn(page, operator, { user, to: 'billing' })
    const html = await (await page.request.get('/settings/billing')).text()
    const form = /<form[^>]*>(?:(?!<\/form>).)*name="pack"(?:(?!<\/form>).)*<\/form>/s.exec(html)?.[0] ?? ''
    const multipart: Record<string, string> = {}
    for (const [input] of form.matchAll(/<input[^>]*>/g)) {
      const attribute = (name: string) => new RegExp(` ${name}="([^"]*)"`).exec(input)?.[1] ?? ''
      multipart[attribute('name')] = attribute('value').replaceAll('&quot;', '"').replaceAll('&amp;', '&')
    }
    expect(Object.keys(multipart)).toContain('pack')
    const press = (origin: string) =>
      page.request.post('/settings/billing', { multipart, headers: { origin }, maxRedirects: 0 })
    const refused = await press(FOREIGN)
    expect(refused.headers().location ?? '').toBe('')
    expect(refused.status()).toBeGreaterThanOrEqual(400)
    // The same form works from our own page.
    const { origin } = new URL(page.url())
    expect((await press(origin)).status()).toBe(303)
  })

  test('cannot sign anyone in or out', async ({ page, request }) => {
    const operator = new Operator(request)
    await signIn(page, operator, { user: await newPerson(operator), to: 'credits' })
    const headers = { origin: FOREIGN, 'sec-fetch-site': 'cross-site' }
    expect((await page.request.post('/signin/out', { headers })).status()).toBe(403)
    await page.request.post('/api/auth/signout', { headers, form: { csrfToken: 'guessed' } })
    expect((await page.request.get('/api/v1/balance')).status()).toBe(200)
    const entered = await page.request.post('/signin/demo', { headers, form: { person: 'ada' } })
    expect(entered.status()).toBe(403)
    expect(entered.headers()['set-cookie']).toBeUndefined()
  })
})
