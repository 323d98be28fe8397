'use client'

import { signIn } from 'next-auth/react'
import { type FormEvent, useState } from 'react'
import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/field'

type WayProps = { returnTo: string }

/** Redirects to GitHub or Google, and back to `returnTo`. */
export function ProviderButton({ provider, name, returnTo }: WayProps & { provider: string; name: string }) {
  const [busy, setBusy] = useState(false)
  const start = () => {
    setBusy(true)
    signIn(provider, { callbackUrl: returnTo }).catch(() => setBusy(false))
  }
  return (
    <Button className="w-full" busy={busy} onClick={start}>
      Continue with {name}
    </Button>
  )
}

/** Requests a link by e-mail; next-auth then shows its confirmation page. */
export function EmailForm({ returnTo }: WayProps) {
  const [busy, setBusy] = useState(false)
  const start = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    setBusy(true)
    const email = new FormData(event.currentTarget).get('email')
    signIn('email', { email, callbackUrl: returnTo }).catch(() => setBusy(false))
  }
  return (
    <form onSubmit={start} className="grid gap-3">
      <Input
        label="E-mail address"
        hint="We send you a link that signs you in. There is no password."
        name="email"
        type="email"
        autoComplete="email"
        required
      />
      <Button type="submit" variant="primary" busy={busy}>
        E-mail me a link
      </Button>
    </form>
  )
}
