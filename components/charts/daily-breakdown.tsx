import { useState } from 'react'
import { BreakdownList } from '@/components/charts/breakdown-list'
import { DailyBars, type DailyBarsProps } from '@/components/charts/daily-bars'
import { breakdownHeightClass } from '@/components/charts/plot-style'
import { classNames } from '@/components/ui/class-names'

type DailyBreakdownProps = Omit<DailyBarsProps, 'label' | 'words' | 'empty'> & {
  /** The dimension of the series: "by operation". */
  by: string
}

/** Bars by day beside the total of each series; stacked on narrow screens. */
export function DailyBreakdown({ by, hidden, onHiddenChange, ...props }: DailyBreakdownProps) {
  // Series switched off in the legend are left out of bars and list alike.
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
