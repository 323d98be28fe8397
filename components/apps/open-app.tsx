import { LinkButton } from '@/components/ui/link-button'

/** A link to a sample app. It is not prefetched, because opening an app creates its starter content. */
export function OpenApp({ name, slug }: { name: string; slug: string }) {
  return (
    <LinkButton size="sm" href={`/apps/${slug}`} prefetch={false} aria-label={`Open ${name}`}>
      Open
    </LinkButton>
  )
}
