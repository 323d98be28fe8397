'use client'

import { createContext, type ReactNode, useContext } from 'react'

const Locale = createContext('en')

/**
 * The reader's locale as the server read it, so that numbers and dates come out the same on the server and in the
 * browser. The root layout provides it.
 */
export function LocaleProvider({ locale, children }: { locale: string; children: ReactNode }) {
  return <Locale.Provider value={locale}>{children}</Locale.Provider>
}

export function useLocale(): string {
  return useContext(Locale)
}
