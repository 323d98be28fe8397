'use server'

import { cookies } from 'next/headers'
import { parseTheme, THEME_COOKIE } from '@/components/site/theme'
import { textOf } from '@/lib/auth/form-context'
import { usesSecureCookies } from '@/lib/auth/session'
import { getEnv } from '@/lib/env'

const YEAR_SECONDS = 365 * 24 * 60 * 60

/**
 * Stores the reader's theme in a cookie, which the root layout reads before the first paint. No script is involved, so
 * the page does not flash and the content security policy needs no exception.
 */
export async function setTheme(form: FormData): Promise<void> {
  const theme = parseTheme(textOf(form, 'theme'))
  const jar = await cookies()
  if (theme === 'system') jar.delete(THEME_COOKIE)
  else {
    const secure = usesSecureCookies(getEnv().appUrl)
    jar.set(THEME_COOKIE, theme, { path: '/', maxAge: YEAR_SECONDS, sameSite: 'lax', httpOnly: true, secure })
  }
}
