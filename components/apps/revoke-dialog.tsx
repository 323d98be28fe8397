'use client'

import { useActionState, useEffect, useState } from 'react'
import { type AppAction, appLinkId, NOTHING_DONE, type UsedAppRow } from '@/components/apps/app-json'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Form } from '@/components/ui/form'
import { nameInText } from '@/lib/names'

type RevokeDialogProps = { app: UsedAppRow; action: AppAction }

/** Asks for confirmation before revoking an app's access, and says what remains. */
export function RevokeDialog({ app, action }: RevokeDialogProps) {
  const [open, setOpen] = useState(false)
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={`Revoke access for ${nameInText(app.name)}?`}
      description="The app cannot start anything new until you allow it again; work already under way is still charged. If you use the app through another platform, that platform may ask for access on your behalf again; to prevent this, pause the app. You keep what you made in it, and its charges stay in your history."
      onCloseAutoFocus={(event) => {
        if (app.consent === 'given') return
        // The button that opened the dialog disappears when access is revoked.
        event.preventDefault()
        document.getElementById(appLinkId(app.id))?.focus()
      }}
      trigger={
        app.consent === 'given' && (
          <Button size="sm" aria-label={`Revoke access for ${app.name}`}>
            Revoke access
          </Button>
        )
      }
    >
      <RevokeForm app={app} action={action} onDone={() => setOpen(false)} />
    </Dialog>
  )
}

function RevokeForm({ app, action, onDone }: RevokeDialogProps & { onDone: () => void }) {
  const [outcome, submit, isPending] = useActionState(action, NOTHING_DONE)
  useEffect(() => {
    if (outcome.done > 0) onDone()
  }, [outcome, onDone])
  return (
    <Form action={submit}>
      <input type="hidden" name="app" value={app.id} />
      {outcome.message && (
        <p role="alert" className="mb-4 text-label text-bad">
          {outcome.message}
        </p>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onDone}>Keep it</Button>
        <Button type="submit" variant="danger" busy={isPending}>
          {isPending ? 'Revoking…' : 'Revoke access'}
        </Button>
      </div>
    </Form>
  )
}
