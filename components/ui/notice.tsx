import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Tone } from '@/components/ui/badge'
import { classNames } from '@/components/ui/class-names'

type NoticeTone = Exclude<Tone, 'neutral'>

const looks = {
  accent: { icon: Info, color: 'text-accent', ground: 'bg-accent-soft' },
  good: { icon: CircleCheck, color: 'text-good', ground: 'bg-good-soft' },
  warn: { icon: TriangleAlert, color: 'text-warn', ground: 'bg-warn-soft' },
  bad: { icon: CircleAlert, color: 'text-bad', ground: 'bg-bad-soft' },
}

type NoticeProps = {
  tone?: NoticeTone
  title: ReactNode
  children?: ReactNode
  action?: ReactNode
  /** `alert` interrupts a screen reader, `status` waits. Omit it for content that is present from the start. */
  role?: 'alert' | 'status'
}

export function Notice({ tone = 'accent', title, children, action, role }: NoticeProps) {
  const { icon: Icon, color, ground } = looks[tone]
  return (
    <div role={role} className={classNames('flex gap-3 rounded-lg border border-line px-4 py-3.5', ground)}>
      <Icon aria-hidden="true" className={classNames('mt-0.5 size-4 shrink-0', color)} />
      <div className="flex min-w-0 flex-1 flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <div className="min-w-0 max-w-prose text-sm">
          <p className="font-medium">{title}</p>
          {children && <div className="mt-0.5 text-ink/90">{children}</div>}
        </div>
        {action && <div className="flex flex-wrap gap-2">{action}</div>}
      </div>
    </div>
  )
}
