import { creditsInWords, formatCredits, formatWholeCredits } from '@/lib/format'
import { type Millicredits, toCredits } from '@/lib/millicredits'

/** Whole credits without their unit. If the exact amount differs, it appears on hover. */
export function WholeCredits({ amount, className }: { amount: Millicredits; className?: string }) {
  const whole = formatWholeCredits(amount)
  const exact = formatCredits(amount)
  return (
    <data
      value={toCredits(amount)}
      title={exact === whole ? undefined : creditsInWords(amount)}
      className={className}
    >
      {whole}
    </data>
  )
}
