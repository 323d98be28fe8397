'use client'

import { createContext, type ReactNode, useContext, useEffect } from 'react'
import { SCRIPTS_OFF_COOKIE } from '@/components/ui/scripts-cookie'

const ScriptsOff = createContext(false)

/** Tells the page whether the browser was seen to run no scripts. As soon as it runs this, it does. */
export function ScriptsProvider({ areOff, children }: { areOff: boolean; children: ReactNode }) {
  useEffect(() => {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser.
    if (areOff) document.cookie = `${SCRIPTS_OFF_COOKIE}=; Path=/; Max-Age=0`
  }, [areOff])
  return <ScriptsOff.Provider value={areOff}>{children}</ScriptsOff.Provider>
}

/** True where a part of the page that only a script can draw needs another form. */
export function useScriptsOff(): boolean {
  return useContext(ScriptsOff)
}
