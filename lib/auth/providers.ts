import type { EmailConfig } from 'next-auth/providers/email'
import type { OAuthConfig, Provider } from 'next-auth/providers/index'
import { createTransport } from 'nodemailer'
import { z } from 'zod'
import type { Env } from '@/lib/env'
import { mailedAddress } from './mailed-link'
import { signInMail } from './sign-in-mail'

/** The lifetime of an e-mailed link. */
const LINK_SECONDS = 24 * 60 * 60

export type SignInWay = 'email' | 'github' | 'google'

/** The configured ways to sign in, in display order. */
export function configuredWays(env: Pick<Env, 'email' | 'github' | 'google'>): SignInWay[] {
  const ways: SignInWay[] = ['github', 'google', 'email']
  return ways.filter((way) => env[way] !== null)
}

/**
 * A profile includes an e-mail only if the provider has verified it. A verified e-mail signs in the existing user with that
 * address. A profile without one is refused before anything is looked up or linked.
 */
export function signInProviders(env: Env): Provider[] {
  const providers: Provider[] = []
  if (env.github) providers.push(github(env.github))
  if (env.google) providers.push(google(env.google))
  if (env.email) providers.push(emailLink(env.email, env.appUrl))
  return providers
}

type Client = { id: string; secret: string }

const githubUser = z.object({
  id: z.number(),
  login: z.string(),
  name: z.string().nullish(),
  avatar_url: z.string().nullish(),
})
const githubEmails = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }))

type GitHubProfile = { id: number; name: string; image?: string; email?: string }

/** The e-mail in GitHub's public profile may be unverified; the list of e-mails says which are verified. */
async function githubProfile(accessToken: string): Promise<GitHubProfile> {
  const ask = async (path: string): Promise<unknown> => {
    const headers = { authorization: `Bearer ${accessToken}`, accept: 'application/vnd.github+json' }
    const response = await fetch(`https://api.github.com${path}`, { headers })
    if (!response.ok) throw new Error(`GitHub answered ${response.status} to ${path}`)
    return response.json()
  }
  const [user, emails] = await Promise.all([ask('/user'), ask('/user/emails')])
  const { id, login, name, avatar_url } = githubUser.parse(user)
  return {
    id,
    name: name ?? login,
    image: avatar_url ?? undefined,
    email: primaryVerified(githubEmails.parse(emails)),
  }
}

export function primaryVerified(emails: z.infer<typeof githubEmails>): string | undefined {
  return emails.find((candidate) => candidate.primary && candidate.verified)?.email
}

function github({ id, secret }: Client): OAuthConfig<GitHubProfile> {
  return {
    id: 'github',
    name: 'GitHub',
    type: 'oauth',
    clientId: id,
    clientSecret: secret,
    issuer: 'https://github.com/login/oauth',
    authorization: {
      url: 'https://github.com/login/oauth/authorize',
      params: { scope: 'read:user user:email' },
    },
    token: 'https://github.com/login/oauth/access_token',
    userinfo: { request: ({ tokens }) => githubProfile(tokens.access_token ?? '') },
    profile: (profile) => ({
      id: String(profile.id),
      name: profile.name,
      email: profile.email?.toLowerCase() ?? null,
      image: profile.image ?? null,
    }),
    allowDangerousEmailAccountLinking: true,
  }
}

type GoogleProfile = {
  sub: string
  name?: string
  email?: string
  email_verified?: boolean
  picture?: string
}

function google({ id, secret }: Client): OAuthConfig<GoogleProfile> {
  return {
    id: 'google',
    name: 'Google',
    type: 'oauth',
    clientId: id,
    clientSecret: secret,
    wellKnown: 'https://accounts.google.com/.well-known/openid-configuration',
    authorization: { params: { scope: 'openid email profile' } },
    idToken: true,
    checks: ['pkce', 'state'],
    profile: googlePerson,
    allowDangerousEmailAccountLinking: true,
  }
}

export function googlePerson(profile: GoogleProfile) {
  const email = profile.email_verified === true ? (profile.email?.toLowerCase() ?? null) : null
  return { id: profile.sub, name: profile.name ?? null, email, image: profile.picture ?? null }
}

function emailLink({ server, from }: { server: string; from: string }, appUrl: string): EmailConfig {
  return {
    id: 'email',
    name: 'Email',
    type: 'email',
    server,
    from,
    maxAge: LINK_SECONDS,
    sendVerificationRequest: async ({ identifier, url }) => {
      await createTransport(server).sendMail({
        to: identifier,
        from,
        ...signInMail(mailedAddress(url, appUrl)),
      })
    },
    options: { server, from },
  }
}
