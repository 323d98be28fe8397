/** ⌊amount × part ÷ whole⌋ without leaving the integers, in the unit of `amount`; a share of nothing is 0. */
export function share<Amount extends number>(amount: Amount, part: number, whole: number): Amount {
  if (part === whole) return whole === 0 ? (0 as Amount) : amount
  if (whole === 0) return 0 as Amount
  return Number((BigInt(amount) * BigInt(part)) / BigInt(whole)) as Amount
}
