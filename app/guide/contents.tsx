import { getEnv } from '@/lib/env'

/** The topics in page order. Other pages link to these anchors, so they must not change. */
export const topics = [
  { id: 'credits', title: 'What credits are' },
  { id: 'costs', title: 'What each operation costs' },
  { id: 'holds', title: 'How an operation is paid for' },
  { id: 'reset', title: 'The monthly reset' },
  { id: 'plans', title: 'Plans' },
  { id: 'packs', title: 'Packs, and what is spent first' },
  { id: 'who-pays', title: 'Who pays' },
  { id: 'premium', title: 'What the premium is for' },
  { id: 'rewards', title: 'Creators and rewards' },
  { id: 'privacy', title: 'What creators can see' },
  { id: 'zero', title: 'When credits run out' },
  { id: 'refunds', title: 'Refunds' },
] as const

export type TopicId = (typeof topics)[number]['id']

export function Contents() {
  return (
    <nav aria-label="Contents" className="text-label">
      <p className="font-medium">Contents</p>
      <ol className="mt-2 columns-1 gap-x-6 min-[480px]:columns-2 md:columns-1">
        {topics.map((topic) => (
          <li key={topic.id} className="break-inside-avoid">
            <a href={`#${topic.id}`} className="block py-1 text-muted hover:text-ink">
              {titleOf(topic.id)}
            </a>
          </li>
        ))}
      </ol>
    </nav>
  )
}

export function titleOf(id: TopicId): string {
  if (id === 'packs' && !getEnv().hasBilling) return 'What is spent first'
  return topics.find((topic) => topic.id === id)?.title ?? ''
}
