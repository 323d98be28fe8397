/** ⌊amount × part ÷ whole⌋ without leaving the integers, in the unit of `amount`; a share of nothing is 0. */
export function share<Amount extends number>(amount: Amount, part: number, whole: number): Amount {
  if (whole === 0) return 0 as Amount
  // The usual case, in batches of a thousand.
  if (part === whole) return amount
  return Number((BigInt(amount) * BigInt(part)) / BigInt(whole)) as Amount
}
