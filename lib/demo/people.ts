/** A demo person. `about` says what their account shows. */
export type DemoPerson = { key: string; externalId: string; email: string; name: string; about: string }

function person(key: string, name: string, about: string): DemoPerson {
  return { key, externalId: `demo-${key}`, email: `${key}@demo.example`, name, about }
}

/** The people offered for sign-in, in order. `prisma/seed` creates each one's history. */
export const DEMO_PEOPLE = [
  person('ada', 'Ada', 'On the Free plan, with 90% of this month’s credits used.'),
  person(
    'sam',
    'Sam',
    'On Super, using everything: experts, images, video, web search; with a pack and refunds.',
  ),
  person('cleo', 'Cleo', 'Made two public apps and earns a reward each time someone else uses them.'),
  person('nova', 'Nova', 'Signed up a moment ago: 1,000 credits, nothing used yet.'),
  person('olga', 'Olga', 'Support: finds any account, sees what happened to it, and puts it right.'),
] as const satisfies readonly DemoPerson[]

export function findDemoPerson(key: unknown): DemoPerson | undefined {
  return DEMO_PEOPLE.find((candidate) => candidate.key === key)
}
