import { LinkButton } from '@/components/ui/link-button'

/** The way to an app of this site. Not fetched ahead: opening it gives its starter content. */
export function OpenApp({ name, slug }: { name: string; slug: string }) {
  return (
    <LinkButton size="sm" href={`/apps/${slug}`} prefetch={false} aria-label={`Open ${name}`}>
      Open
    </LinkButton>
  )
}
