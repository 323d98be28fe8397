import type { Reference } from '@/lib/api/reference'

/** The anchor of a group, an object or the problems. */
export function anchorOf(kind: 'group' | 'object', name: string): string {
  return `${kind}-${name.toLowerCase()}`
}

/** The path without the common prefix. */
function shortPath(path: string): string {
  return path.replace(/^\/api(\/v1)?/, '')
}

/** Every call by group; on a phone only the groups are shown. */
export function Contents({ groups }: Pick<Reference, 'groups'>) {
  return (
    <nav aria-label="Contents" className="text-label md:max-h-[calc(100dvh-7rem)] md:overflow-y-auto">
      <p className="font-medium">Contents</p>
      <ul className="mt-2 flex flex-wrap gap-x-5 md:block">
        <ContentsLink href="#basics">Basics</ContentsLink>
        {groups.map(({ name, calls }) => (
          <li key={name} className="md:mt-3">
            <a
              href={`#${anchorOf('group', name)}`}
              className="block py-1 text-muted hover:text-ink md:text-ink"
            >
              {name}
            </a>
            <ul className="hidden md:block">
              {calls.map(({ id, method, path }) => (
                <li key={id}>
                  <a href={`#${id}`} className="flex gap-2 py-1 font-mono text-xs text-muted hover:text-ink">
                    <span className="w-11 shrink-0">{method}</span>
                    <span className="min-w-0 break-all">{shortPath(path)}</span>
                  </a>
                </li>
              ))}
            </ul>
          </li>
        ))}
        <ContentsLink href="#objects">Objects</ContentsLink>
        <ContentsLink href="#problems">Problems</ContentsLink>
      </ul>
    </nav>
  )
}

function ContentsLink({ href, children }: { href: string; children: string }) {
  return (
    <li className="md:mt-3 md:first:mt-0">
      <a href={href} className="block py-1 text-muted hover:text-ink md:text-ink">
        {children}
      </a>
    </li>
  )
}
