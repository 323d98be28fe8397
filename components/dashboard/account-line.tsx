import { Button } from '@/components/ui/button'

/** The signed-in account with a sign-out button, which works without scripts. */
export function AccountLine({ email }: { email: string }) {
  return (
    <div className="flex items-center justify-between gap-3 md:block">
      <p className="min-w-0 truncate text-label text-muted md:px-3" title={email}>
        {email}
      </p>
      <form method="post" action="/signin/out" className="shrink-0 md:mt-1">
        <Button type="submit" variant="ghost" size="sm" className="text-muted">
          Sign out
        </Button>
      </form>
    </div>
  )
}
