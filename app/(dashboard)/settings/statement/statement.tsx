import { StatementTable } from '@/components/billing/statement-table'
import { EmptyState } from '@/components/ui/empty-state'
import { LinkButton } from '@/components/ui/link-button'
import { Pagination } from '@/components/ui/pagination'
import { Panel } from '@/components/ui/panel'
import type { Context } from '@/lib/context'
import { InvalidRequest } from '@/lib/errors'
import { listUsedApps } from '@/lib/usage/list-used-apps'
import { readStatement, type StatementPage } from '@/lib/usage/statement'

const PAGE_SIZE = 20

type StatementProps = {
  ctx: Context
  accountId: string
  cursor: string | undefined
  /** The URL of the page that shows the statement from a cursor onwards. */
  linkTo: (cursor: string | undefined) => string
}

/** Every movement of the account's credits, as in `GET /statement`. */
export async function Statement({ ctx, accountId, cursor, linkTo }: StatementProps) {
  const [page, apps] = await Promise.all([readPage(ctx, accountId, cursor), listUsedApps(ctx, accountId)])
  const { items, nextCursor, isFirst } = page
  const newer = isFirst ? null : linkTo(undefined)
  const older = nextCursor === null ? null : linkTo(nextCursor)
  return (
    <Panel
      flush
      footer={
        <div className="flex flex-wrap items-center justify-between gap-3">
          <LinkButton href="/settings/statement.csv" size="sm" prefetch={false} download>
            Download CSV
          </LinkButton>
          {(newer !== null || older !== null) && (
            <Pagination label="Statement pages" newerHref={newer} olderHref={older} />
          )}
        </div>
      }
    >
      {items.length === 0 ? (
        <EmptyState title="No more movements.">
          The statement begins with your first monthly credits.
        </EmptyState>
      ) : (
        <StatementTable movements={items} appNames={new Map(apps.map((app) => [app.id, app.name]))} />
      )}
    </Panel>
  )
}

/** An invalid cursor, as in a truncated link, leads to the first page. */
async function readPage(
  ctx: Context,
  accountId: string,
  cursor: string | undefined,
): Promise<StatementPage & { isFirst: boolean }> {
  try {
    const page = await readStatement(ctx, { accountId, cursor: cursor ?? null, limit: PAGE_SIZE })
    return { ...page, isFirst: cursor === undefined }
  } catch (error) {
    if (error instanceof InvalidRequest && cursor !== undefined) return readPage(ctx, accountId, undefined)
    throw error
  }
}
