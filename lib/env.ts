import path from 'node:path'
import { z } from 'zod'
import { keptSecret } from './kept-secret'

/** A shorter secret could be guessed offline from a signed value; 32 characters are 128 bits even in hex. */
const AUTH_SECRET_LENGTH_MIN = 32
/** An attacker can keep guessing this token without a time limit. */
const METRICS_TOKEN_LENGTH_MIN = 16

/** An empty variable counts as unset, because compose files and CI pass empty values for missing ones. */
const text = z.preprocess((value) => (value === '' ? undefined : value), z.string().trim().min(1).optional())
const list = text.transform((value) =>
  (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
)
const count = (usual: number) =>
  text.pipe(z.coerce.number<string | undefined>().int().min(1).max(1_000_000_000).default(usual))
const address = text.pipe(z.url({ protocol: /^https?$/ }).optional())

const variables = z.object({
  PORT: text.pipe(z.coerce.number<string | undefined>().int().min(1).max(65_535).default(3000)),
  HOST: text.pipe(z.string().default('127.0.0.1')),
  DATA_DIR: text.pipe(z.string().default('.data')),
  DATABASE_URL: text.pipe(z.url({ protocol: /^postgres(ql)?$/ }).optional()),
  APP_ENV: text,
  APP_URL: address,
  NEXTAUTH_URL: address,
  AUTH_SECRET: text,
  RATE_LIMIT: text.pipe(z.enum(['on', 'off']).default('on')),
  RATE_LIMIT_STORE: text.pipe(z.enum(['memory', 'postgres']).default('memory')),
  RATE_LIMIT_KEY_PER_SECOND: count(20_000),
  RATE_LIMIT_USER_PER_MINUTE: count(600),
  RATE_LIMIT_ADDRESS_PER_MINUTE: count(3_000),
  RATE_LIMIT_SIGN_IN_PER_MINUTE: count(20),
  RATE_LIMIT_CHECKOUT_PER_MINUTE: count(10),
  TRUST_PROXY: text.pipe(z.coerce.number<string | undefined>().int().min(0).max(10).default(0)),
  LOG_LEVEL: text.pipe(z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info')),
  METRICS_TOKEN: text.pipe(z.string().min(METRICS_TOKEN_LENGTH_MIN).optional()),
  TEST_CLOCK: text.pipe(z.enum(['on', 'off']).default('off')),
  TEST_CATALOG: text,
  BILLING: text.pipe(z.enum(['on', 'off']).default('on')),
  STRIPE_SECRET_KEY: text,
  STRIPE_WEBHOOK_SECRET: text,
  STRIPE_API_URL: address,
  STRIPE_TAX: text.pipe(z.enum(['on', 'off']).default('off')),
  STRIPE_PROMOTION_CODES: text.pipe(z.enum(['on', 'off']).default('off')),
  WEBHOOKS_TO_PRIVATE: text.pipe(z.enum(['on', 'off']).optional()),
  WORKER: text.pipe(z.enum(['on', 'off']).default('on')),
  ALLOWED_ORIGINS: list.pipe(
    z.array(z.url({ protocol: /^https?$/ }).transform((url) => new URL(url).origin)),
  ),
  OPERATOR_EMAILS: list.pipe(z.array(z.email().transform((email) => email.toLowerCase()))),
  EMAIL_SERVER: text,
  EMAIL_FROM: text,
  GITHUB_ID: text,
  GITHUB_SECRET: text,
  GOOGLE_CLIENT_ID: text,
  GOOGLE_CLIENT_SECRET: text,
  SAMPLE_APPS_KEY: text,
  OPENAI_API_KEY: text,
  OPENAI_BASE_URL: address,
  OPENAI_MODEL: text.pipe(z.string().default('gpt-5-mini')),
  OPENAI_MODEL_ADVANCED: text.pipe(z.string().default('gpt-5')),
  OPENAI_IMAGE_MODEL: text.pipe(z.string().default('gpt-image-1')),
  OPENAI_SPEECH_MODEL: text.pipe(z.string().default('gpt-4o-mini-tts')),
})

/** Every variable that the product reads. */
export const VARIABLES = Object.keys(variables.shape)

/** The demo's default staff: its support person, as whom anyone can sign in. */
const DEMO_STAFF = 'olga@demo.example'

/** The rate limits (see lib/http/rate-limit.ts). */
export type RateLimitSettings = {
  store: 'memory' | 'postgres'
  keyPerSecond: number
  userPerMinute: number
  addressPerMinute: number
  signInPerMinute: number
  checkoutPerMinute: number
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** A `baseUrl` of null means OpenAI itself. The models serve standard operations, advanced operations, images and speech. */
export type OpenAiSettings = {
  apiKey: string
  baseUrl: string | null
  model: string
  modelAdvanced: string
  imageModel: string
  speechModel: string
}

type OAuthClient = { id: string; secret: string }

/** The configuration of a process; docs/api.md, "Operations", describes the variables that outside programs rely on. */
export type Env = {
  port: number
  host: string
  /** The absolute path of the demo's database and generated secret; unused in production. */
  dataDir: string
  /** Null means the demo's embedded PostgreSQL. */
  databaseUrl: string | null
  /** True if `DATABASE_URL` is set and `APP_ENV` is not `test`. */
  isProduction: boolean
  /** True without `DATABASE_URL`: demo people are seeded and demo sign-in is offered. */
  isDemo: boolean
  /** The public URL of the product, without a trailing slash. */
  appUrl: string
  /** Null turns off rate limits. */
  rateLimit: RateLimitSettings | null
  /** The number of our own proxies in front that append to X-Forwarded-For; 0 trusts none. */
  trustedProxies: number
  logLevel: LogLevel
  /** The bearer token that metric scrapers must send; null leaves the metrics open. */
  metricsToken: string | null
  testClock: boolean
  /** False if the platform does its own billing: nothing is sold here, and Stripe is never asked. */
  hasBilling: boolean
  /** Null outside production means the local sandbox. */
  stripe: {
    secretKey: string | null
    webhookSecret: string | null
    apiUrl: string | null
    /** True if checkout and portal collect tax, address and tax id. */
    asksTax: boolean
    /** True if checkout accepts promotion codes. */
    takesCodes: boolean
  }
  /** True if the server runs due work itself; if false, `npm run worker` does. */
  runsWorker: boolean
  /** True if events may be delivered by `http` and to private addresses: by default outside production. */
  webhooksToPrivate: boolean
  allowedOrigins: string[]
  /** The staff's verified e-mails, in lower case; in the demo, its support person by default. */
  operatorEmails: string[]
  /** Null turns off e-mail sign-in. */
  email: { server: string; from: string } | null
  github: OAuthClient | null
  google: OAuthClient | null
  /**
   * The secret key of the sample apps and the editor. If null outside production, they generate a key and keep it in
   * `DATA_DIR`.
   */
  sampleAppsKey: string | null
  /** Null means that the sample apps and the editor use the built-in local AI. */
  openai: OpenAiSettings | null
  /** Signs sessions and tokens. Outside production it is generated once and kept in `DATA_DIR`. */
  readonly authSecret: string
}

/** A configuration error that the operator can correct; its message says how. */
export class SetupError extends Error {}

/** Thrown for an invalid environment; `problems` names every variable at fault. */
export class EnvError extends SetupError {
  override readonly name = 'EnvError'
  constructor(readonly problems: string[]) {
    super(`The configuration is incomplete:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
  }
}

type Variables = z.infer<typeof variables>
type PairName =
  | 'GITHUB_ID'
  | 'GITHUB_SECRET'
  | 'GOOGLE_CLIENT_ID'
  | 'GOOGLE_CLIENT_SECRET'
  | 'EMAIL_SERVER'
  | 'EMAIL_FROM'

const PAIRS: [PairName, PairName][] = [
  ['GITHUB_ID', 'GITHUB_SECRET'],
  ['GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET'],
  ['EMAIL_SERVER', 'EMAIL_FROM'],
]

/** An incomplete pair would silently disable a way to sign in. */
function brokenPairs(parsed: Variables): string[] {
  return PAIRS.flatMap(([one, other]) => {
    if (Boolean(parsed[one]) === Boolean(parsed[other])) return []
    return [`${parsed[one] ? other : one} is missing: ${one} and ${other} must be set together or not at all`]
  })
}

function missingInProduction(parsed: Variables): string[] {
  const problems: string[] = []
  if (!parsed.AUTH_SECRET) problems.push('AUTH_SECRET is missing (openssl rand -hex 32)')
  else if (parsed.AUTH_SECRET.length < AUTH_SECRET_LENGTH_MIN)
    problems.push(`AUTH_SECRET is shorter than ${AUTH_SECRET_LENGTH_MIN} characters (openssl rand -hex 32)`)
  if (!parsed.APP_URL && !parsed.NEXTAUTH_URL)
    problems.push('APP_URL is missing: the address people open (or NEXTAUTH_URL)')
  if (parsed.BILLING === 'on') {
    if (!parsed.STRIPE_SECRET_KEY) problems.push('STRIPE_SECRET_KEY is missing (or set BILLING=off)')
    if (!parsed.STRIPE_WEBHOOK_SECRET) problems.push('STRIPE_WEBHOOK_SECRET is missing (or set BILLING=off)')
  }
  if (parsed.TEST_CLOCK === 'on')
    problems.push('TEST_CLOCK=on is refused in production: it would move time for everybody')
  if (parsed.TEST_CATALOG) problems.push('TEST_CATALOG is refused in production: its prices are for tests')
  return problems
}

function oauthClient(id: string | undefined, secret: string | undefined): OAuthClient | null {
  return id && secret ? { id, secret } : null
}

function rateLimitOf(parsed: Variables): RateLimitSettings | null {
  if (parsed.RATE_LIMIT === 'off') return null
  return {
    store: parsed.RATE_LIMIT_STORE,
    keyPerSecond: parsed.RATE_LIMIT_KEY_PER_SECOND,
    userPerMinute: parsed.RATE_LIMIT_USER_PER_MINUTE,
    addressPerMinute: parsed.RATE_LIMIT_ADDRESS_PER_MINUTE,
    signInPerMinute: parsed.RATE_LIMIT_SIGN_IN_PER_MINUTE,
    checkoutPerMinute: parsed.RATE_LIMIT_CHECKOUT_PER_MINUTE,
  }
}

function openAiOf(parsed: Variables): OpenAiSettings | null {
  if (!parsed.OPENAI_API_KEY) return null
  return {
    apiKey: parsed.OPENAI_API_KEY,
    baseUrl: parsed.OPENAI_BASE_URL ?? null,
    model: parsed.OPENAI_MODEL,
    modelAdvanced: parsed.OPENAI_MODEL_ADVANCED,
    imageModel: parsed.OPENAI_IMAGE_MODEL,
    speechModel: parsed.OPENAI_SPEECH_MODEL,
  }
}

/** Parses the environment. Throws an `EnvError` naming every missing or malformed variable. */
export function loadEnv(source: Record<string, string | undefined> = process.env): Env {
  const result = variables.safeParse(source)
  if (!result.success)
    throw new EnvError(result.error.issues.map((issue) => `${issue.path[0]?.toString()}: ${issue.message}`))
  const parsed = result.data
  const isProduction = parsed.DATABASE_URL !== undefined && parsed.APP_ENV !== 'test'
  // `next build` imports every route to collect its data; a build machine has no secrets.
  const isBuild = source.NEXT_PHASE === 'phase-production-build'
  const problems = brokenPairs(parsed)
  if (isProduction && !isBuild) problems.push(...missingInProduction(parsed))
  if (problems.length > 0) throw new EnvError(problems)

  const isDemo = parsed.DATABASE_URL === undefined
  const dataDir = path.resolve(parsed.DATA_DIR)
  const appUrl = (parsed.APP_URL ?? parsed.NEXTAUTH_URL ?? `http://127.0.0.1:${parsed.PORT}`).replace(
    /\/+$/,
    '',
  )
  let authSecret = parsed.AUTH_SECRET
  return {
    port: parsed.PORT,
    host: parsed.HOST,
    dataDir,
    databaseUrl: parsed.DATABASE_URL ?? null,
    isProduction,
    isDemo,
    appUrl,
    rateLimit: rateLimitOf(parsed),
    trustedProxies: parsed.TRUST_PROXY,
    logLevel: parsed.LOG_LEVEL,
    metricsToken: parsed.METRICS_TOKEN ?? null,
    testClock: parsed.TEST_CLOCK === 'on',
    hasBilling: parsed.BILLING === 'on',
    stripe: {
      secretKey: parsed.STRIPE_SECRET_KEY ?? null,
      webhookSecret: parsed.STRIPE_WEBHOOK_SECRET ?? null,
      apiUrl: parsed.STRIPE_API_URL ?? null,
      asksTax: parsed.STRIPE_TAX === 'on',
      takesCodes: parsed.STRIPE_PROMOTION_CODES === 'on',
    },
    runsWorker: parsed.WORKER === 'on',
    webhooksToPrivate:
      parsed.WEBHOOKS_TO_PRIVATE === undefined ? !isProduction : parsed.WEBHOOKS_TO_PRIVATE === 'on',
    allowedOrigins: parsed.ALLOWED_ORIGINS,
    operatorEmails: isDemo && parsed.OPERATOR_EMAILS.length === 0 ? [DEMO_STAFF] : parsed.OPERATOR_EMAILS,
    email:
      parsed.EMAIL_SERVER && parsed.EMAIL_FROM
        ? { server: parsed.EMAIL_SERVER, from: parsed.EMAIL_FROM }
        : null,
    github: oauthClient(parsed.GITHUB_ID, parsed.GITHUB_SECRET),
    google: oauthClient(parsed.GOOGLE_CLIENT_ID, parsed.GOOGLE_CLIENT_SECRET),
    sampleAppsKey: parsed.SAMPLE_APPS_KEY ?? null,
    openai: openAiOf(parsed),
    get authSecret() {
      authSecret ??= keptSecret(path.join(dataDir, 'auth-secret'), 32)
      return authSecret
    },
  }
}

let current: Env | undefined

/** The environment of this process, parsed on first use. */
export function getEnv(): Env {
  current ??= loadEnv()
  return current
}
