-- ⌊amount × part ÷ whole⌋, exact for any amounts; 0 if `whole` is 0.
--
-- The one expression for a charge's reward, share(premium, paid, total), for the part that credits bought with money funded,
-- share(reward, bought, paid), and for the part of either that refunds have reversed so far, share(reward, refunded, paid).
-- lib/credits/book/reward.ts computes the same. Each argument occurs once, so that PostgreSQL inlines the function.
create function share(amount numeric, part numeric, whole numeric) returns numeric language sql immutable parallel safe
  return coalesce(div(amount * part, nullif(whole, 0)), 0);
