import { DEMO_PEOPLE, type DemoPerson } from '@/lib/demo/people'
import { LAUNCH_NOTES, PUBLIC_APPS, RECIPE_BOX, type SeedApp } from './apps'
import {
  advancedText,
  chat,
  expertChat,
  images,
  PAGE_READER,
  readPages,
  STORY_STUDIO,
  speech,
  standardText,
  video,
  webSearch,
} from './habits'
import type { Habit } from './plan-uses'

export type SeedPerson = Pick<DemoPerson, 'key' | 'externalId' | 'email' | 'name'> & {
  /** Staff are identified by a verified e-mail address. */
  hasProvedEmail?: boolean
  /** The time since sign-up: six to seven weeks, so that there is a whole period before the current one. */
  signedUpDaysAgo: number
  habits: readonly Habit[]
  apps: readonly SeedApp[]
}

type Life = Pick<SeedPerson, 'signedUpDaysAgo' | 'habits' | 'apps'>

function demoPerson(key: (typeof DEMO_PEOPLE)[number]['key'], life: Life): SeedPerson {
  const person = DEMO_PEOPLE.find((candidate) => candidate.key === key)
  if (!person) throw new Error(`no demo person ${key}`)
  return { ...person, ...life }
}

/** The creator comes first, because her apps must exist before they are used. */
export const CLEO = demoPerson('cleo', {
  signedUpDaysAgo: 49,
  apps: PUBLIC_APPS,
  habits: [
    chat(4, STORY_STUDIO),
    chat(2, PAGE_READER),
    standardText(5, STORY_STUDIO),
    readPages(3, PAGE_READER),
    images(1, STORY_STUDIO),
  ],
})

export const ADA = demoPerson('ada', {
  signedUpDaysAgo: 46,
  apps: [RECIPE_BOX],
  habits: [
    chat(5, RECIPE_BOX.slug),
    standardText(14, RECIPE_BOX.slug),
    standardText(8, STORY_STUDIO),
    readPages(3, PAGE_READER, { variants: 4 }),
    webSearch(3, RECIPE_BOX.slug),
  ],
})

export const SAM = demoPerson('sam', {
  signedUpDaysAgo: 46,
  apps: [LAUNCH_NOTES],
  habits: [
    chat(12, LAUNCH_NOTES.slug),
    chat(3, LAUNCH_NOTES.slug, { hold: 'spare' }),
    expertChat(6, LAUNCH_NOTES.slug),
    expertChat(2, LAUNCH_NOTES.slug, { hold: 'over' }),
    standardText(18, LAUNCH_NOTES.slug),
    standardText(10, STORY_STUDIO),
    standardText(8, null, { variants: 6 }),
    advancedText(9, LAUNCH_NOTES.slug),
    advancedText(6, STORY_STUDIO),
    webSearch(8, LAUNCH_NOTES.slug),
    webSearch(3, PAGE_READER),
    readPages(6, PAGE_READER),
    images(5, STORY_STUDIO),
    images(3, LAUNCH_NOTES.slug, 'advanced'),
    video(2, STORY_STUDIO),
    video(1.4, LAUNCH_NOTES.slug, 'advanced'),
    speech(4, STORY_STUDIO),
  ],
})

/** The person without any history. */
export const NOVA = demoPerson('nova', { signedUpDaysAgo: 0, apps: [], habits: [] })

/** The staff member, who acts on other people's accounts. */
export const OLGA: SeedPerson = {
  ...demoPerson('olga', { signedUpDaysAgo: 49, apps: [], habits: [] }),
  hasProvedEmail: true,
}

const READS_STORIES: Habit[] = [
  standardText(10, STORY_STUDIO),
  images(2, STORY_STUDIO),
  speech(2, STORY_STUDIO),
  chat(0.6, null),
]

const READS_PAGES: Habit[] = [
  ...READS_STORIES,
  readPages(6, PAGE_READER),
  webSearch(2, PAGE_READER),
  standardText(4, PAGE_READER),
]

/**
 * Other users of Cleo's apps; no one signs in as them. All of them use Story Studio; so few use Page Reader that its figures
 * are hidden from Cleo.
 */
export const BACKGROUND: readonly SeedPerson[] = (
  [
    ['ines', 'Ines', 47, READS_PAGES],
    ['jonas', 'Jonas', 46, READS_STORIES],
    ['mei', 'Mei', 45, READS_STORIES],
    ['omar', 'Omar', 44, READS_STORIES],
    ['petra', 'Petra', 43, READS_STORIES],
    ['ravi', 'Ravi', 42, READS_STORIES],
    ['sofia', 'Sofia', 42, READS_STORIES],
    ['tomas', 'Tomás', 47, READS_STORIES],
  ] as const
).map(([key, name, signedUpDaysAgo, habits]) => ({
  key,
  name,
  externalId: `demo-${key}`,
  email: `${key}@demo.example`,
  signedUpDaysAgo,
  habits,
  apps: [],
}))

export const EVERYBODY: readonly SeedPerson[] = [CLEO, ...BACKGROUND, ADA, SAM, NOVA, OLGA]
