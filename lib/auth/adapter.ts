import { PrismaAdapter } from '@auth/prisma-adapter'
import type { Adapter, AdapterAccount, AdapterSession, AdapterUser } from 'next-auth/adapters'
import type { Context } from '@/lib/context'
import type { PrismaClient } from '@/lib/db/generated/client'
import { shownName } from '@/lib/names'
import { createUser } from '@/lib/users/create-user'
import { deleteSession, sessionExpiry } from './session'

/** next-auth's storage: the product's tables, with its own rules for users and sessions. */
export function createAdapter(prisma: PrismaClient, contextNow: () => Context): Adapter {
  // The adapter's "account" is a sign-in at a provider; everywhere else an account is a credits account.
  const tables = {
    user: prisma.user,
    account: prisma.oauthAccount,
    session: prisma.session,
    verificationToken: prisma.verificationToken,
  }
  const stored = PrismaAdapter(tables as unknown as Parameters<typeof PrismaAdapter>[0]) as unknown as Adapter
  return {
    ...stored,
    /** Every new user gets a credits account. Only verified e-mails get here (see `providers.ts`). */
    createUser: async (profile: Omit<AdapterUser, 'id'>): Promise<AdapterUser> => {
      const ctx = contextNow()
      const emailVerified = profile.emailVerified ?? ctx.clock.now()
      const { image = null, email } = profile
      const name = shownName(profile.name ?? null)
      const user = await createUser(ctx, { email, name, image, emailVerified, externalId: null })
      return { id: user.id, email: user.email, name: user.name, image, emailVerified }
    },
    getUserByEmail: async (email) => (await stored.getUserByEmail?.(email.toLowerCase())) ?? null,
    linkAccount: async (account: AdapterAccount): Promise<void> => {
      await stored.linkAccount?.(knownColumns(account))
    },
    createSession: async ({ sessionToken, userId }): Promise<AdapterSession> => {
      const ctx = contextNow()
      const session = { sessionToken, userId, expires: sessionExpiry(ctx) }
      await prisma.session.deleteMany({ where: { userId, expires: { lte: ctx.clock.now() } } })
      await prisma.session.create({ data: session })
      return session
    },
    deleteSession: (sessionToken) => deleteSession(contextNow().pool, sessionToken),
  }
}

/** Records that an e-mail is verified, if it is the user's current one. */
export async function proveEmail(ctx: Context, input: { userId: string; email: string }): Promise<void> {
  await ctx.pool.query({
    name: 'prove-email',
    text: 'update users set email_verified = $3 where id = $1 and email = $2 and email_verified is null',
    values: [input.userId, input.email.toLowerCase(), ctx.clock.now()],
  })
}

/** Stores only the provider's user id. The provider's tokens are never used here and could only leak. */
function knownColumns({ userId, type, provider, providerAccountId, scope }: AdapterAccount): AdapterAccount {
  return { userId, type, provider, providerAccountId, scope }
}
