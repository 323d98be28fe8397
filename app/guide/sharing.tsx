import type { GuideFacts } from '@/app/guide/facts'
import { Topic } from '@/app/guide/topic'

/** Topics from who pays to an empty balance. */
export function SharingTopics({ facts }: { facts: GuideFacts }) {
  return (
    <>
      <Topic id="who-pays">
        <p>
          Whoever <strong>uses</strong> an AI feature pays for it: you, in your own apps and in apps that
          others share with you. When someone uses your app, they pay from their credits, not from yours.
          Sharing an app never costs its creator anything, however many people use it.
        </p>
      </Topic>

      <Topic id="premium">
        <p>
          In an app that someone else made, {facts.premium} is added to the price. That premium goes to the
          app’s creator as a reward, automatically, with every charge. It is how using an app pays the person
          who built it.
        </p>
        <p>
          {facts.example &&
            `For example, ${facts.example.words} costs ${facts.example.base} credits in your own app. In someone else’s app it costs ${facts.example.total}, and ${facts.example.premium} of that go to the creator. `}
          The receipt shows the premium as a line of its own. Your own apps and the editor carry no premium.
        </p>
      </Topic>

      <Topic id="rewards">
        <p>
          Rewards accumulate in a separate balance next to your credits. You can move them to your spendable
          credits whenever you like; moved rewards do not expire with the month. Using your own app earns
          nothing.
        </p>
        <p>
          To prevent abuse, rewards beyond {facts.rewardPerPayer} credits a day from one person, or{' '}
          {facts.rewardPerCreator} a day in total, are withheld permanently: they are shown as on hold and
          cannot be moved. If a charge is refunded, the reward it caused is reversed; if you have already
          moved it, your next rewards make up for it.
        </p>
      </Topic>

      <Topic id="privacy">
        <p>
          Creators see what their apps earn, by app and by day. They never see who used an app or what anyone
          did in it. The number of times an app was used is shown only for periods in which at least{' '}
          {facts.payersMin} people paid, and a single operation only when at least {facts.payersMin} paid for
          it.
        </p>
      </Topic>

      <Topic id="zero">
        <p>
          Apps keep working. Only AI features stop, and they say why: how many credits are missing, when new
          ones come, and what would help: {facts.hasBilling && 'an upgrade, a pack, '}a cheaper operation or
          waiting for the reset. A refused request costs nothing.
        </p>
      </Topic>

      <Topic id="refunds">
        <p>
          When an operation went wrong, its charge can be refunded, whole or in part. The credits go back to
          where they came from. If those would have expired by then, you get them as promotional credits for{' '}
          {facts.refundDays} days instead. The reward that the charge caused is reversed with it.
        </p>
        {facts.hasBilling && (
          <p>
            When the money for a pack is refunded, the credits bought with it are revoked in proportion,
            unless they have been spent. For credits spent in someone’s app, the reward they caused is taken
            back from its creator.
          </p>
        )}
      </Topic>
    </>
  )
}
