import type { Edit } from './apply-edit.test-support'

export type Mutation = {
  /** The safeguard that the mutation removes. */
  removes: string
  edits: Edit[]
  /** The test that must then fail: its file, and the beginning of its name. */
  caughtBy: { file: string; test: string }
}

const BASELINE = 'prisma/migrations/20261128000000_baseline/migration.sql'
const ACCOUNT_KEYS = 'prisma/migrations/20261130000000_account_keys/migration.sql'
const GRANTS_BY_LINE = 'prisma/migrations/20261202120000_grants_by_line_and_month/migration.sql'
const GUARDS = 'tools/mutations/guards.test.ts'
const BATCH_GUARDS = 'tools/mutations/batch-guards.test.ts'
const REWARD_LOCKS = 'tools/mutations/reward-locks.test.ts'
const LEDGER = 'lib/credits/verbs/ledger.test.ts'
const TIME = 'lib/credits/verbs/ledger-time.test.ts'
const BUDGET = 'lib/credits/verbs/budget.test.ts'
const BATCH_BUDGETS = 'lib/credits/batch/budgets.test.ts'
const LIMIT_TESTS = 'lib/credits/verbs/limits.test.ts'
const TELLING = 'lib/credits/verbs/tell-refusal.test.ts'
const RUN_TESTS = 'lib/credits/verbs/runs.test.ts'
const REWARD = 'lib/credits/verbs/reward-rounding.test.ts'
const VELOCITY = 'lib/credits/verbs/reward-velocity.test.ts'

const BATCH_LOCK = /order by w\.account_id for update/
const KEY_LOOKUP = /and \(select k\.object_id from idempotency_keys k [^)]*\) is null/
const DUE = /w\.next_due_at > greatest\(p_now, w\.last_at\) and /

const guard = (test: string) => ({ file: GUARDS, test })
const batchGuard = (test: string) => ({ file: BATCH_GUARDS, test })
const rewardLocks = (name: string, table: string) => ({
  file: REWARD_LOCKS,
  test: `charges and ${name}s that pay the same creators wait for each other and never deadlock: ${table}`,
})
const ledger = (test: string) => ({ file: LEDGER, test })
const time = (test: string) => ({ file: TIME, test })
const budget = (test: string) => ({ file: BUDGET, test })
const limits = (test: string) => ({ file: LIMIT_TESTS, test })
const runs = (test: string) => ({ file: RUN_TESTS, test })
const telling = (test: string) => ({ file: TELLING, test })
const velocity = (test: string) => ({ file: VELOCITY, test })

const inBatch = (name: string, find: RegExp, replace = ''): Edit[] => [
  { file: `lib/credits/sql/${name}_batch.sql`, find, replace },
]
const inTable = (name: string, find: RegExp, replace = ''): Edit[] => [
  { file: BASELINE, after: `create table ${name} (`, find, replace },
]
const inLimits = (find: RegExp, replace: string): Edit[] => [
  { file: 'lib/credits/sql/rewards_on_hold.sql', find, replace },
]
const inBaseline = (find: RegExp): Edit[] => [{ file: BASELINE, find, replace: '' }]
const inAccountKeys = (find: RegExp): Edit[] => [{ file: ACCOUNT_KEYS, find, replace: '' }]
const inCode = (file: string, find: RegExp, replace = ''): Edit[] => [
  { file: `lib/credits/${file}.ts`, find, replace },
]

const LOCKS: Mutation[] = [
  {
    removes: 'the lock of the one-by-one path',
    edits: inCode('store/write-account', / for update/),
    caughtBy: guard('the one-by-one path takes exactly the balance'),
  },
  {
    removes: 'the lock of a batch of charges',
    edits: inBatch('charge', BATCH_LOCK, 'order by w.account_id'),
    caughtBy: batchGuard('a batch of charges waits for the previous one'),
  },
  {
    removes: 'the lock of a batch of holds',
    edits: inBatch('hold', BATCH_LOCK, 'order by w.account_id'),
    caughtBy: batchGuard('a batch of holds waits for the previous one'),
  },
  {
    removes: 'the lock of a batch of captures',
    edits: inBatch('capture', BATCH_LOCK, 'order by w.account_id'),
    caughtBy: batchGuard('a batch of captures waits for the previous one'),
  },
  {
    removes: 'the lock order: holds lock wallets backwards',
    edits: inBatch('hold', BATCH_LOCK, 'order by w.account_id desc for update'),
    caughtBy: batchGuard('charges and holds over the same accounts'),
  },
  {
    removes: 'the lock order: captures lock wallets backwards',
    edits: inBatch('capture', BATCH_LOCK, 'order by w.account_id desc for update'),
    caughtBy: batchGuard('charges and captures over the same accounts'),
  },
  ...['charge', 'capture'].flatMap((name): Mutation[] => [
    {
      removes: `the lock order: a batch of ${name}s counts rewards by day unsorted`,
      edits: inBatch(name, / order by 1, 2, 3, 4/),
      caughtBy: rewardLocks(name, 'reward_days'),
    },
    {
      removes: `the lock order: a batch of ${name}s counts rewards unsorted`,
      edits: inBatch(name, / order by e\.creator_id/),
      caughtBy: rewardLocks(name, 'reward_counters'),
    },
  ]),
  {
    removes: 'the transaction around a movement',
    edits: [{ file: 'lib/db/transaction.ts', find: /await client\.query\(BEGIN\)/, replace: '' }],
    caughtBy: guard('the one-by-one path takes exactly the balance'),
  },
]

const CONSTRAINTS: Mutation[] = [
  {
    removes: 'the primary key of idempotency_keys',
    edits: inTable('idempotency_keys', /,\s*primary key \(account_id, key\)/),
    caughtBy: guard('the database refuses a second use of a key'),
  },
  {
    removes: 'one charge per hold (unique hold_id)',
    edits: inAccountKeys(/create unique index if not exists charges_hold_id_account_id_key[^;]*;/),
    caughtBy: guard('the database refuses a second charge of a hold'),
  },
  {
    removes: 'one movement per instant (primary key of charges)',
    edits: inTable('charges', /primary key \(account_id, at\),/),
    caughtBy: guard('the database refuses two movements of an account'),
  },
  {
    removes: 'one allowance per period (unique account, plan, start)',
    edits: inBaseline(/create unique index grants_account_id_plan_period_start_key[^;]*;/),
    caughtBy: guard('the database refuses a second allowance of a period'),
  },
  {
    removes: 'one grant per Stripe line and month (unique stripe_line, line_month)',
    edits: [
      {
        file: GRANTS_BY_LINE,
        find: /create unique index concurrently grants_stripe_line[^;]*;/,
        replace: '',
      },
    ],
    caughtBy: guard('the database refuses a second grant for a month of a Stripe line'),
  },
  {
    removes: 'CHECK available >= 0',
    edits: inTable('wallets', / check \(available >= 0\)/),
    caughtBy: guard('the database refuses a negative available'),
  },
  {
    removes: 'CHECK held >= 0 of wallets',
    edits: inTable('wallets', / check \(held >= 0\)/),
    caughtBy: guard('the database refuses a negative held'),
  },
  {
    removes: 'CHECK remaining >= 0',
    edits: inTable('grants', / check \(remaining >= 0\)/),
    caughtBy: guard('the database refuses a negative remaining'),
  },
  {
    removes: 'CHECK used >= 0',
    edits: inTable('grants', / check \(used >= 0\)/),
    caughtBy: guard('the database refuses a negative used'),
  },
  {
    removes: 'CHECK granted = remaining + held + used + expired + revoked',
    edits: inTable('grants', /constraint grants_conserve check \([^)]*\),/),
    caughtBy: guard('the database refuses a grant that does not add up'),
  },
  ...[
    'charges',
    'refunds',
    'entries',
    'idempotency_keys',
    'reward_transfers',
    'plan_changes',
    'money_back',
  ].flatMap((table): Mutation[] => [
    {
      removes: `the append-only trigger of ${table}`,
      edits: inBaseline(new RegExp(`create trigger ${table}_append_only[^;]*;`)),
      caughtBy: guard(`the database refuses to change or delete ${table}`),
    },
    {
      removes: `the trigger against emptying ${table}`,
      edits: inBaseline(new RegExp(`create trigger ${table}_never_emptied[^;]*;`)),
      caughtBy: guard(`the database refuses to empty ${table}`),
    },
  ]),
  {
    removes: 'the trigger that lets counters of rewards only grow',
    edits: inBaseline(/create trigger reward_accounts_grow [^;]*;/),
    caughtBy: guard('the database refuses a reward counter that falls'),
  },
]

const DECISIONS: Mutation[] = [
  {
    removes: 'check-and-take in a batch, and CHECK available >= 0',
    edits: [
      ...inBatch('charge', /s\.upper <= s\.available/, 'true'),
      ...inTable('wallets', / check \(available >= 0\)/),
    ],
    caughtBy: guard('two servers that charge one account simultaneously'),
  },
  {
    removes: 'check-and-take in a batch of holds, and CHECK available >= 0',
    edits: [
      ...inBatch('hold', /s\.upper <= s\.available/, 'true'),
      ...inTable('wallets', / check \(available >= 0\)/),
    ],
    caughtBy: guard('two servers that hold credits of one account simultaneously'),
  },
  {
    removes: 'the look-up of the key in a batch of charges',
    edits: inBatch('charge', KEY_LOOKUP),
    caughtBy: batchGuard('a batch leaves a used key'),
  },
  {
    removes: 'the comparison of the request behind a key',
    edits: inCode('store/write-account', /used\.fingerprint !== write\.idempotency\.fingerprint \|\| /),
    caughtBy: ledger('reusing a key for another request is a conflict'),
  },
  {
    removes: 'the hold-state guard of a batch of captures',
    edits: inBatch('capture', / and h\.status = 'open'/),
    caughtBy: batchGuard('a batch of captures skips a closed hold'),
  },
  {
    removes: 'the hold-state guard of the one-by-one capture',
    edits: inCode(
      'verbs/capture-hold',
      /if \(hold\.status !== 'expired'\) throw new HoldClosed\(hold\.status\)/,
    ),
    caughtBy: guard('a released hold cannot be captured'),
  },
  {
    removes: 'the end of a late capture after 24 hours',
    edits: inCode('verbs/capture-hold', /if \(lateBy > [^\n]*\n/),
    caughtBy: ledger('a hold that expired more than a day ago is closed'),
  },
  {
    removes: 'the bound of refunds',
    edits: inCode('verbs/refund-charge', /amount > refundable \|\| /),
    caughtBy: guard('concurrent refunds never return more'),
  },
  {
    removes: 'the plan guard of a batch',
    edits: inBatch('charge', / and r\.tier = any\(w\.tiers\)/),
    caughtBy: ledger('advanced operations need Super'),
  },
  {
    removes: 'the budget guard of a batch of charges',
    edits: inBatch('charge', /bool_and\(g\.allowed is not false\)/, 'bool_and(true)'),
    caughtBy: { file: BUDGET, test: 'twenty concurrent charges stay within the budget' },
  },
  {
    removes: 'the budget guard of a batch of holds',
    edits: inBatch('hold', / and g\.allowed is not false/),
    caughtBy: { file: BATCH_BUDGETS, test: 'a batch holds at most the limit' },
  },
  {
    removes: 'the holds that count against a budget in a batch of charges',
    edits: inBatch('charge', /h\.app_id = b\.app_id and h\.status = 'open'/, 'false'),
    caughtBy: { file: BATCH_BUDGETS, test: 'a batch holds at most the limit' },
  },
  {
    removes: 'the count of captured spending against a budget in a batch',
    edits: inBatch('capture', /b\.used \+ x\.amount/, 'b.used'),
    caughtBy: { file: BATCH_BUDGETS, test: 'a batch holds at most the limit' },
  },
  {
    removes: 'the exact division of rewards',
    edits: [
      {
        file: 'lib/credits/sql/share.sql',
        find: /div\(amount \* part, nullif\(whole, 0\)\)/,
        replace: 'floor(amount * part / nullif(whole, 0))',
      },
    ],
    caughtBy: { file: REWARD, test: 'the share of a reward' },
  },
]

const TIMES: Mutation[] = [
  {
    removes: 'the settlement before a write',
    edits: inCode('store/write-account', /\n\s*settle\(book\)/),
    caughtBy: ledger('an open hold of 2 seconds is freed'),
  },
  {
    removes: 'the check for due changes before a batch of charges',
    edits: inBatch('charge', DUE),
    caughtBy: ledger('the allowance resets each period'),
  },
  {
    removes: 'the due time of grants with only held credits',
    edits: inCode('book/book', / \|\| \(grant\.held > 0 && this\.isLive\(grant\)\)/),
    caughtBy: time('credits that a capture frees expire with their grant'),
  },
  {
    removes: 'the check for expired grants in a batch of captures',
    edits: inBatch('capture', / or g\.expires_at <= greatest\(p_now, w\.last_at\)/),
    caughtBy: time('credits that a capture frees onto a grant that has expired'),
  },
  {
    removes: 'the guard that keeps account time from going backwards',
    edits: inCode('book/book', /laterOf\(micros\(clockNow\), state\.lastAt\)/, 'micros(clockNow)'),
    caughtBy: time('a hold made while the clock is behind the account'),
  },
  {
    removes: 'account time in a batch of charges',
    edits: inBatch('charge', /greatest\(p_now, w\.last_at \+ interval '1 microsecond'\)/, 'p_now'),
    caughtBy: time('account time never goes backwards'),
  },
  {
    removes: 'the order of a charge before the credits its capture frees',
    edits: inCode(
      'verbs/capture-hold',
      /for \(const part of parts\) book\.spendHeld\(part\)/,
      'for (const part of parts) book.spendHeld(part)\n      for (const part of rest.splice(0)) book.freeHeld(part)',
    ),
    caughtBy: time('a capture that frees credits onto an expired grant records'),
  },
]

/** Budgets, on the one-by-one path and over time. */
const BUDGETS: Mutation[] = [
  {
    removes: 'the holds that count against a budget',
    edits: inCode('book/limits', /book\.heldBy\(budget\.appId, at\)/, 'ZERO'),
    caughtBy: budget('holds count against the budget'),
  },
  {
    removes: 'the pause of an app',
    edits: inCode('book/limits', /if \(isPaused\(book, use\)\) throw new AppPaused\(required\)/),
    caughtBy: budget('a paused app spends nothing'),
  },
  {
    removes: 'the budget check of a raised hold',
    edits: inCode('verbs/hold-credits', /requireRoom\(book, hold, more\)/),
    caughtBy: budget('a hold cannot be raised above the budget'),
  },
  {
    removes: 'the budget check of a capture above its hold',
    edits: inCode('verbs/capture-hold', /, beyondLimit, beyondRoom\)/, ', beyondLimit)'),
    caughtBy: budget('a capture above its hold takes no more'),
  },
  {
    removes: 'the count of spending before a budget was set',
    edits: inCode('store/count-spending', /rows\[0\]\?\.used \?\? 0/, '0'),
    caughtBy: budget('an app never spends more than its budget in a period'),
  },
  {
    removes: 'the reset of budgets with a period',
    edits: inCode('book/settle', /\n\s*startBudgetPeriods\(book\)/),
    caughtBy: budget('a budget resets with the period'),
  },
  {
    removes: 'the start of a late budget period when it becomes known',
    edits: inCode('book/budget', /const periodStart = book\.tick\(\)/, 'const periodStart = micros(start)'),
    caughtBy: budget('refunds of charges made before a period was reported'),
  },
  {
    removes: 'the check of a refund’s budget period',
    edits: inCode('book/limits', /budget && charge\.at >= budget\.periodStart/, 'budget'),
    caughtBy: budget('a budget resets with the period'),
  },
]

/** Limits and runs, in batches and on the one-by-one path. */
const LIMITS: Mutation[] = [
  {
    removes: 'the limits of the account in a batch of charges',
    edits: inBatch(
      'charge',
      /least\(w\.available, limit_room\(l\.windows, v_day, v_week\) - w\.held\)/,
      'w.available',
    ),
    caughtBy: limits('an account spends at most its daily limit'),
  },
  {
    removes: 'the limits of the account in a batch of holds',
    edits: inBatch(
      'hold',
      /least\(w\.available, limit_room\(l\.windows, v_day, v_week\) - w\.held\)/,
      'w.available',
    ),
    caughtBy: limits('fifty concurrent charges and holds'),
  },
  {
    removes: 'the holds that count against a limit in a batch of charges',
    edits: inBatch(
      'charge',
      /limit_room\(l\.windows, v_day, v_week\) - w\.held/,
      'limit_room(l.windows, v_day, v_week)',
    ),
    caughtBy: limits('an open hold counts in the current windows'),
  },
  {
    removes: 'the end of a day in the batches',
    edits: [
      {
        file: 'lib/credits/sql/limit_room.sql',
        find: /case when l\.day = day then l\.day_used else 0 end/,
        replace: 'l.day_used',
      },
    ],
    caughtBy: limits('charges and holds stay on the batched path'),
  },
  {
    removes: 'the count of captured spending against a limit in a batch',
    edits: inBatch('capture', /l\.month_used \+ x\.amount/, 'l.month_used'),
    caughtBy: limits('charges and holds stay on the batched path'),
  },
  {
    removes: 'the end of a day on the one-by-one path',
    edits: inCode('book/limits', /limit\.day === day \? limit\.dayUsed : ZERO/, 'limit.dayUsed'),
    caughtBy: limits('an account spends at most its daily limit'),
  },
  {
    removes: 'the check that a refund belongs to the window',
    edits: inCode(
      'book/limits',
      /counts \? \(\(used - amount\) as Millicredits\) : used/,
      '(used - amount) as Millicredits',
    ),
    caughtBy: limits('a refund frees room in its charge’s window'),
  },
  {
    removes: 'the holds that count against the cap of a run in a batch of charges',
    edits: inBatch('charge', /h\.run_id = r\.id and h\.status = 'open'/, 'false'),
    caughtBy: runs('charges and open holds of a run never exceed its cap'),
  },
  {
    removes: 'the holds that count against the cap of a run in a batch of holds',
    edits: inBatch('hold', /h\.run_id = r\.id and h\.status = 'open'/, 'false'),
    caughtBy: runs('charges and open holds of a run never exceed its cap'),
  },
  {
    removes: 'the count of captured spending against a run in a batch',
    edits: inBatch('capture', /r\.spent \+ x\.amount/, 'r.spent'),
    caughtBy: runs('64 concurrent sub-runs'),
  },
  {
    removes: 'the end of a run in a batch of charges',
    edits: inBatch('charge', /p\.first_at < r\.closes_at and /),
    caughtBy: runs('accepts only captures of its holds'),
  },
  {
    removes: 'the app of a run in a batch of charges',
    edits: inBatch('charge', / and r\.app_id is not distinct from p\.app_id/),
    caughtBy: runs('for a run of another app'),
  },
  {
    removes: 'the end of a run on the one-by-one path',
    edits: inCode('book/run', /if \(!isOpen\(run, book\.now\)\) throw new RunClosed\(\)/),
    caughtBy: runs('accepts only captures of its holds'),
  },
  {
    removes: 'the least cap of a run',
    edits: inCode('verbs/runs', /cap < taken/, 'false'),
    caughtBy: runs('a cap can be lowered to what the run has spent'),
  },
  {
    removes: 'the check of the mark of a reported refusal',
    edits: inCode('book/tell-refusal', /stands && !refusing\.isTold/, 'stands'),
    caughtBy: telling('a repeated refusal sends no statement'),
  },
  {
    removes: 'the condition that a refusal was not marked by another process',
    edits: inCode('verbs/tell-refusal', /\(\$\{mark\} is null or \$\{mark\} < \$8\)/, 'true'),
    caughtBy: telling('a hundred simultaneous refusals'),
  },
  {
    removes: 'the mark of a refusal that was reported while the account was written',
    edits: inCode('store/save-account', /then \$\{table\}\.\$\{mark\} end/, 'then excluded.$${mark} end'),
    caughtBy: telling('a write of the account that began before'),
  },
]

/** Rewards and their transfers. */
const REWARDS: Mutation[] = [
  {
    removes: 'the limit of a transfer to the reward balance',
    edits: inCode('verbs/transfer-rewards', /amount > rewards\.balance/, 'false'),
    caughtBy: velocity('a transfer moves free-funded rewards first'),
  },
  {
    removes: 'the locks of a transfer, of the wallet and of the rewards, and one movement per instant',
    edits: [
      ...inCode('store/write-account', / for update/),
      ...inCode('verbs/transfer-rewards', /where creator_id = \$1 for update/, 'where creator_id = $1'),
      ...inTable('entries', /,\s*primary key \(account_id, at\)/),
    ],
    caughtBy: velocity('concurrent transfers never move more'),
  },
  {
    removes: 'the count of transferred rewards',
    edits: inCode(
      'verbs/transfer-rewards',
      /set transferred = transferred \+ \$2,/,
      'set transferred = transferred + 0 * $2::bigint,',
    ),
    caughtBy: velocity('concurrent transfers never move more'),
  },
  {
    removes: 'the order of a transfer: free-funded rewards first',
    edits: inCode(
      'verbs/transfer-rewards',
      /minOf\(amount, maxOf\(ZERO, millicredits\(rewards\.outstandingFree\)\)\)/,
      'ZERO',
    ),
    caughtBy: velocity('a transfer moves free-funded rewards first'),
  },
  {
    removes: 'the daily limit of rewards from one payer',
    edits: inLimits(/select b\.place, b\.excess \+ least/, 'select b.place, least'),
    caughtBy: velocity('a creator earns at most 1,000 a day from one payer'),
  },
  {
    removes: 'the exclusion of absorbed premiums from a payer’s limit',
    edits: inLimits(/u\.premium - coalesce\(u\.premium_unearned, 0\)/, 'u.premium'),
    caughtBy: velocity('an absorbed premium does not count against a velocity limit'),
  },
  {
    removes: 'the daily limit of a creator’s rewards',
    edits: inLimits(/b\.excess \+ least\(b\.rest, greatest\(0, b\.beyond\)\)/, 'b.excess'),
    caughtBy: velocity('a creator earns at most 10,000 a day from all payers'),
  },
  {
    removes: 'the exclusion of withheld rewards from the balance',
    edits: inCode('store/reward-balance', / - row\.on_hold/),
    caughtBy: velocity('a refund reverses withheld rewards'),
  },
  {
    removes: 'the reversal of a reward by a refund',
    edits: inCode(
      'book/record-refund',
      /reversedOf\(charge\.reward, refundedAfter, paid\)/,
      'before.rewardReversed',
    ),
    caughtBy: velocity('a transfer moves free-funded rewards first'),
  },
]

/** Every ledger safeguard that is tested by removing it. */
export const MUTATIONS: readonly Mutation[] = [
  ...LOCKS,
  ...CONSTRAINTS,
  ...DECISIONS,
  ...TIMES,
  ...BUDGETS,
  ...LIMITS,
  ...REWARDS,
]
