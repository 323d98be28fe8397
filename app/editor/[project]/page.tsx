// Answers: what does my app look like now, what would changing it by chat cost, and who can use which version of it?

import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { Editor } from '@/components/studio/editor'
import type { SaidJson } from '@/components/studio/editor-json'
import { ColumnShell, PageHeader } from '@/components/ui/shell'
import { type AiDeps, sampleRuntime } from '@/lib/ai/metered'
import { pageContext, requireViewer } from '@/lib/auth/viewer'
import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { NotFound } from '@/lib/errors'
import { creditsInWords } from '@/lib/format'
import { publicId } from '@/lib/ids'
import { CHAT_MODES } from '@/lib/studio/choices'
import { isSameDesign } from '@/lib/studio/design'
import { chargeDues } from '@/lib/studio/dues'
import { getProject } from '@/lib/studio/get-project'
import { listMessages, type Message } from '@/lib/studio/messages'
import { type Price, priceTurn } from '@/lib/studio/price-feature'
import type { Project } from '@/lib/studio/project'
import { change, choose, publish, remove } from '../actions'

export const metadata: Metadata = { title: 'Editor' }

type ProjectPageProps = {
  params: Promise<{ project: string }>
  searchParams: Promise<{ resume?: string | string[] }>
}

export default async function ProjectPage({ params, searchParams }: ProjectPageProps) {
  const { project: name } = await params
  const { resume } = await searchParams
  const viewer = await requireViewer(`/editor/${name}`)
  const ctx = pageContext(viewer)
  const project = await projectOf(ctx, name)
  if (project === null) notFound()
  const deps = await sampleRuntime()
  if (deps !== null) await chargeDues(ctx, deps)
  const [said, prices] = await Promise.all([listMessages(ctx, name), pricesOf(ctx, deps, name)])
  const { draft, published } = project
  return (
    <ColumnShell>
      <p className="mb-3 text-label">
        <Link href="/editor" className="text-accent underline underline-offset-4">
          Your projects
        </Link>
      </p>
      <PageHeader title={draft?.name ?? 'A new app'} />
      <Editor
        project={name}
        design={draft}
        published={
          published && {
            visibility: published.visibility,
            link: `${getEnv().appUrl}/apps/${published.slug}`,
            href: `/apps/${published.slug}`,
            isCurrent: draft !== null && isSameDesign(draft, published.design),
          }
        }
        said={said.map((message) => saidJson(message))}
        prices={prices}
        resume={typeof resume === 'string' ? resume : null}
        actions={{ change, choose, publish, remove }}
      />
    </ColumnShell>
  )
}

/** Null if the project is unknown or belongs to another person. */
async function projectOf(ctx: Context, name: string): Promise<Project | null> {
  try {
    return await getProject(ctx, name)
  } catch (error) {
    if (error instanceof NotFound) return null
    throw error
  }
}

/** The price of a chat turn in each mode; null if the server has no AI. */
async function pricesOf(
  ctx: Context,
  deps: AiDeps | null,
  project: string,
): Promise<Record<string, Price | null> | null> {
  if (deps === null) return null
  const priced = CHAT_MODES.map(async (mode) => {
    return [mode, await priceTurn(ctx, deps, { project, mode, said: '' })] as const
  })
  return Object.fromEntries(await Promise.all(priced))
}

function saidJson({ id, role, body, charge, actionId }: Message): SaidJson {
  return {
    id,
    who: role,
    body,
    action: actionId,
    cost: charge && {
      words: `Cost ${creditsInWords(charge.total)}`,
      charge: publicId('charge', charge.id),
    },
  }
}
