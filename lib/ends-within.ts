/** Waits for `work` up to a time limit and returns whether it finished. Rethrows its error. */
export async function endsWithin(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds)
  })
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}

/** Waits for the value of `work` up to a time limit; null if it takes longer. Rethrows its error. */
export async function valueWithin<T>(work: Promise<T>, milliseconds: number): Promise<T | null> {
  return (await endsWithin(work, milliseconds)) ? work : null
}
