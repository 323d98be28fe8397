import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { EnvError, loadEnv } from './env'

const dataDir = mkdtempSync(path.join(tmpdir(), 'ai-credits-env-'))
afterAll(() => rmSync(dataDir, { recursive: true }))

const production = {
  DATABASE_URL: 'postgresql://app:secret@db.example.com:5432/credits',
  AUTH_SECRET: 'x'.repeat(32),
  APP_URL: 'https://credits.example.com/',
  STRIPE_SECRET_KEY: 'sk_live_1',
  STRIPE_WEBHOOK_SECRET: 'whsec_1',
}

function problemsOf(source: Record<string, string | undefined>): string {
  try {
    loadEnv(source)
  } catch (error) {
    if (error instanceof EnvError) return error.problems.join('\n')
    throw error
  }
  return ''
}

describe('environment', () => {
  it('defaults to a demo on port 3000 if no variable is set', () => {
    const env = loadEnv({})
    expect(env).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      dataDir: path.resolve('.data'),
      databaseUrl: null,
      isProduction: false,
      isDemo: true,
      appUrl: 'http://127.0.0.1:3000',
      rateLimit: { store: 'memory', keyPerSecond: 20_000 },
      trustedProxies: 0,
      testClock: false,
      allowedOrigins: [],
      operatorEmails: ['olga@demo.example'],
      email: null,
      github: null,
    })
  })

  it('treats an empty variable as unset', () => {
    expect(loadEnv({ PORT: '', DATABASE_URL: '', AUTH_SECRET: '' })).toMatchObject({
      port: 3000,
      isDemo: true,
    })
  })

  it('needs no Stripe in production with BILLING=off', () => {
    const { STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, ...rest } = production
    expect(problemsOf(rest)).toContain('STRIPE_SECRET_KEY is missing')
    expect(loadEnv({ ...rest, BILLING: 'off' }).hasBilling).toBe(false)
    expect(loadEnv(production).hasBilling).toBe(true)
  })

  it('is production with a database, but neither production nor demo with a database and APP_ENV=test', () => {
    expect(loadEnv(production)).toMatchObject({
      isProduction: true,
      isDemo: false,
      appUrl: 'https://credits.example.com',
    })
    expect(loadEnv({ DATABASE_URL: production.DATABASE_URL, APP_ENV: 'test' })).toMatchObject({
      isProduction: false,
      isDemo: false,
    })
  })

  it('names all missing production variables in one message', () => {
    const problems = problemsOf({ DATABASE_URL: production.DATABASE_URL })
    for (const name of ['AUTH_SECRET', 'APP_URL', 'STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'])
      expect(problems).toContain(`${name} is missing`)
  })

  it.each([
    ['a short secret', { AUTH_SECRET: 'x'.repeat(31) }, 'AUTH_SECRET is shorter than 32'],
    ['the test clock', { TEST_CLOCK: 'on' }, 'TEST_CLOCK=on is refused'],
    ['the test catalogue', { TEST_CATALOG: 'prices.json' }, 'TEST_CATALOG is refused'],
    ['an incomplete OAuth client', { GITHUB_ID: 'id' }, 'GITHUB_SECRET is missing'],
    ['an incomplete e-mail set-up', { EMAIL_FROM: 'a@example.com' }, 'EMAIL_SERVER is missing'],
  ])('refuses production with %s', (_, extra, problem) => {
    expect(problemsOf({ ...production, ...extra })).toContain(problem)
  })

  it('accepts NEXTAUTH_URL for APP_URL', () => {
    const env = loadEnv({ ...production, APP_URL: undefined, NEXTAUTH_URL: 'https://other.example.com' })
    expect(env.appUrl).toBe('https://other.example.com')
  })

  it('needs no secrets for `next build`', () => {
    expect(problemsOf({ DATABASE_URL: production.DATABASE_URL, NEXT_PHASE: 'phase-production-build' })).toBe(
      '',
    )
  })

  it.each([
    ['PORT', 'http'],
    ['PORT', '70000'],
    ['DATABASE_URL', 'mysql://localhost/x'],
    ['RATE_LIMIT', 'maybe'],
    ['RATE_LIMIT_STORE', 'redis'],
    ['RATE_LIMIT_KEY_PER_SECOND', '0'],
    ['TRUST_PROXY', 'yes'],
    ['LOG_LEVEL', 'loud'],
    ['METRICS_TOKEN', 'short'],
    ['STRIPE_API_URL', 'not a URL'],
    ['OPENAI_BASE_URL', 'not a URL'],
    ['ALLOWED_ORIGINS', 'https://a.example.com,javascript:alert(1)'],
    ['OPERATOR_EMAILS', 'somebody'],
  ])('refuses %s when it is %s', (name, value) => {
    expect(problemsOf({ [name]: value })).toContain(name)
  })

  it('uses OpenAI only with its key, with configurable models', () => {
    expect(loadEnv({ OPENAI_MODEL: 'other' }).openai).toBeNull()
    expect(loadEnv({ OPENAI_API_KEY: 'sk-x', OPENAI_MODEL: 'other' }).openai).toEqual({
      apiKey: 'sk-x',
      baseUrl: null,
      model: 'other',
      modelAdvanced: 'gpt-5',
      imageModel: 'gpt-image-1',
      speechModel: 'gpt-4o-mini-tts',
    })
  })

  it('accepts a key for the sample apps, optional in production', () => {
    expect(loadEnv(production).sampleAppsKey).toBeNull()
    expect(loadEnv({ ...production, SAMPLE_APPS_KEY: 'sk_x' }).sampleAppsKey).toBe('sk_x')
  })

  it('reads lists and normalises origins and e-mails', () => {
    expect(
      loadEnv({
        ALLOWED_ORIGINS: 'https://a.example.com/x, http://localhost:4000',
        OPERATOR_EMAILS: 'Ann@Example.com',
      }),
    ).toMatchObject({
      allowedOrigins: ['https://a.example.com', 'http://localhost:4000'],
      operatorEmails: ['ann@example.com'],
    })
  })

  it('has default staff only in the demo', () => {
    expect(loadEnv(production).operatorEmails).toEqual([])
    expect(loadEnv({ DATABASE_URL: production.DATABASE_URL, APP_ENV: 'test' }).operatorEmails).toEqual([])
    expect(loadEnv({ OPERATOR_EMAILS: 'ann@example.com' }).operatorEmails).toEqual(['ann@example.com'])
  })

  it('generates the demo secret once, readable by its owner only', () => {
    const secret = loadEnv({ DATA_DIR: dataDir }).authSecret
    const file = path.join(dataDir, 'auth-secret')
    expect(secret).toMatch(/^[0-9a-f]{64}$/)
    expect(readFileSync(file, 'utf8')).toBe(secret)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(loadEnv({ DATA_DIR: dataDir }).authSecret).toBe(secret)
  })
})
