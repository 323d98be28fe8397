'use client'

import { createContext, type ReactNode, useContext, useEffect } from 'react'
import { SCRIPTS_OFF_COOKIE } from '@/components/ui/scripts-cookie'

const ScriptsOff = createContext(false)

/** Tells components whether the browser runs no scripts. If this provider's effect runs, the browser does. */
export function ScriptsProvider({ areOff, children }: { areOff: boolean; children: ReactNode }) {
  useEffect(() => {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser.
    if (areOff) document.cookie = `${SCRIPTS_OFF_COOKIE}=; Path=/; Max-Age=0`
  }, [areOff])
  return <ScriptsOff.Provider value={areOff}>{children}</ScriptsOff.Provider>
}

/** Returns true if content that needs scripts must be shown in another form. */
export function useScriptsOff(): boolean {
  return useContext(ScriptsOff)
}
