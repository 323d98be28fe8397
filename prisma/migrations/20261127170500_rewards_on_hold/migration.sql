-- The monthly report tells what is on hold of rewards by what funded them: from the few charges that have any. No other charge
-- enters this index.
create index charges_reward_on_hold_at_idx on charges (at) where reward_on_hold > 0;
