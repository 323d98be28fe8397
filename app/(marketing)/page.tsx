import { ExampleReceipt } from '@/components/site/example-receipt'
import { LinkButton } from '@/components/ui/link-button'
import { ColumnShell } from '@/components/ui/shell'
import { plansByRank } from '@/lib/catalog'
import { currentCatalog } from '@/lib/catalogs/current'
import { getEnv } from '@/lib/env'
import { formatBps, formatList, formatWholeCredits } from '@/lib/format'

export default async function HomePage() {
  const catalog = currentCatalog()
  const premium = formatBps(catalog.creatorPremiumBps)
  const onPlans = plansByRank(catalog).map(
    ({ name, monthlyCredits }) => `${formatWholeCredits(monthlyCredits)} on ${name}`,
  )
  const steps = [
    {
      title: 'A month begins with credits',
      text: `${formatList(onPlans)}, new each month.${getEnv().hasBilling ? ' Packs add more at any time and wait until the month’s credits are spent.' : ''}`,
    },
    {
      title: 'Pay for actual use',
      text: 'The expected price is reserved first. When the work is done you pay for actual use, and the rest is released. A balance never goes below zero.',
    },
    {
      title: 'Every charge has a receipt',
      text: 'Which operation, in which app, when, at which rate, paid from which credits. If something went wrong, a refund returns the credits to where they came from.',
    },
  ]
  return (
    <ColumnShell>
      <div className="grid items-center gap-x-16 gap-y-12 lg:grid-cols-[minmax(0,1fr)_minmax(0,25rem)]">
        <div>
          <h1 className="max-w-xl text-display">Know what AI costs you, to the credit.</h1>
          <p className="mt-5 max-w-xl text-lg leading-8 text-muted">
            Credits pay for AI: in the editor while you build an app, and inside apps while you use them.
            Users pay for the features they use, so sharing an app costs its creator nothing. In someone
            else’s app, {premium} on top goes to the person who made it.
          </p>
          <div className="mt-8 flex flex-wrap gap-3">
            <LinkButton href="/signin" variant="primary">
              Sign in to see your credits
            </LinkButton>
            <LinkButton href="/pricing">See what operations cost</LinkButton>
          </div>
        </div>
        <ExampleReceipt version={catalog} />
      </div>
      <section aria-labelledby="how" className="mt-20 border-t border-line pt-10">
        <h2 id="how" className="text-lg font-medium tracking-tight">
          How credits work
        </h2>
        <ol className="mt-6 grid gap-x-10 gap-y-8 md:grid-cols-3">
          {steps.map((step, index) => (
            <li key={step.title}>
              <p aria-hidden="true" className="text-label text-muted tabular-nums">
                {index + 1}
              </p>
              <h3 className="mt-1.5 font-medium">{step.title}</h3>
              <p className="mt-2 text-sm leading-6 text-muted">{step.text}</p>
            </li>
          ))}
        </ol>
        <div className="mt-10 flex flex-wrap gap-3">
          <LinkButton href="/guide">Read the guide to credits</LinkButton>
          <LinkButton href="/apps">Use an app, or make one</LinkButton>
        </div>
      </section>
    </ColumnShell>
  )
}
