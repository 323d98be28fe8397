import type { Context } from '@/lib/context'
import { newUuid, publicId } from '@/lib/ids'
import { changeProject } from '@/lib/studio/change-project'
import type { AppKind } from '@/lib/studio/choices'
import { createProject } from '@/lib/studio/create-project'
import type { DesignChanges } from '@/lib/studio/design'
import { keepTurn } from '@/lib/studio/messages'
import { publishProject } from '@/lib/studio/publish-project'
import { PAGE_READER, STORY_STUDIO } from './habits'

/** A demo app, made in the editor by one of the demo people. */
export type SeedApp = {
  slug: string
  visibility: 'private' | 'unlisted' | 'public'
  kind: AppKind
  design: DesignChanges & { name: string }
  /** The messages in its editor. */
  said?: readonly { asked: string; answered: string }[]
}

export const RECIPE_BOX: SeedApp = {
  slug: 'recipe-box',
  visibility: 'private',
  kind: 'text',
  design: {
    name: 'Recipe Box',
    tagline: 'Dinners from what is in the kitchen, and the ones worth making again.',
    placeholder: 'Three eggs, half a leek and some rice: what can I make?',
    color: 'amber',
    starters: [
      { title: 'Leek and rice', body: 'Fry the leek slowly in butter, stir in the rice, top with an egg.' },
    ],
  },
}

export const LAUNCH_NOTES: SeedApp = {
  slug: 'launch-notes',
  visibility: 'unlisted',
  kind: 'text',
  design: {
    name: 'Launch Notes',
    tagline: 'Release notes that people outside the team understand.',
    placeholder: 'What changed in this release?',
    color: 'blue',
    starters: [
      {
        title: 'How we write',
        body: 'What changed, whom it helps, what to do. No version numbers in titles.',
      },
      {
        title: 'Next release',
        body: 'Faster search. Invoices as PDF. The old export goes at the end of the month.',
      },
    ],
  },
  said: [
    {
      asked: 'A writing app called Launch Notes, in blue, with two starter notes',
      answered:
        'I created the app and filled in what people find first. Look at the preview; publish it when you like it.',
    },
    {
      asked: 'Set the tagline to "Release notes that people outside the team understand."',
      answered: 'I changed what it says about itself. Look at the preview; publish it when you like it.',
    },
  ],
}

export const PUBLIC_APPS: readonly SeedApp[] = [
  {
    slug: STORY_STUDIO,
    visibility: 'public',
    kind: 'media',
    design: {
      name: 'Story Studio',
      tagline: 'Pictures, voices and short clips for the stories you tell.',
      placeholder: 'A lighthouse on a cliff at dusk, a small boat coming home',
      color: 'rose',
      starters: [
        { title: 'The keeper', body: 'A lighthouse keeper who has never seen the sea by day.' },
        { title: 'Two foxes', body: 'Two foxes share an umbrella in the rain and miss the last tram.' },
      ],
    },
  },
  {
    slug: PAGE_READER,
    visibility: 'public',
    kind: 'text',
    design: {
      name: 'Page Reader',
      tagline: 'Reads long pages, looks things up, and writes down what matters.',
      placeholder: 'What should be written, or looked up?',
      color: 'teal',
      starters: [
        {
          title: 'How to use it',
          body: 'Give it the address of a page, or ask a question and let it search.',
        },
        {
          title: 'Reading list',
          body: 'Keep what you want to read next here. Writing it down costs nothing.',
        },
      ],
    },
  },
]

/** Makes an app as its creator would: first in the editor, then by publishing it. */
export async function makeApp(ctx: Context, ownerId: string, app: SeedApp): Promise<void> {
  const { slug, visibility, kind, design, said = [] } = app
  const { id } = await createProject(ctx, { ownerId, kind })
  const project = publicId('project', id)
  for (const turn of said) await keepTurn(ctx, { project, actionId: newUuid(), ...turn, charge: null })
  await changeProject(ctx, { project, changes: design })
  await publishProject(ctx, { project, visibility, slug, externalId: `demo-${slug}` })
}
