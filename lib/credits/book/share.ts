/** ⌊amount × part ÷ whole⌋ in exact integers, in the unit of `amount`; 0 if `whole` is 0. */
export function share<Amount extends number>(amount: Amount, part: number, whole: number): Amount {
  if (whole === 0) return 0 as Amount
  // Shortcut for the usual case in large batches.
  if (part === whole) return amount
  return Number((BigInt(amount) * BigInt(part)) / BigInt(whole)) as Amount
}
