-- ⌊amount × part ÷ whole⌋, exact however large the amounts; a share of nothing is 0.
--
-- The one expression for the reward of a charge, share(premium, paid, total); for what credits bought with money funded of it,
-- share(reward, bought, paid); and for what refunds have taken back of either so far, share(reward, refunded, paid).
-- lib/credits/book/reward.ts computes the same. Each argument occurs once, so that PostgreSQL inlines it.
create function share(amount numeric, part numeric, whole numeric) returns numeric language sql immutable parallel safe
  return coalesce(div(amount * part, nullif(whole, 0)), 0);
