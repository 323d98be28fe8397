import { useState } from 'react'
import { BreakdownList } from '@/components/charts/breakdown-list'
import { DailyBars, type DailyBarsProps } from '@/components/charts/daily-bars'
import { breakdownHeightClass } from '@/components/charts/plot-style'
import { classNames } from '@/components/ui/class-names'

type DailyBreakdownProps = Omit<DailyBarsProps, 'label' | 'words' | 'empty'> & {
  /** The dimension of the series: "by operation". */
  by: string
}

/** Daily bars beside the total of each series; on narrow screens, the list is below the bars. */
export function DailyBreakdown({ by, hidden, onHiddenChange, ...props }: DailyBreakdownProps) {
  // Series that are switched off in the legend are omitted from the bars and the list.
  const [ownHidden, setOwnHidden] = useState<readonly string[]>([])
  const off = hidden ?? ownHidden
  const hasValues = props.values.length > 0
  return (
    <div
      className={classNames(
        'grid grid-cols-[minmax(0,1fr)] content-start gap-x-10 gap-y-8',
        breakdownHeightClass,
        hasValues && 'lg:grid-cols-[minmax(0,1fr)_19rem]',
      )}
    >
      <DailyBars
        {...props}
        label={`Credits ${by} and day`}
        hidden={off}
        onHiddenChange={onHiddenChange ?? setOwnHidden}
      />
      {hasValues && (
        <BreakdownList values={props.values} series={props.series} hidden={off} label={`Credits ${by}`} />
      )}
    </div>
  )
}
